"""Completion: the scripts, asked as a shell asks them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sqlplumb.cli.main import COMMANDS

if TYPE_CHECKING:
    from tests.conftest import Project, Run

ASKED = [
    ("sqlplumb ", set(COMMANDS)),
    ("sqlplumb re", {"restore", "review", "revise"}),
    ("sqlplumb check --fo", {"--format"}),
    ("sqlplumb check --format g", {"github", "gitlab"}),
    ("sqlplumb --quiet review --format ", {"text", "md", "html", "json"}),
    ("sqlplumb lint --conf", {"--config"}),
    ("sqlplumb completion ", {"bash", "zsh", "fish"}),
    ("sqlplumb check sche", {"schema.sql"}),
    ("sqlplumb check --config sche", {"schema.sql"}),
]
BASH = """
source {script}
read -r -a COMP_WORDS <<< {line}
[[ {line} == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_sqlplumb
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
# A terminal of its own, whose key lists what would be completed.
ZSH = """
zmodload zsh/zpty
zpty -b shell zsh -f -i
zpty -w shell "PS1=; autoload -U compinit; compinit -u -D; source {script}; LISTMAX=1000"
zpty -w shell "zstyle ':completion:*' list-prompt ''; zstyle ':completion:*' verbose no"
zpty -w shell "bindkey '^I' list-choices; echo be''gin"
zpty -r -m shell out '*begin*'
zpty -w -n shell {line}$'\\t'
zpty -w -n shell $'\\C-U'
zpty -w shell "echo en''d"
zpty -r -m shell out '*end*'
print -r -- "$out"
"""
STEERING = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")


def written(project: Project, run: Run, shell: str) -> Path:
    project.write("schema.sql", "")
    ran = run("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    return project.write(f"script.{shell}", ran.out)


def quoted(text: str) -> str:
    return f"'{text}'"


def asked(shell: str, code: str) -> list[str]:
    done = subprocess.run(
        [shell, "-c", code], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_bash(project: Project, run: Run) -> None:
    script = written(project, run, "bash")
    for line, words in ASKED:
        assert set(asked("bash", BASH.format(script=script, line=quoted(line)))) == words, line


@pytest.mark.skipif(not shutil.which("fish"), reason="no fish is installed here")
def test_fish(project: Project, run: Run) -> None:
    script = written(project, run, "fish")
    for line, words in ASKED:
        told = asked("fish", f"source {script}; complete -C {quoted(line)}")
        assert {one.partition("\t")[0] for one in told} == words, line


@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh is installed here")
def test_zsh(project: Project, run: Run) -> None:
    script = written(project, run, "zsh")
    for line, words in ASKED[1:7:2]:
        told = STEERING.sub(
            "", "\n".join(asked("zsh", ZSH.format(script=script, line=quoted(line))))
        )
        listed = told.partition(line.rstrip())[2].rpartition("echo")[0]
        shown = set(listed.split()) - {*line.split(), "e"}
        assert shown >= words, line
        assert not {one for one in shown if one in COMMANDS} - words, line


def test_an_unknown_shell_is_refused(run: Run) -> None:
    ran = run("completion", "fsh")
    assert (ran.code, "did you mean fish?" in ran.err) == (2, True)
