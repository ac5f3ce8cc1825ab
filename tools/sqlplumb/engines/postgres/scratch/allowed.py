"""What a file of a schema may hold: which statements are run, passed over or refused, by name.

What reaches beyond the database (roles, other databases, files, programs) is never run. Where rows
are allowed, as in a dump, what is no schema is passed over and told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from itertools import islice

from sqlplumb.engines.postgres.parse.lexer import Token, lex
from sqlplumb.engines.postgres.parse.statements import Piece, cut
from sqlplumb.errors import Problem
from sqlplumb.places import PlaceFinder, place_finder
from sqlplumb.values import dataclass

_ROWS = "rows belong in a migration; a schema says what the database is, not what is in it"
_CLUSTER = "it belongs to the whole server, not to a database: keep it in a file of its own"
_SKIPPED_PSQL = ("restrict", "unrestrict", "echo", "qecho", "warn", "pset", "timing", "unset", "q")
_SKIPPED_SETS = ("ON_ERROR_STOP", "ON_ERROR_ROLLBACK", "QUIET", "VERBOSITY", "ECHO")
_ROW_VERBS = frozenset(("INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE"))
_IDLE_VERBS = frozenset(
    ("VACUUM", "ANALYZE", "ANALYSE", "CHECKPOINT", "SHOW", "EXPLAIN", "DISCARD")
)
_OF_CLUSTER = frozenset(("DATABASE", "ROLE", "USER", "GROUP", "TABLESPACE", "SYSTEM"))
_HEAD = 5
_ALONE = "a schema says what there is; leave it out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement that is run. Its file and its place there; `text` is the author's own."""

    file: str
    piece: Piece
    places: PlaceFinder

    @property
    def text(self) -> str:
        return self.piece.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What files hold: statements in their order, what is passed over, and what is refused.
    `roles` are those that are made in them."""

    statements: list[Statement] = field(default_factory=list)
    passed_over: list[Problem] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)


def read_files(files: Mapping[str, str], rows_allowed: bool) -> Allowed:
    allowed = Allowed()
    for file, text in files.items():
        places = place_finder(file, text)
        told = set[str]()
        for piece in cut(text):
            verdict = judge(piece, rows_allowed)
            if verdict == _BACKSLASHES and "\\" not in text[piece.end :]:
                verdict = None  # nothing is read in another way
            if verdict is None:
                statement = Statement(file=file, piece=piece, places=places)
                allowed.statements.append(statement)
                continue
            allowed.roles.extend(_roles_made(piece))
            message, advice, is_refused = verdict
            if is_refused:
                place, excerpt = places(piece.start), line_of(text, piece.start)
                allowed.refused.append(Problem(message, advice, place=place, excerpt=excerpt))
            elif message and message not in told:  # a dump holds a thousand of one kind
                told.add(message)
                allowed.passed_over.append(Problem(message, place=places(piece.start)))
    return allowed


def line_of(text: str, start: int) -> str:
    ends = text.find("\n", start)
    return text[text.rfind("\n", 0, start) + 1 : len(text) if ends < 0 else ends]


Verdict = tuple[str, str, bool]  # a message, advice, and whether it is refused
_BACKSLASHES: Verdict = (
    "strings with backslashes would be read in another way from here on",
    "leave it on, and write E'...' where a backslash escapes",
    True,
)


def judge(piece: Piece, rows_allowed: bool) -> Verdict | None:
    """Return why a piece is not run; None for what is. What is passed over without a word has no
    message."""
    if piece.kind == "rows":
        return "", "", False
    if piece.kind == "psql":
        return _judge_psql(piece.text, rows_allowed)
    tokens = list(islice(lex(piece.text), _HEAD))
    words = [token.upper for token in tokens]
    verb = words[0] if words else ""
    if verb in _ROW_VERBS or (verb == "COPY" and "STDIN" in _words(piece)):
        message = "these rows are not compared: a schema holds none"
        return (
            (message, "", False) if rows_allowed else (f"{verb} is not allowed here", _ROWS, True)
        )
    if verb == "COPY":
        return "COPY would read or write a file of the server", _ROWS, True
    if verb in _IDLE_VERBS:
        return "", "", False
    if verb in ("ROLLBACK", "ABORT", "SAVEPOINT", "PREPARE", "RELEASE"):
        return f"{verb} is not allowed here: what is written is what shall be", _ALONE, True
    if verb == "SET" and words[1:2] == ["STANDARD_CONFORMING_STRINGS"] and _is_off(tokens):
        return _BACKSLASHES
    if named := of_cluster(words, piece.text):
        message = f"{named} is of the whole server, and no part of a schema"
        is_refused = not rows_allowed and verb not in ("GRANT", "REVOKE", "COMMENT")
        is_refused = is_refused or words[:2] == ["ALTER", "SYSTEM"]
        return message, _CLUSTER, is_refused
    return None


def _judge_psql(line: str, rows_allowed: bool) -> Verdict | None:
    command, *values = line[1:].split() or [""]
    if command in _SKIPPED_PSQL or (command == "set" and values[:1] and values[0] in _SKIPPED_SETS):
        return "", "", False
    if command == "encoding" and values[:1] in (["UTF8"], ["utf8"], ["UTF-8"]):
        return "", "", False
    if command in ("c", "connect"):
        message = f"\\{command} is passed over: the file is read into one database"
        advice = "a schema is one database; leave it out"
        return (message, "", False) if rows_allowed else (f"\\{command} leads away", advice, True)
    advice = (
        "list the files in `schema`" if command in ("i", "ir", "include") else "write it as SQL"
    )
    return f"\\{command} is a command of psql, which does not read this file", advice, True


def _words(piece: Piece) -> set[str]:
    return {token.upper for token in lex(piece.text)}


def _is_off(tokens: list[Token]) -> bool:
    return tokens[-1].text.strip("'").lower() in ("off", "false", "0", "no")


def of_cluster(words: list[str], text: str) -> str:
    """Return how people call what a statement makes or changes on the whole server."""
    verb = words[0]
    is_of_it = verb in ("CREATE", "ALTER", "DROP") and words[1:2] and words[1] in _OF_CLUSTER
    if is_of_it and words[1:3] != ["USER", "MAPPING"]:
        return " ".join(words[:2])
    if verb in ("DROP", "REASSIGN") and words[1:2] == ["OWNED"]:
        return " ".join(words[:2])
    if verb == "COMMENT" and words[2:3] and words[2] in _OF_CLUSTER:
        return f"COMMENT ON {words[2]}"
    if verb in ("GRANT", "REVOKE"):
        return _grants_of_cluster(lex(text), verb)
    return ""


def _grants_of_cluster(tokens: Iterable[Token], verb: str) -> str:
    """GRANT role TO role, GRANT ... ON DATABASE."""
    words = iter(tokens)
    for token in words:
        if token.upper == "ON":
            kind = next(words, token).upper
            return f"{verb} ON {kind}" if kind in ("DATABASE", "TABLESPACE", "PARAMETER") else ""
        if token.upper in ("TO", "FROM"):
            break
    return f"{verb} of a role"


def _roles_made(piece: Piece) -> Iterator[str]:
    tokens = list(islice(lex(piece.text), 3))
    words = [token.upper for token in tokens]
    is_role = words[:1] == ["CREATE"] and words[1] in ("ROLE", "USER", "GROUP")
    if is_role and len(tokens) > 2 and tokens[2].is_name:
        yield tokens[2].name
