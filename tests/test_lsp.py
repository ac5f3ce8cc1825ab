"""`sqlplumb lsp` as an editor meets it: a process, JSON-RPC over its pipes, a client that waits for
what it is told."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

if TYPE_CHECKING:
    from tests.conftest import Project, Run

SQLPLUMB = str(Path(sys.executable).with_name("sqlplumb"))
LONG = 120.0  # seconds, before a test that hangs is ended
SCHEMA = """\
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL -- grüße 😀
);
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY, /* 😀😀 */ owner INTEGER NOT NULL REFERENCES users (id)
);
"""
MODELS = """\
from pathlib import Path

from sqlalchemy import Column, Integer, MetaData, Table, Text

Path(__file__).with_name("ran").write_text("ran")
metadata = MetaData()
users = Table("users", metadata, Column("id", Integer, primary_key=True))
"""


class Editor:
    """A file that is open in an editor, and the last diagnostics of each file."""

    def __init__(self, client: LanguageClient, file: Path) -> None:
        self.client = client
        self.file = file
        self.text = file.read_text("utf-8")
        self.version = 1
        self.said: dict[str, list[lsp.Diagnostic]] = {}
        self.heard = asyncio.Event()

        @client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
        def hear(params: lsp.PublishDiagnosticsParams) -> None:
            self.said[params.uri] = [*params.diagnostics]
            self.heard.set()

    @property
    def uri(self) -> str:
        return self.file.as_uri()

    @property
    def identifier(self) -> lsp.TextDocumentIdentifier:
        return lsp.TextDocumentIdentifier(uri=self.uri)

    async def until(self, holds: Callable[[list[lsp.Diagnostic]], bool]) -> list[lsp.Diagnostic]:
        try:
            while not (self.uri in self.said and holds(self.said[self.uri])):
                self.heard.clear()
                await self.heard.wait()
        except asyncio.CancelledError:
            raise AssertionError(f"the last that was told is {self.said}") from None
        return self.said[self.uri]

    async def told(self, *codes: str) -> list[lsp.Diagnostic]:
        return await self.until(lambda found: sorted(str(one.code) for one in found) == [*codes])

    def open(self) -> None:
        document = lsp.TextDocumentItem(
            uri=self.uri, language_id="sql", version=self.version, text=self.text
        )
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(document))

    def type(self, before: str, typed: str, *, instead_of: str = "") -> None:
        """Type something in front of a text, or in its place."""
        start = self.text.index(before)
        end = start + len(instead_of)
        change = lsp.TextDocumentContentChangePartial(
            range=lsp.Range(self.position(start), self.position(end)), text=typed
        )
        self.text = self.text[:start] + typed + self.text[end:]
        self.version += 1
        identifier = lsp.VersionedTextDocumentIdentifier(uri=self.uri, version=self.version)
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(text_document=identifier, content_changes=[change])
        )

    def save(self) -> None:
        self.file.write_text(self.text, "utf-8")
        self.client.text_document_did_save(lsp.DidSaveTextDocumentParams(self.identifier))

    def position(self, offset: int) -> lsp.Position:
        """As the protocol counts: in units of UTF-16."""
        before = self.text[:offset]
        line = before[before.rfind("\n") + 1 :]
        return lsp.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)

    def marked(self, span: lsp.Range) -> str:
        lines = self.text.split("\n")[span.start.line].encode("utf-16-le")
        return lines[2 * span.start.character : 2 * span.end.character].decode("utf-16-le")

    async def actions(self, one: lsp.Diagnostic) -> list[lsp.CodeAction]:
        context = lsp.CodeActionContext(diagnostics=[one])
        answer = await self.client.text_document_code_action_async(
            lsp.CodeActionParams(text_document=self.identifier, range=one.range, context=context)
        )
        return [action for action in answer or () if isinstance(action, lsp.CodeAction)]


@asynccontextmanager
async def editing(file: Path, *options: str) -> AsyncIterator[Editor]:
    client = LanguageClient("tests", "1")
    await client.start_io(SQLPLUMB, "lsp", *options, cwd=str(file.parent))
    try:
        await client.initialize_async(lsp.InitializeParams(capabilities=lsp.ClientCapabilities()))
        client.initialized(lsp.InitializedParams())
        editor = Editor(client, file)
        editor.open()
        yield editor
        await client.shutdown_async(None)
    finally:
        client.exit(None)
        await client.stop()  # type: ignore[no-untyped-call]


def run_in_editor(work: Callable[[], Awaitable[Any]]) -> None:
    async def in_time() -> None:
        async with asyncio.timeout(LONG):
            await work()

    asyncio.run(in_time())


def test_an_afternoon_of_typing(project: Project) -> None:
    """One server for all that needs nothing of the project but its file."""
    file = project.write("schema.sql", SCHEMA)

    async def work() -> None:
        async with editing(file) as editor:
            (one,) = await editor.told("S103")
            assert editor.marked(one.range) == "REFERENCES"
            titles = [action.title for action in await editor.actions(one)]
            assert titles[0] == "Add index idx_tasks_owner" and "Ignore S103" in titles[1]
            # half typed, behind signs that are two units long
            editor.type("owner", "state TEXT NOT NUL CHECK (state > 0), ")
            (broken,) = await editor.until(lambda found: len(found) == 1 and found[0].code is None)
            assert editor.marked(broken.range) == "NUL"
            client, document = editor.client, editor.identifier
            at = editor.position(editor.text.index("users (id)"))
            hovered = await client.text_document_hover_async(lsp.HoverParams(document, at))
            assert hovered and isinstance(hovered.contents, lsp.MarkupContent)
            assert "name TEXT NOT NULL" in hovered.contents.value
            target = await client.text_document_definition_async(lsp.DefinitionParams(document, at))
            assert isinstance(target, lsp.Location)
            assert editor.marked(target.range) == "users" and target.range.start.line == 0
            editor.type("NUL C", "NULL", instead_of="NUL")
            await editor.told("S103", "S110")
            editor.type("owner", "pal INTEGER REFERENCES us", instead_of="")
            at = editor.position(editor.text.index("REFERENCES us") + len("REFERENCES us"))
            items = await client.text_document_completion_async(
                lsp.CompletionParams(text_document=document, position=at)
            )
            assert isinstance(items, list) and "users" in {item.label for item in items}
            symbols = await client.text_document_document_symbol_async(
                lsp.DocumentSymbolParams(document)
            )
            assert symbols and [one.name for one in symbols] == ["users", "tasks"]
            found = await client.text_document_references_async(
                lsp.ReferenceParams(
                    context=lsp.ReferenceContext(include_declaration=True),
                    text_document=document,
                    position=lsp.Position(1, 4),
                )
            )
            assert found and [editor.marked(one.range) for one in found] == ["id", "id"]
            client.text_document_did_close(lsp.DidCloseTextDocumentParams(document))
            await editor.told()

    run_in_editor(work)


def test_nothing_of_a_project_runs_before_a_save(project: Project) -> None:
    project.write("pyproject.toml", '[tool.sqlplumb]\nmetadata = "models_of_lsp:metadata"\n')
    project.write("models_of_lsp.py", MODELS)
    file = project.write("schema.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY);\n")

    async def work() -> None:
        async with editing(file) as editor:
            await editor.told()
            editor.type("CREATE", "-- a word\n")
            await editor.told()
            assert not (file.parent / "ran").exists()
            editor.type("id INTEGER", "nick TEXT, ")
            editor.save()
            (one,) = await editor.told("None")
            assert one.severity == lsp.DiagnosticSeverity.Warning
            assert editor.marked(one.range) == "nick" and "models" in one.message
            assert (file.parent / "ran").exists()
            # models that cannot be imported are told, and the server goes on
            project.write("models_of_lsp.py", "raise SystemExit('no models today')\n")
            editor.save()
            (one,) = await editor.until(lambda found: "no models today" in found[0].message)
            assert one.range.start == lsp.Position(0, 0)
            editor.type("nick", "DEFAULT ")
            await editor.until(lambda found: len(found) == 2)

    run_in_editor(work)


def test_what_the_history_tells(project: Project) -> None:
    """A rename that was guessed gets its hint; a hover tells the revisions."""
    project.alembic("[sqlplumb]\nschema = schema.sql\n")
    create = "CREATE TABLE users (id INTEGER PRIMARY KEY, nick TEXT)"
    project.revision("r1", None, f"op.execute({create!r})")
    file = project.write("schema.sql", "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\n")

    async def work() -> None:
        async with editing(file, "--compare", "open") as editor:
            found = await editor.until(lambda found: any(one.code == "P204" for one in found))
            assert {one.message.partition(":")[0] for one in found} >= {"the history"}
            (guessed,) = [one for one in found if one.code == "P204"]
            assert editor.marked(guessed.range) == "name"
            hint = next(a for a in await editor.actions(guessed) if "rename" in a.title)
            assert hint.edit and hint.edit.changes
            ((edit,),) = hint.edit.changes.values()
            assert "-- @renamed from=nick" in edit.new_text
            hovered = await editor.client.text_document_hover_async(
                lsp.HoverParams(editor.identifier, lsp.Position(0, 14))
            )
            assert hovered and isinstance(hovered.contents, lsp.MarkupContent)
            assert "r1" in hovered.contents.value

    run_in_editor(work)


def test_settings_that_cannot_be_read_are_told(project: Project) -> None:
    project.write("pyproject.toml", '[tool.sqlplumb]\nshema = "schema.sql"\n')
    file = project.write("schema.sql", SCHEMA)

    async def work() -> None:
        async with editing(file) as editor:
            (one,) = await editor.told("None")
            assert "shema is not a setting" in one.message
            project.write("pyproject.toml", "[tool.sqlplumb]\n")
            editor.save()
            await editor.told("S103")

    run_in_editor(work)


def test_without_pygls_the_command_says_how_to_install_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pygls", None)
    ran = run("lsp")
    assert ran.code == 2 and "pip install 'sqlplumb[lsp]'" in ran.err


def test_the_server_ends_with_its_editor() -> None:
    done = ended(b"")
    assert done.stdout == b""


def test_the_server_ends_in_silence_when_it_is_told_to() -> None:
    asked: tuple[dict[str, object], ...] = (
        {"id": 1, "method": "initialize", "params": {"processId": None, "capabilities": {}}},
        {"method": "initialized", "params": {}},
        {"id": 2, "method": "shutdown"},
        {"method": "exit"},
    )
    bodies = [json.dumps({"jsonrpc": "2.0", **one}).encode() for one in asked]
    done = ended(b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(one), one) for one in bodies))
    assert (done.returncode, done.stderr) == (0, b"")
    assert b'"id":2' in done.stdout.replace(b" ", b"")


def ended(said: bytes) -> subprocess.CompletedProcess[bytes]:
    """A server that was told this and nothing more."""
    command = [SQLPLUMB, "lsp"]
    return subprocess.run(command, input=said, capture_output=True, timeout=LONG, check=False)
