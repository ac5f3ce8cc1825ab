"""What `sqlplumb lsp` tells an editor about schema.sql, as an editor would show it.

Owns the other side of the protocol, as much of it as the page of outputs needs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import chain
from pathlib import Path
from typing import Any

SEVERITIES = {1: "red", 2: "yellow"}


class Editor:
    """An open file and a server that was told of it."""

    def __init__(self, process: subprocess.Popen[bytes], file: Path) -> None:
        assert process.stdin and process.stdout
        self.writes, self.reads = process.stdin, process.stdout
        self.text = file.read_text("utf-8")
        self.document = {"uri": file.resolve().as_uri()}
        self.number = 0
        self.ask("initialize", processId=None, rootUri=None, capabilities={})
        self.tell("initialized")
        opened = {**self.document, "languageId": "sql", "version": 1, "text": self.text}
        self.tell("textDocument/didOpen", textDocument=opened)

    def tell(self, method: str, *, number: int | None = None, **params: object) -> None:
        asked = {} if number is None else {"id": number}
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params} | asked).encode()
        self.writes.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self.writes.flush()

    def ask(self, method: str, **params: object) -> Any:
        self.number += 1
        self.tell(method, number=self.number, **params)
        return next(one["result"] for one in self.heard() if one.get("id") == self.number)

    def ask_at(self, method: str, words: str) -> Any:
        """Ask about the place behind these words."""
        before = self.text[: self.text.index(words) + len(words)]
        line, start = before.count("\n"), before.rfind("\n") + 1
        position = {"line": line, "character": len(before) - start}
        return self.ask(method, textDocument=self.document, position=position)

    def heard(self) -> Iterator[dict[str, Any]]:
        """Yield what the server says, which may be told unasked."""
        while length := [
            line for line in iter(self.reads.readline, b"\r\n") if b"-Length:" in line
        ]:
            yield json.loads(self.reads.read(int(length[0].split(b":")[1])))


def editor_session() -> str:
    """Return HTML of what is told while schema.sql is open."""
    command = [sys.executable, "-m", "sqlplumb", "lsp"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        editor = Editor(process, Path("schema.sql"))
        told = next(one for one in editor.heard() if "Diagnostics" in one.get("method", ""))
        shown = _page(editor.text, told["params"]["diagnostics"])
        hover = editor.ask_at("textDocument/hover", "    book_id")
        offers = editor.ask_at("textDocument/completion", "ON m.")
        editor.ask("shutdown")
        editor.tell("exit")
    names = [item["label"] for item in offers]
    return (
        f"{_screen('schema.sql', shown)}\n\n"
        f"{_screen('hover: book_id', escape(hover['contents']['value'], quote=False))}\n\n"
        f"{_screen('completion: m.', escape(chr(10).join(names), quote=False))}"
    )


def _screen(title: str, html: str) -> str:
    title = f'<span class="title">{title}</span>'
    return f'<pre class="terminal"><code>{title}\n{html.rstrip()}\n</code></pre>'


def _page(text: str, told: Sequence[Mapping[str, Any]]) -> str:
    """Return the lines of the file, each with what is told of it below."""
    lines: list[str] = []
    for number, line in enumerate(text.splitlines()):
        here = [one for one in told if one["range"]["start"]["line"] == number]
        lines += [_marked(line, here), *chain.from_iterable(map(_message, here))]
    return "\n".join(lines)


def _marked(line: str, told: Sequence[Mapping[str, Any]]) -> str:
    """Underline the first thing that is told of the line."""
    if not told:
        return escape(line, quote=False)
    first, last = (told[0]["range"][end]["character"] for end in ("start", "end"))
    before, at, behind = (
        escape(part, quote=False) for part in (line[:first], line[first:last], line[last:])
    )
    return f'{before}<span class="waved {SEVERITIES[told[0]["severity"]]}">{at}</span>{behind}'


def _message(one: Mapping[str, Any]) -> list[str]:
    margin = " " * one["range"]["start"]["character"]
    words = [f"{one['code']} {one['message']}".splitlines()[0]]
    style = SEVERITIES[one["severity"]]
    return [f'{margin}<span class="{style}">{escape(word, quote=False)}</span>' for word in words]
