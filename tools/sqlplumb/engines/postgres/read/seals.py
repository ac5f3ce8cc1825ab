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

_UNCOMPARED = ("owner", "grants")
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
    SELECT {family}, sha256(string_agg(told, ''::bytea ORDER BY told)) FROM (
        SELECT sha256(textsend(ROW({columns})::text)) AS told FROM ({query}) objects
        WHERE {condition}) rows
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
        names = [column.name for column in empty.description or ()]
        columns[family] = [
            name for name in names if not (name.startswith("oid") or name in _UNCOMPARED)
        ]
    return Seal(columns=columns, digests=read_digests(connection, columns), units=[*units])


def read_digests(
    connection: Connection[Any], columns: Mapping[str, Sequence[str]], *, but: str = ""
) -> dict[str, str]:
    """Return the digest of each family, without the table of this name in `public`."""
    asked = _digests(connection, columns, but)
    rows = connection.execute(psycopg.sql.SQL(" UNION ALL ").join(asked)).fetchall()
    return {family: digest.hex() if digest else "" for family, digest in rows}


def _digests(
    connection: Connection[Any], columns: Mapping[str, Sequence[str]], but: str
) -> Iterator[psycopg.sql.Composed]:
    for family, query in _queries(connection).items():
        names = columns[family]
        is_of_table = but and {"schema", "table"} <= set(names)
        condition = psycopg.sql.SQL(_IS_NOT if is_of_table else "true").format(but)
        yield psycopg.sql.SQL(_DIGEST).format(
            family=psycopg.sql.Literal(family),
            columns=psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, names)),
            query=psycopg.sql.SQL(query),
            condition=condition,
        )


def _queries(connection: Connection[Any]) -> Mapping[str, str]:
    info = connection.info
    is_superuser = info.parameter_status("is_superuser") == "on"
    comments = _COMMENTS.format(comments=COMMENTS)
    return {**queries(info.server_version, is_superuser=is_superuser), "comments": comments}
