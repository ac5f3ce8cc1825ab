"""The language server: the protocol, and nothing else.

What pygls keeps of a file is not used: it ends a line at a form feed and at other signs that no
editor ends one at, so that every line behind would be another.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from sqlplumb import __version__
from sqlplumb.editor import completion, fixes, hover, lookup
from sqlplumb.editor.diagnostics import Diagnostic
from sqlplumb.editor.project import path_of
from sqlplumb.editor.session import Session, When
from sqlplumb.editor.text import Text

_SEVERITIES = {
    "error": lsp.DiagnosticSeverity.Error,
    "warning": lsp.DiagnosticSeverity.Warning,
    "info": lsp.DiagnosticSeverity.Information,
}
_SYMBOLS = {
    "table": lsp.SymbolKind.Struct,
    "virtual table": lsp.SymbolKind.Struct,
    "view": lsp.SymbolKind.Interface,
    "index": lsp.SymbolKind.Key,
    "trigger": lsp.SymbolKind.Event,
    "column": lsp.SymbolKind.Field,
}
_CHOICES = {
    "table": lsp.CompletionItemKind.Struct,
    "virtual table": lsp.CompletionItemKind.Struct,
    "view": lsp.CompletionItemKind.Interface,
    "column": lsp.CompletionItemKind.Field,
    "type": lsp.CompletionItemKind.TypeParameter,
    "keyword": lsp.CompletionItemKind.Keyword,
    "hint": lsp.CompletionItemKind.Snippet,
}
_TRIGGERS = [".", "@", "(", " "]


class _Protocol(LanguageServerProtocol):
    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> Any:
        """Leave the text that pygls keeps as it is: nobody reads it."""
        yield self.fm.features[lsp.TEXT_DOCUMENT_DID_CHANGE], (params,), None


class SchemaServer(LanguageServer):
    def __init__(self, *, compare: When, name: str = "", config: str = "") -> None:
        super().__init__("sqlplumb", __version__, protocol_cls=_Protocol)
        self.session = Session(self._publish, compare=compare, name=name, config=config)
        self.uris: dict[str, str] = {}  # of files, as the editor writes them
        self.versions: dict[str, int] = {}

    @property
    def encoding(self) -> str:
        return str(self.workspace.position_encoding or "utf-16")

    # ---------------------------------------------------------------------- to and from offsets

    def file_of(self, uri: str) -> str:
        """Return the path of a file; one that has none is known by its URI."""
        parts = urlsplit(uri)
        is_file = parts.scheme == "file"
        file = str(path_of(Path(url2pathname(parts.path)))) if is_file else unquote(uri)
        self.uris[file] = uri
        return file

    def uri_of(self, file: str) -> str:
        return self.uris.get(file) or Path(file).as_uri()

    def offset(self, file: str, position: lsp.Position) -> int:
        text = self.session.text(file) or Text("")
        return text.offset(position.line, position.character)

    def span(self, file: str, start: int, end: int) -> lsp.Range:
        text = self.session.text(file) or Text("")
        first, last = text.position(start), text.position(max(start, end))
        return lsp.Range(start=lsp.Position(*first), end=lsp.Position(*last))

    def location(self, spot: lookup.Spot) -> lsp.Location:
        span = self.span(spot.file, spot.start, spot.end)
        return lsp.Location(uri=self.uri_of(spot.file), range=span)

    # ---------------------------------------------------------------------------- diagnostics

    def _publish(self, file: str, found: list[Diagnostic]) -> None:
        self.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(
                uri=self.uri_of(file),
                diagnostics=[self.diagnostic(shown) for shown in found],
                version=self.versions.get(file),
            )
        )

    def diagnostic(self, shown: Diagnostic) -> lsp.Diagnostic:
        related = None
        file, line = shown.elsewhere
        if file:
            start = lsp.Position(max(line - 1, 0), 0)
            uri = Path(file).absolute().as_uri()
            place = lsp.Location(uri=uri, range=lsp.Range(start=start, end=start))
            related = [lsp.DiagnosticRelatedInformation(location=place, message="here")]
        return lsp.Diagnostic(
            range=self.span(shown.file, shown.start, shown.end),
            severity=_SEVERITIES[shown.severity],
            code=shown.code or None,
            source="sqlplumb",
            message=shown.text,
            related_information=related,
        )


def serve(
    stdin: BinaryIO, stdout: BinaryIO, *, compare: When, name: str = "", config: str = ""
) -> None:
    """Answer an editor until it says that it goes."""
    server = SchemaServer(compare=compare, name=name, config=config)
    _add_files(server)
    _add_answers(server)
    _add_suggestions(server)
    server.start_io(stdin, stdout)


def _add_files(server: SchemaServer) -> None:
    """What an editor does with files. All of it must come in its order, and ends at once."""
    session = server.session

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        file = server.file_of(document.uri)
        server.versions[file] = document.version
        session.open(file, Text(document.text, server.encoding))

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        file = server.file_of(params.text_document.uri)
        server.versions[file] = params.text_document.version
        text = session.text(file) or Text("", server.encoding)
        for change in params.content_changes:
            if isinstance(change, lsp.TextDocumentContentChangePartial):
                start, end = change.range.start, change.range.end
                first, last = (start.line, start.character), (end.line, end.character)
                text = text.replaced(first, last, change.text)
            else:
                text = Text(change.text, server.encoding)
        session.change(file, text)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        session.save(server.file_of(params.text_document.uri))

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        file = server.file_of(params.text_document.uri)
        session.close(file)
        server.versions.pop(file, None)

    @server.feature(lsp.SHUTDOWN)
    def stopped(*_: object) -> None:
        session.stop()


def _add_answers(server: SchemaServer) -> None:
    session = server.session

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hovered(params: lsp.HoverParams) -> lsp.Hover | None:
        file = server.file_of(params.text_document.uri)
        reading = session.reading(file)
        found = _mention(server, file, params.position)
        if reading is None or found is None or found[1].ref is None:
            return None
        statement, mention = found
        value = hover.hover(reading, found[1].ref, session.mirrored(file))
        start = statement.piece.start
        return lsp.Hover(
            contents=lsp.MarkupContent(kind=lsp.MarkupKind.Markdown, value=value),
            range=server.span(file, start + mention.start, start + mention.end),
        )

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def defined(params: lsp.DefinitionParams) -> lsp.Location | None:
        file = server.file_of(params.text_document.uri)
        reading = session.reading(file)
        found = _mention(server, file, params.position)
        if reading is None or found is None or found[1].ref is None:
            return None
        spot = lookup.definition(reading, found[1].ref)
        return server.location(spot) if spot else None

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def referred(params: lsp.ReferenceParams) -> list[lsp.Location]:
        file = server.file_of(params.text_document.uri)
        reading = session.reading(file)
        found = _mention(server, file, params.position)
        if reading is None or found is None or found[1].ref is None:
            return []
        own = params.context.include_declaration
        spots = lookup.references(reading, found[1].ref, with_definition=own)
        return [server.location(spot) for spot in dict.fromkeys(spots)]

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def listed(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        file = server.file_of(params.text_document.uri)
        reading = session.reading(file)
        return _symbols(server, lookup.symbols(reading, file)) if reading else []


def _add_suggestions(server: SchemaServer) -> None:
    session = server.session

    @server.feature(
        lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=_TRIGGERS)
    )
    def completed(params: lsp.CompletionParams) -> list[lsp.CompletionItem]:
        file = server.file_of(params.text_document.uri)
        reading = session.reading(file)
        if reading is None:
            return []
        choices = completion.complete(reading, file, server.offset(file, params.position))
        # A blank asks for what fits here alone, or it would show every keyword behind each word.
        is_blank = params.context is not None and params.context.trigger_character == " "
        wanted = [choice for choice in choices if not (is_blank and choice.kind == "keyword")]
        return [_item(server, file, choice) for choice in wanted]

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix]),
    )
    def fixed(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        file = server.file_of(params.text_document.uri)
        reading = session.reading(file)
        wanted = params.range
        start, end = server.offset(file, wanted.start), server.offset(file, wanted.end)
        touched = [d for d in session.diagnostics(file) if d.start <= end and start <= d.end]
        return [
            _action(server, diagnostic, fix)
            for diagnostic in touched
            if reading
            for fix in fixes.fixes(reading, diagnostic)
        ]


def _mention(server: SchemaServer, file: str, position: lsp.Position) -> Any:
    reading = server.session.reading(file)
    return reading and lookup.mention_at(reading, file, server.offset(file, position))


def _symbols(server: SchemaServer, symbols: Iterable[lookup.Symbol]) -> list[lsp.DocumentSymbol]:
    """Of a column the name is all that is shown, and its range is counted once."""
    made = []
    for symbol in symbols:
        whole = server.span(symbol.whole.file, symbol.whole.start, symbol.whole.end)
        is_name = symbol.whole is symbol.spot
        name = (
            whole if is_name else server.span(symbol.spot.file, symbol.spot.start, symbol.spot.end)
        )
        made.append(
            lsp.DocumentSymbol(
                name=symbol.name,
                kind=_SYMBOLS.get(symbol.kind, lsp.SymbolKind.Object),
                detail=symbol.detail,
                range=whole,
                selection_range=name,
                children=_symbols(server, symbol.children),
            )
        )
    return made


def _item(server: SchemaServer, file: str, choice: completion.Choice) -> lsp.CompletionItem:
    span = server.span(file, choice.start, choice.end)
    return lsp.CompletionItem(
        label=choice.label,
        kind=_CHOICES.get(choice.kind, lsp.CompletionItemKind.Text),
        detail=choice.detail or None,
        sort_text=f"{choice.rank}{choice.label}",
        filter_text=choice.text,
        text_edit=lsp.TextEdit(range=span, new_text=choice.text),
    )


def _action(server: SchemaServer, diagnostic: Diagnostic, fix: fixes.Fix) -> lsp.CodeAction:
    spot = fix.spot
    edit = lsp.TextEdit(range=server.span(spot.file, spot.start, spot.end), new_text=fix.text)
    return lsp.CodeAction(
        title=fix.title,
        kind=lsp.CodeActionKind.QuickFix,
        diagnostics=[server.diagnostic(diagnostic)],
        edit=lsp.WorkspaceEdit(changes={server.uri_of(spot.file): [edit]}),
        is_preferred=fix.is_likely or None,
    )
