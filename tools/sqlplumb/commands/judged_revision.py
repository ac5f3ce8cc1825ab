"""One revision judged by what it does; what its own comments ask to be ignored is."""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlplumb.commands.judged import Bench
from sqlplumb.commands.ran import Ran, ran
from sqlplumb.engines import Remark
from sqlplumb.lint import MARK, Finding, Sifted, ignores, judge_plan, sifted
from sqlplumb.places import Place
from sqlplumb.python_text import parse
from sqlplumb.sources.history import scratches

if TYPE_CHECKING:
    from alembic.script import Script, ScriptDirectory


def judged_revision(script: Script, scripts: ScriptDirectory, bench: Bench) -> Sifted:
    scratch = scratches(bench.settings, script, scripts)
    return judged(script, ran(script.revision, scratch, bench.settings), bench)


def judged(script: Script, done: Ran, bench: Bench) -> Sifted:
    file = _File(os.path.relpath(script.path), Path(script.path).read_text("utf-8"))
    found = judge_plan(
        done.plan,
        bench.settings.lint,
        bench.rules,
        back=done.back,
        looking=bench.looking,
        statements=done.statements,
        named=replace(done.named, docstring=ast.get_docstring(file.parsed, clean=False) or ""),
    )
    given = tuple(ignores(_remarks(file), bench.rules))
    placed = [_placed(finding, file) for finding in found]
    return sifted(placed, given, bench.settings.lint, bench.rules, ("plan", "revision"))


@dataclass(frozen=True)
class _File:
    name: str
    text: str

    @cached_property
    def parsed(self) -> ast.Module:
        return parse(self.text)

    def functions(self) -> Mapping[str, tuple[int, int]]:
        """Where `upgrade` and `downgrade` begin and end."""
        found = (node for node in self.parsed.body if isinstance(node, ast.FunctionDef))
        return {node.name: (node.lineno, node.end_lineno or node.lineno) for node in found}


def _placed(finding: Finding, file: _File) -> Finding:
    """The first line of the function at fault that says the name of what it is about."""
    at_fault = "downgrade" if finding.name == "lossy-downgrade" else "upgrade"
    first, last = file.functions().get(at_fault, (1, 1))
    lines = file.text.splitlines()
    name = finding.ref.name if finding.ref else ""
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    said = (line for line in range(first, last + 1) if name and word.search(lines[line - 1]))
    return replace(finding, place=Place(file.name, next(said, first)))


def _remarks(file: _File) -> Iterator[Remark]:
    """A comment in Python or in its SQL speaks of the whole revision."""
    for token in tokenize.generate_tokens(io.StringIO(file.text).readline):
        if token.type == tokenize.COMMENT and MARK in token.string:
            said = token.string.lstrip("# ")
            yield Remark(said, Place(file.name, token.start[0], token.start[1] + 1), 0)
