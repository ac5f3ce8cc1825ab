"""Writes docs/reference/outputs.md anew: what each command shows, by running it.

    python docs/write_outputs.py            in place
    python docs/write_outputs.py FOLDER     into FOLDER: the page and its pictures as they would be

The page has its commands in comments. A shell runs what stands in `<!-- sh: ... -->`, with the
files of the project in $FILES; what `<!-- run: sqlplumb ... -->` says is run here, and what came of
it is put between that line and `<!-- end -->`. Everything else on the page is written by hand.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from html import escape
from pathlib import Path

from outputs_editor import editor_session

from sqlplumb.cli import main as sqlplumb

HERE = Path(__file__).parent / "reference"
PAGE, PICTURES = "outputs.md", "outputs"
MARK = re.compile(
    r"<!-- sh:\s(?P<shell>.*?)\s-->|<!-- run: sqlplumb (?P<run>.*?) -->\n.*?<!-- end -->", re.DOTALL
)
TERMINAL = {"FORCE_COLOR": "1", "COLUMNS": "92", "TERM": "xterm"}
STYLES = {"1": "title", "2": "faint", "7": "turned", "31": "red", "32": "green", "33": "yellow"}
LEXERS = {"json": "json", "gitlab": "json", "sarif": "json", "junit": "xml", "md": "md"}
LEXERS |= {"sql": "sql", "dot": "dot", "mermaid": "text", "github": "text"}
LEXERS |= {"bash": "bash", "zsh": "zsh", "fish": "fish", "--stdout": "python"}
# What another day, another run and another machine call otherwise.
WHEN = re.compile(
    r"20\d\d\\?-\d\d\\?-\d\d(?:[T ]\d\d:(?:<!-- -->)?\d\d(?::\d\d(?:\.\d+)?)?)?|\b\d{8}T\d{12,16}"
)
VARIES = (
    (r"\b\d+(\\?)\.\d+ s\b", r"0\1.1 s"),
    (r'("(?:seconds|waited|locked)": )\d+\.\d+', r"\g<1>0.1"),
    (r"(?<=MB of )[\d,]+\.\d MB", "80,000.0 MB"),
    (r'("sha256": ")[0-9a-f]{64}', rf"\g<1>{'5' * 64}"),
)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a command said, and the file that it wrote where its line names one."""

    code: int
    said: str
    file: str


def main() -> None:
    folder = Path(sys.argv[1] if sys.argv[1:] else HERE).resolve()
    project = (HERE / PICTURES / "project").resolve()
    source = (HERE / PAGE).read_text("utf-8")
    (folder / PICTURES).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, chdir(name):
        os.environ.pop("NO_COLOR", None)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        os.environ.update(TERMINAL, FILES=str(project), PATH=path)
        written = MARK.sub(lambda mark: _done(mark, folder / PICTURES), source)
    (folder / PAGE).write_text(written, "utf-8")


def _done(mark: re.Match[str], pictures: Path) -> str:
    if mark["shell"]:
        subprocess.run(["bash", "-ec", mark["shell"]], check=True, stdout=subprocess.DEVNULL)
        return mark[0]
    command = mark["run"]
    shown = editor_session() if command == "lsp" else _shown(command, pictures)
    return f"<!-- run: sqlplumb {command} -->\n{shown}\n<!-- end -->"


def _shown(command: str, pictures: Path) -> str:
    """Return Markdown: a terminal, or what is for machines, to be opened; and a picture of what was
    written into a file."""
    ran = _run(command)
    ended = f"exit code {ran.code}" if ran.code else ""
    lexers = [LEXERS[word] for word in command.split() if word in LEXERS]
    if lexers and not ran.file:
        lexer = "text" if "|" in command else lexers[0]  # no lexer knows half a file
        summary = f"<code>sqlplumb {escape(command)}</code> {ended}".strip()
        return f"<details><summary>{summary}</summary>\n\n{_fence(ran.said, lexer)}\n\n</details>"
    said = _coloured(ran.said) + (f'<span class="faint">{ended}</span>\n' if ended else "")
    prompt = f'<span class="title">$ sqlplumb {escape(command)}</span>'
    terminal = f'<pre class="terminal"><code>{prompt}\n{said}</code></pre>'
    return f"{terminal}\n\n{_picture(ran.file, pictures)}".rstrip()


def _run(command: str) -> Ran:
    """Run it in this process; a shell would know `> FILE` and `| head -N` behind it, too."""
    line, _, file = command.partition(" > ")
    line, _, cut = line.partition(" | ")
    argv = [name for word in shlex.split(line) for name in _expanded(word)]
    answers, all_of_it = io.StringIO(), io.StringIO()
    is_alone = bool(file or cut or set(argv) & LEXERS.keys())
    with redirect_stdout(answers if is_alone else all_of_it), redirect_stderr(all_of_it):
        try:
            code = sqlplumb(argv)
        except SystemExit as ended:  # as argparse ends
            code = int(ended.code or 0)
    if file:
        Path(file).write_text(answers.getvalue(), "utf-8")
    elif "-o" in argv:
        file = argv[argv.index("-o") + 1]
    elif is_alone:
        all_of_it = answers
    lines = _levelled(all_of_it.getvalue()).splitlines(keepends=True)
    first, last = _cut(cut)
    return Ran(code=code, said="".join(lines[first:last]), file=file)


def _expanded(word: str) -> list[str]:
    return sorted(map(str, Path().glob(word))) if "*" in word else [word]


def _cut(words: str) -> tuple[int | None, int | None]:
    program, _, number = words.partition(" -")
    if not program:
        return None, None
    return (None, int(number)) if program == "head" else (-int(number), None)


def _levelled(text: str) -> str:
    """Return it as it would be on a certain day, on a certain machine."""
    for pattern, instead in VARIES:
        text = re.sub(pattern, instead, text)
    text = WHEN.sub(_on_the_day, text)
    for here in (str(Path.cwd()), str(Path.cwd()).replace("_", "\\_")):  # the second in Markdown
        text = text.replace(here, "/srv/library")
    return text


def _on_the_day(when: re.Match[str]) -> str:
    digits = iter("20261128093000".ljust(len(when[0]), "0"))
    return re.sub(r"\d", lambda _: next(digits), when[0])


def _coloured(text: str) -> str:
    """Return HTML of what a terminal is told."""
    first, *rest = re.split(r"\x1b\[([\d;]*)m", text)
    html = escape(first, quote=False)
    for codes, words in zip(rest[::2], rest[1::2], strict=True):
        names = " ".join(STYLES[code] for code in codes.split(";") if code.strip("0"))
        told = escape(words, quote=False)
        html += f'<span class="{names}">{told}</span>' if names and words else told
    return html


def _fence(text: str, lexer: str) -> str:
    return f"``````{lexer}\n{text.rstrip()}\n``````"


def _picture(file: str, pictures: Path) -> str:
    if not file:
        return ""
    source, goal = Path(file), pictures / file
    assert source.exists(), f"{file} was not written"
    if source.is_dir():
        shutil.rmtree(goal, ignore_errors=True)
        shutil.copytree(source, goal)
        return _frame(f"{file}/index.html")
    if source.suffix in (".html", ".svg"):
        goal.write_text(_levelled(source.read_text("utf-8")), "utf-8")
        is_page = source.suffix == ".html"
        return _frame(file) if is_page else f"![What is drawn]({PICTURES}/{file})"
    return _fence(_levelled(source.read_text("utf-8")), LEXERS.get(source.suffix[1:], "text"))


def _frame(file: str) -> str:
    """Return a window with a page in it, and a link for whoever sees no windows."""
    page = f"{PICTURES}/{file}"
    return (
        f'<iframe src="{page}" title="{file}" loading="lazy"></iframe>\n\n'
        f'<p class="alone"><a href="{page}">{file} alone</a></p>'
    )


if __name__ == "__main__":
    main()
