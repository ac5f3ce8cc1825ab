"""`sqlplumb lsp` as an editor feels it: a process, requests over its pipes, a schema that is typed.

    python bench/lsp.py                 300 tables

Each answer is asked for after a keystroke, so that nothing of it was known before. Prints a table
of milliseconds; `diagnostics` is from the keystroke to what is told, with the pause of a tenth of a
second that the server waits for the next one.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from lsprotocol import types as lsp
from project import schema
from pygls.lsp.client import LanguageClient

SQLPLUMB = Path(sys.executable).with_name("sqlplumb")
_VIEWS = """
CREATE VIEW v{n} AS SELECT a.c2, b.c3 AS three FROM t{n} a JOIN t{m} b ON b.id = a.c6
WHERE a.state = 'new';
CREATE TRIGGER g{n} AFTER UPDATE OF c2 ON t{n} BEGIN
    UPDATE t{m} SET c2 = new.c2 WHERE id = new.c6;
END;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tables", type=int, default=300)
    parser.add_argument("--runs", type=int, default=15)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "schema.sql")
        views = "".join(_VIEWS.format(n=n, m=n + 1) for n in range(0, arguments.tables - 1, 6))
        file.write_text(schema(arguments.tables) + views)
        asyncio.run(_measure(file, arguments.runs))


class _Typist:
    """Types in the middle of a table, and hears what is told."""

    def __init__(self, client: LanguageClient, file: Path) -> None:
        self.client = client
        self.document = lsp.TextDocumentIdentifier(uri=file.as_uri())
        self.text = file.read_text()
        self.version = 1
        self.heard = asyncio.Event()

        @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
        def hear(params: lsp.PublishDiagnosticsParams) -> None:
            if params.version == self.version:
                self.heard.set()

    def open(self) -> None:
        item = lsp.TextDocumentItem(self.document.uri, "sql", self.version, self.text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    def type(self) -> None:
        self.version += 1
        self.heard.clear()
        start = self.place("c7 TEXT")
        change = lsp.TextDocumentContentChangePartial(
            range=lsp.Range(start, start), text=f"x{self.version} TEXT, "
        )
        identifier = lsp.VersionedTextDocumentIdentifier(self.version, self.document.uri)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, [change]))

    def place(self, word: str) -> lsp.Position:
        """Somewhere in the middle of the file."""
        at = self.text.index(word, len(self.text) // 2)
        return lsp.Position(self.text.count("\n", 0, at), at - self.text.rfind("\n", 0, at) - 1)


async def _measure(file: Path, runs: int) -> None:
    client = LanguageClient("bench", "1")
    await client.start_io(str(SQLPLUMB), "lsp", cwd=str(file.parent))
    await client.initialize_async(lsp.InitializeParams(capabilities=lsp.ClientCapabilities()))
    client.initialized(lsp.InitializedParams())
    typist = _Typist(client, file)
    began = perf_counter()
    typist.open()
    await typist.heard.wait()
    print("| milliseconds | median | worst |\n| --- | ---: | ---: |")
    print(f"| opened and judged | {1000 * (perf_counter() - began):.0f} | |")
    for name, ask in _questions(client, typist).items():
        await _row(name, ask, typist, runs)
    await _row("diagnostics", typist.heard.wait, typist, runs)
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()  # type: ignore[no-untyped-call]


def _questions(
    client: LanguageClient, typist: _Typist
) -> dict[str, Callable[[], Awaitable[object]]]:
    document, view = typist.document, typist.place("a.c6")
    return {
        "hover": lambda: client.text_document_hover_async(lsp.HoverParams(document, view)),
        "definition": lambda: client.text_document_definition_async(
            lsp.DefinitionParams(document, view)
        ),
        "completion": lambda: client.text_document_completion_async(
            lsp.CompletionParams(document, typist.place("c6\n"))
        ),
        "references": lambda: client.text_document_references_async(
            lsp.ReferenceParams(lsp.ReferenceContext(True), document, view)
        ),
        "symbols": lambda: client.text_document_document_symbol_async(
            lsp.DocumentSymbolParams(document)
        ),
        "code actions": lambda: client.text_document_code_action_async(
            lsp.CodeActionParams(document, lsp.Range(view, view), lsp.CodeActionContext([]))
        ),
    }


async def _row(name: str, ask: Callable[[], Awaitable[object]], typist: _Typist, runs: int) -> None:
    took = []
    for _ in range(runs):
        typist.type()
        began = perf_counter()
        await ask()
        took.append(1000 * (perf_counter() - began))
        await typist.heard.wait()
    print(f"| {name} | {median(took):.0f} | {max(took):.0f} |")


if __name__ == "__main__":
    main()
