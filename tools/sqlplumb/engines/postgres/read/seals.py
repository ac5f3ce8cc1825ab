"""Tell by one question that two databases say the same, without reading what they say.

A seal is a digest, made by the server, of all rows of each family of objects, without what tells
rows of one database apart. Equal seals are equal catalogs; what an unequal one differs in, the
catalogs tell. Must never decide which databases are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from sqlplumb.engines.postgres.names import literal
from sqlplumb.engines.postgres.read.queries import COMMENTS, queries
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from psycopg import Connection

_UNREAD = ("conversion", "am", "transform", "ts_parser", "ts_template")
_UNCOMPARED = ("owner", "grants")
_IMPLIED = {  # by the definition that stands beside them
    "rule": ("expression", "columns", "target_schema", "target", "target_columns"),
    "index": ("keys", "predicate"),
}
# Where the rows of a family come from, if anywhere. To plan a question takes a server longer than
# to answer it, so nothing is asked of what nobody made: a family that is not named here is in every
# database. (What a server brings in schemas of its own is told by these schemas.)
_MADE = "EXISTS (SELECT FROM {} >= 16384)"
_SOURCES: Mapping[str, Sequence[str]] = {
    "view": ["pg_rewrite WHERE oid"],
    "sequence": ["pg_sequence WHERE seqrelid"],
    "statistics": ["pg_statistic_ext WHERE oid"],
    "trigger": ["pg_trigger WHERE oid"],
    "rewrite": ["pg_rewrite WHERE oid"],
    "policy": ["pg_policy WHERE oid"],
    "function": ["pg_proc WHERE oid"],
    "aggregate": ["pg_aggregate WHERE aggfnoid"],
    "event trigger": ["pg_event_trigger WHERE oid"],
    "language": ["pg_language WHERE oid"],
    "publication": ["pg_publication WHERE oid"],
    "subscription": ["pg_subscription WHERE oid"],
    "foreign data wrapper": ["pg_foreign_data_wrapper WHERE oid"],
    "server": ["pg_foreign_server WHERE oid"],
    "user mapping": ["pg_foreign_server WHERE oid"],
    "cast": ["pg_cast WHERE oid"],
    "operator": ["pg_operator WHERE oid"],
    "operator family": ["pg_opfamily WHERE oid"],
    "operator class": ["pg_opclass WHERE oid"],
    "collation": ["pg_collation WHERE oid"],
    "text search dictionary": ["pg_ts_dict WHERE oid"],
    "text search configuration": ["pg_ts_config WHERE oid"],
    "comment": ["pg_description WHERE objoid"],
    "unread": [
        *(f"pg_{name} WHERE oid" for name in _UNREAD),
        "pg_type WHERE NOT typisdefined AND oid",
        "pg_seclabels WHERE objoid",
    ],
}
# A name for whatever a comment is on. Those of relations, by far the most, are found cheaply.
_COMMENTS = """
    SELECT d.classoid::regclass::text AS catalog, d.description AS text,
        CASE WHEN d.classoid = 'pg_class'::regclass THEN concat_ws('.', d.objoid::regclass::text,
            (SELECT quote_ident(a.attname) FROM pg_attribute a
                WHERE a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0))
            ELSE (pg_identify_object(d.classoid, d.objoid, d.objsubid)).identity END AS name
    FROM ({comments}) own JOIN pg_description d ON d.classoid = own.catalog::regclass
        AND d.objoid = own.oid AND d.objsubid = own.sub
"""
_IS_NOT = """NOT ("schema" = 'public' AND "table" = {})"""
_DIGEST = """
    SELECT {family}, encode(sha256(convert_to(string_agg(told, '' ORDER BY told),
        getdatabaseencoding())), 'hex')
    FROM (SELECT ROW({columns})::text COLLATE "C" AS told FROM ({query}) objects
        WHERE {condition}) rows
"""
# An index is told by the numbers of the operator classes that a server has itself.
_NUMBERS = """
    SELECT o.oid::text AS number, o.opcname AS name, o.opcnamespace::regnamespace::text AS "schema",
        m.amname AS method FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod
    WHERE o.oid < 16384
"""


class Asked(Protocol):
    """A database that answers in texts. It writes names in full: its `search_path` is empty."""

    version: int
    is_superuser: bool

    def ask(self, sql: str, /) -> Sequence[tuple[str | None, ...]]: ...


class AskedByDriver:
    """A database behind a connection of the driver."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self.version = connection.info.server_version
        self.is_superuser = connection.info.parameter_status("is_superuser") == "on"

    def ask(self, sql: str) -> Sequence[tuple[str | None, ...]]:
        return self._connection.execute(sql.encode()).fetchall()

    def columns(self, query: str) -> Iterator[str]:
        rows = self._connection.execute(f"SELECT * FROM ({query}) objects LIMIT 0".encode())
        yield from (column.name for column in rows.description or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """`columns` are what is digested of each family, `units` are the names of what is sealed."""

    columns: Mapping[str, Sequence[str]]
    digests: Mapping[str, str]
    units: Sequence[str]


def read_seal(connection: Connection[Any], units: Iterable[str]) -> Seal:
    """Return the seal of a database with these units. The connection has an empty `search_path`."""
    asked, columns = AskedByDriver(connection), {}
    for family, query in _queries(asked).items():
        left_out = {*_UNCOMPARED, *_IMPLIED.get(family, ())}
        columns[family] = [
            name
            for name in asked.columns(query)
            if not (name.startswith("oid") or name in left_out)
        ]
    return Seal(columns=columns, digests=read_digests(asked, columns), units=[*units])


def read_digests(
    asked: Asked, columns: Mapping[str, Sequence[str]], *, but: str = ""
) -> dict[str, str]:
    """Return the digest of each family, without the table of this name in `public`."""
    empty = _empty_families(asked)
    rows = asked.ask(" UNION ALL ".join(_digests(asked, columns, but=but, empty=empty)))
    return {family: digest for family, digest in rows if family and digest}


def _digests(
    asked: Asked, columns: Mapping[str, Sequence[str]], *, but: str, empty: set[str]
) -> Iterator[str]:
    for family, query in _queries(asked).items():
        if family not in empty:
            names = columns[family]
            is_of_table = but and {"schema", "table"} <= set(names)
            yield _DIGEST.format(
                family=literal(family),
                columns=", ".join(f'"{name}"' for name in names),
                query=query,
                condition=_IS_NOT.format(literal(but)) if is_of_table else "true",
            )


def _empty_families(asked: Asked) -> set[str]:
    are_made = (" OR ".join(map(_MADE.format, sources)) for sources in _SOURCES.values())
    (row,) = asked.ask(f"SELECT {', '.join(f'({each})::text' for each in are_made)}")
    return {family for family, is_made in zip(_SOURCES, row, strict=True) if is_made == "false"}


def _queries(asked: Asked) -> Mapping[str, str]:
    families = queries(asked.version, is_superuser=asked.is_superuser, sealed=True)
    return {**families, "comments": _COMMENTS.format(comments=COMMENTS), "numbers": _NUMBERS}
