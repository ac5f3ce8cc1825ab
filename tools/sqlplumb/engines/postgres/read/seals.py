"""Tell by one question that two databases say the same, without reading what they say.

A seal is a digest, made by the server, of all rows of each family of objects, without what tells
rows of one database apart. Equal seals are equal catalogs; what an unequal one differs in, the
catalogs tell. Must never decide which databases are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import psycopg.sql

from sqlplumb.engines.postgres.read.queries import COMMENTS, queries
from sqlplumb.values import dataclass

if TYPE_CHECKING:
    from psycopg import Connection

_UNREAD = ("conversion", "am", "transform", "ts_parser", "ts_template")
_UNCOMPARED = ("owner", "grants")  # where they are compared, nothing is sealed
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
    SELECT {family}, sha256(textsend(string_agg(told, '' ORDER BY told))) FROM (
        SELECT ROW({columns})::text COLLATE "C" AS told FROM ({query}) objects
        WHERE {condition}) rows
"""
# An index is told by the numbers of the operator classes that a server has itself.
_NUMBERS = """
    SELECT o.oid::text AS number, o.opcname AS name, o.opcnamespace::regnamespace::text AS "schema",
        m.amname AS method FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod
    WHERE o.oid < 16384
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """`columns` are what is digested of each family, `units` are the names of what is sealed."""

    columns: Mapping[str, Sequence[str]]
    digests: Mapping[str, str]
    units: Sequence[str]


def read_seal(connection: Connection[Any], units: Iterable[str]) -> Seal:
    """Return the seal of a database with these units. The connection has an empty `search_path`."""
    columns = {}
    for family, query in _queries(connection).items():
        empty = connection.execute(f"SELECT * FROM ({query}) objects LIMIT 0".encode())
        left_out = {*_UNCOMPARED, *_IMPLIED.get(family, ())}
        names = [column.name for column in empty.description or ()]
        columns[family] = [
            name for name in names if not (name.startswith("oid") or name in left_out)
        ]
    return Seal(columns=columns, digests=read_digests(connection, columns), units=[*units])


def read_digests(
    connection: Connection[Any], columns: Mapping[str, Sequence[str]], *, but: str = ""
) -> dict[str, str]:
    """Return the digest of each family, without the table of this name in `public`."""
    asked = _digests(connection, columns, but)
    rows = connection.execute(psycopg.sql.SQL(" UNION ALL ").join(asked)).fetchall()
    return {family: digest.hex() for family, digest in rows if digest}


def _digests(
    connection: Connection[Any], columns: Mapping[str, Sequence[str]], but: str
) -> Iterator[psycopg.sql.Composed]:
    empty = _empty_families(connection)
    for family, query in _queries(connection).items():
        if family in empty:
            continue
        names = columns[family]
        is_of_table = but and {"schema", "table"} <= set(names)
        condition = psycopg.sql.SQL(_IS_NOT if is_of_table else "true").format(but)
        yield psycopg.sql.SQL(_DIGEST).format(
            family=psycopg.sql.Literal(family),
            columns=psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, names)),
            query=psycopg.sql.SQL(query),
            condition=condition,
        )


def _empty_families(connection: Connection[Any]) -> set[str]:
    are_made = (" OR ".join(map(_MADE.format, sources)) for sources in _SOURCES.values())
    row = connection.execute(f"SELECT {', '.join(are_made)}".encode()).fetchone() or ()
    return {family for family, is_made in zip(_SOURCES, row, strict=True) if not is_made}


def _queries(connection: Connection[Any]) -> Mapping[str, str]:
    info = connection.info
    is_superuser = info.parameter_status("is_superuser") == "on"
    families = dict(queries(info.server_version, is_superuser=is_superuser, sealed=True))
    del families["default privileges"]
    return {**families, "comments": _COMMENTS.format(comments=COMMENTS), "numbers": _NUMBERS}
