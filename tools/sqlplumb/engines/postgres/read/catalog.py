"""All that the catalogs of one database said at one moment, as units and facts.

It holds rows alone, so that they may be kept and read again without a server. Must never ask one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache, cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

from sqlplumb.config import OWNERS, PRIVILEGES
from sqlplumb.engines.postgres.grants import given_kind, granted_to_others
from sqlplumb.engines.postgres.read.addresses import (
    Oid,
    Row,
    address,
    known_by,
    namespace_of,
    own_oid,
)
from sqlplumb.engines.postgres.read.objects import other_object
from sqlplumb.engines.postgres.read.queries import COMMENTS, MEMBERS, NEEDS, ORDERS, queries
from sqlplumb.engines.postgres.read.tables import identity_words, table_object
from sqlplumb.schema import Object, Ref, with_values

if TYPE_CHECKING:
    from psycopg import Connection

Rows = Mapping[str, list[dict[str, Any]]]
# Of what is asked and how it is read: what one version kept, another does not read.
CATALOG_VERSION = 13

_NOT_OBJECTS = ("aggregate", "unread", "comments", "needs", "members")
_PUBLIC_COMMENT = "standard public schema"


def ask(connection: Connection[Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every family; the connection has an empty `search_path`."""
    from psycopg.rows import dict_row

    info = connection.info
    is_superuser = info.parameter_status("is_superuser") == "on"
    asked = queries(info.server_version, is_superuser=is_superuser)
    asked = {**asked, "comments": COMMENTS, "needs": NEEDS, "members": MEMBERS}
    in_order = {
        family: f"{query} ORDER BY {ORDERS[family]}" if family in ORDERS else query
        for family, query in asked.items()
    }
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = {family: cursor.execute(query).fetchall() for family, query in in_order.items()}
    for row in chain.from_iterable(rows.values()):
        if row.get("owner") == info.user:
            row["oid_is_own"] = True
    return rows


class Catalog:
    """The objects of a database. `texts` are its units, each with what the server says of it;
    `unread` is what no fact is made of, by its kind and name."""

    def __init__(
        self, rows: Rows, *, compared: Collection[str] = (), is_made: bool = False
    ) -> None:
        """Owners and privileges are `compared` where the settings ask for them. Of a database that
        was made for us, whoever made it is not meant as an owner."""
        self.rows = rows
        self._compared, self._is_made = compared, is_made
        self.unread = [(row["kind"], row["name"]) for row in rows["unread"]]
        self.located: dict[Ref, tuple[str, dict[str, Any]]] = {}
        comments = {
            (row["catalog"], row["oid"], row["sub"]): row["text"] for row in rows["comments"]
        }
        for family, row in self._merged():
            ref = address(family, row)
            told: dict[str, Any] = {**row, **self._told(row, ref.kind)}
            if comment := comments.get(own_oid(family, row)):
                told["comment"] = comment
            self._add_part_comments(family, told, comments)
            if ref.kind == "schema" and told.get("comment") == _PUBLIC_COMMENT:
                del told["comment"]
            self.located[ref] = (family, told)

    def _told(self, row: Row, kind: str) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if "owner" in row:
            is_meant = OWNERS in self._compared and not (self._is_made and row.get("oid_is_own"))
            told = {"owner": row["owner"] if is_meant else "", "oid_had_owner": row["owner"]}
        elif "role" in row:
            told = {"oid_had_owner": row["role"]}
        if "grants" in row:
            had = tuple(row["grants"] or ())
            told |= {"grants": (), "oid_had_grants": had}
            if PRIVILEGES in self._compared:
                owner = row.get("owner") or row.get("role", "")
                if kind == "default privileges":
                    kind = given_kind(row["objects"], row["place"])
                told["grants"] = granted_to_others(had, kind, owner=owner)
        return told

    def take_owners(self, other: Catalog) -> None:
        """Take the owners of the other one for what this one says of nobody."""
        for ref, (_, row) in self.located.items():
            if row.get("owner") == "" and ref in other:
                row["owner"] = other.located[ref][1]["owner"]

    @staticmethod
    def _add_part_comments(family: str, told: dict[str, Any], comments: Mapping[Oid, str]) -> None:
        """Views and composite types have columns that are no objects of their own."""
        relation = told["oid"] if family == "view" else told.get("oid_relation")
        parts = told.get("columns") if family == "view" else told.get("attributes")
        if relation and parts:
            found = ((part[0], ("pg_class", relation, at)) for at, part in enumerate(parts, 1))
            texts = tuple((name, comments[oid]) for name, oid in found if oid in comments)
            if texts:
                told["column_comments"] = texts
        if family == "rule" and told["kind"] in "pux":
            told["index_comment"] = comments.get(("pg_class", told["oid_index"], 0), "")

    def _merged(self) -> Iterator[tuple[str, Row]]:
        """Yield the row of each object; what one object has in two catalogs stands in one row."""
        aggregates = {
            row["oid_function"]: {name: row[name] for name in row if name != "oid_function"}
            for row in self.rows["aggregate"]
        }
        identities = {
            (row["oid_owner"], row["oid_column"]): row
            for row in self.rows["sequence"]
            if row["bond"] == "i"
        }
        for family, rows in self.rows.items():
            if family in _NOT_OBJECTS:
                continue
            if family == "default privileges" and PRIVILEGES not in self._compared:
                continue
            for row in rows:
                if family == "sequence" and row["bond"] == "i":
                    continue
                if family == "operator family" and row["is_implied"]:
                    continue
                if family == "function" and row["oid"] in aggregates:
                    yield family, {**row, "aggregate": aggregates[row["oid"]]}
                elif family == "column" and row["identity"]:
                    sequence = identities[row["oid_table"], row["oid_number"]]
                    said = identity_words(row, sequence)
                    name = sequence["table"]
                    yield family, {**row, "identity_sequence": said, "oid_sequence": name}
                else:
                    yield family, row

    @cached_property
    def texts(self) -> dict[str, frozenset[str]]:
        texts: dict[str, list[str]] = {}
        for ref, (family, row) in self.located.items():
            texts.setdefault(ref.unit, []).append(_words(family, row))
        return {unit: frozenset(words) for unit, words in texts.items()}

    @property
    def units(self) -> Mapping[str, list[Ref]]:
        """The objects of each unit."""
        return self._by_unit

    def __contains__(self, ref: Ref) -> bool:
        return ref in self.located

    def said(self, ref: Ref) -> Mapping[str, Any]:
        """Return what is said of one object, by the names of the columns that say it."""
        row = self.located[ref][1]
        return {key: value for key, value in row.items() if not key.startswith("oid")}

    def say_as(self, other: Catalog, refs: Iterable[Ref]) -> None:
        """Word these objects as the other catalog does, which means the same by them."""
        for ref in refs:
            self._refs  # noqa: B018 - they are those of its own rows
            self.located[ref] = other.located[ref]
        vars(self).pop("texts", None)

    def forget(self, units: Iterable[str]) -> None:
        """Hold these units no more."""
        for unit in units:
            for ref in self._by_unit[unit]:
                del self.located[ref]
        vars(self).pop("_by_unit", None)

    def text_without(self, unit: str, refs: Collection[Ref]) -> frozenset[str]:
        """Return the text of a unit without some of its objects."""
        kept = [self.located[ref] for ref in self._by_unit[unit] if ref not in refs]
        return frozenset(_words(family, row) for family, row in kept)

    def facts(self, units: Collection[str]) -> Iterator[Object]:
        """Yield the facts of these units, each with what it needs."""
        for unit in units:
            for ref in self._by_unit.get(unit, ()):
                family, row = self.located[ref]
                made = table_object(family, ref, row) or other_object(family, ref, row)
                values = {"needs": frozenset(self._needs.get(ref, ()))}
                if by_default := self._needs_of_defaults.get(ref):
                    values["default_needs"] = frozenset(by_default)
                yield with_values(made, values) if values["needs"] else made

    def units_bound_to(self, units: Iterable[str]) -> frozenset[str]:
        """Return the units that need one of these, or need what needs them, and these."""
        found: set[str] = set()
        left = set(units)
        while left:
            found |= left
            left = {unit for each in left for unit in self._needed_by.get(each, ())} - found
        return frozenset(found)

    def units_needed_by(self, units: Iterable[str]) -> frozenset[str]:
        """Return the units that these need, and what those need, and these."""
        found: set[str] = set()
        left = set(units)
        while left:
            found |= left
            refs = (ref for unit in left for ref in self._by_unit.get(unit, ()))
            left = {used.unit for ref in refs for used in self._needs.get(ref, ())} - found
        return frozenset(found)

    @cached_property
    def _by_unit(self) -> dict[str, list[Ref]]:
        refs: dict[str, list[Ref]] = {}
        for ref in self.located:
            refs.setdefault(ref.unit, []).append(ref)
        return refs

    @cached_property
    def _needs_of_defaults(self) -> dict[Ref, set[Ref]]:
        """What the default of a column needs, and the column itself does not."""
        found: dict[str, dict[Ref, set[Ref]]] = {"pg_attrdef": {}, "pg_class": {}}
        for catalog, user, used in self._pairs():
            if user.kind == "column":
                found[catalog].setdefault(user, set()).add(used)
        own = found["pg_class"]
        return {ref: used - own.get(ref, set()) for ref, used in found["pg_attrdef"].items()}

    @cached_property
    def _needs(self) -> dict[Ref, set[Ref]]:
        needs: dict[Ref, set[Ref]] = {}
        for _, user, used in self._pairs():
            needs.setdefault(user, set()).add(used)
        for ref, (family, row) in self.located.items():
            if family == "comment":
                of = self._ref((row["oid_catalog"], row["oid_of"], row["oid_sub"]))
                needs.setdefault(ref, set()).update((of,) if of else ())
            if ref.table:
                needs.setdefault(ref, set()).add(self._owner(ref))
            if place := namespace_of(row):
                needs.setdefault(ref, set()).add(Ref("schema", "", place, shown=place))
        return {ref: found - {ref} for ref, found in needs.items()}

    def _pairs(self) -> Iterator[tuple[str, Ref, Ref]]:
        """Yield what needs what, and the catalog that says so."""
        extensions = {row["oid"]: address("extension", row) for row in self.rows["extension"]}
        members = {
            (row["catalog"], row["oid"]): extensions[row["extension"]]
            for row in self.rows["members"]
        }
        for row in self.rows["needs"]:
            user = self._ref((row["catalog"], row["oid"], row["sub"]))
            needed: Oid = (row["needed_catalog"], row["needed_oid"], row["needed_sub"])
            used = self._ref(needed) or members.get(needed[:2])
            # That a column owns a sequence does not make it come first.
            owns = user and user.kind == "sequence" and row["type"] == "a"
            if user and used and user != used and not owns:
                yield row["catalog"], user, used

    @cached_property
    def _refs(self) -> dict[Oid, Ref]:
        """The object of each oid. Only what differs asks for needs, so it is made then."""
        refs: dict[Oid, Ref] = {}
        for ref, (family, row) in self.located.items():
            refs.update(known_by(family, row, ref))
        return refs

    def _owner(self, ref: Ref) -> Ref:
        """Return the table, or the view, that an object hangs on."""
        for kind in ("table", "view", "materialized view"):
            owner = Ref(kind, "", ref.table, namespace=ref.namespace, shown=ref.table)
            if owner in self.located:
                return owner
        return ref

    def _ref(self, oid: Oid) -> Ref | None:
        """Return the object of an oid; a column that is no object is part of one."""
        return self._refs.get(oid) or self._refs.get((oid[0], oid[1], 0))

    @cached_property
    def _needed_by(self) -> dict[str, set[str]]:
        bound: dict[str, set[str]] = {}
        for user, used in self._needs.items():
            for ref in used:
                if ref.kind not in ("schema", "extension"):
                    bound.setdefault(ref.unit, set()).add(user.unit)
        return bound


def _words(family: str, row: Row) -> str:
    if family == "extension":
        return repr((family, [row["name"], row["schema"]]))
    return repr((family, [row[key] for key in _compared(tuple(row))]))


@cache
def _compared(keys: tuple[str, ...]) -> tuple[str, ...]:
    """All rows of a family have the same keys, but for their comments."""
    return tuple(key for key in keys if not key.startswith("oid"))
