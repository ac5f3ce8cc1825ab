"""Identity: which object is meant. Owns `Ref` and its one spelling as a string."""

from __future__ import annotations

from dataclasses import KW_ONLY, field

from sqlplumb.values import dataclass

# "table", "column", "index" and the like: what the statements of an engine call it. An engine may
# have kinds of its own.
Kind = str

# These live inside their table's own CREATE statement and come and go with it.
INLINE_KINDS = frozenset[Kind](
    ("column", "primary key", "unique", "foreign key", "check", "exclusion")
)
# These have a statement of their own, and go with their table or view, whose name may be empty.
DEPENDENT_KINDS = frozenset[Kind](("index", "trigger"))
_OF_A_TABLE = INLINE_KINDS | DEPENDENT_KINDS
# These share one set of names; a function or a schema may be called as a table is.
_RELATION_KINDS = frozenset[Kind](("table", "virtual table", "view", "materialized view"))


@dataclass(frozen=True, slots=True)
class Ref:
    """The address of one object: `tasks`, `tasks.priority`, `idx_tasks_status`.

    `table` and `name` are folded as the engine folds names, so that they compare; `shown` and
    `shown_table` are the author's spelling. A constraint without a name has no `shown`; `about` is
    then what people read. An index or a trigger has a name of its own in the whole schema, yet
    belongs to a table: `table` says which. `namespace` is the schema or the attached database that
    holds it, and empty where an engine has none.
    """

    kind: Kind
    table: str
    name: str
    _: KW_ONLY
    namespace: str = ""
    shown: str = field(default="", compare=False)
    shown_table: str = field(default="", compare=False)
    about: str = field(default="", compare=False)

    @property
    def inline(self) -> bool:
        return self.kind in INLINE_KINDS

    @property
    def owner(self) -> str:
        """The table, view or virtual table that this object belongs to, or is."""
        return self.table if self.table or self.kind in _OF_A_TABLE else self.name

    @property
    def unit(self) -> str:
        """The owner, told apart from those of other namespaces and kinds: a key among units."""
        owner = self._in_namespace(self.owner)
        has_table = self.table or self.kind in _OF_A_TABLE or self.kind in _RELATION_KINDS
        return owner if has_table else f"{self.kind} {owner}"

    @property
    def table_ref(self) -> Ref:
        """Return the address of the table that it belongs to, or is."""
        return self.neighbor(self.owner)

    def neighbor(self, table: str, shown: str = "") -> Ref:
        """Return the address of a table in the same namespace."""
        return Ref("table", "", table, namespace=self.namespace, shown=shown)

    def column_ref(self, column: str, shown: str = "") -> Ref:
        """Return the address of a column of the same table."""
        place, spelling = self.namespace, self.shown_table if self.table else self.shown
        return Ref("column", self.owner, column, namespace=place, shown=shown, shown_table=spelling)

    @property
    def display(self) -> str:
        """Its own name for people: as the author spells it, or else what it is about."""
        return self.shown or self.about or self.name

    @property
    def display_unit(self) -> str:
        """The name of its table or view for people."""
        return self._in_namespace(self.shown_table or self.table or self.display)

    @property
    def address(self) -> str:
        """For machines: stays the same when only the spelling of the table changes."""
        return self._joined(self.table, self.shown or self.name)

    def __str__(self) -> str:
        """For people: `dataType.kind`."""
        return self._joined(self.shown_table or self.table, self.display)

    def _joined(self, table: str, name: str) -> str:
        names = (self.namespace, table if self.inline else None, name)
        return ".".join(_quoted(name) for name in names[not self.namespace :] if name is not None)

    def _in_namespace(self, name: str) -> str:
        return f"{_quoted(self.namespace)}.{_quoted(name)}" if self.namespace else name


def _quoted(name: str) -> str:
    """A dot separates, so a name with a dot or a quote in it is quoted, and so is an empty one."""
    needs_quotes = not name or "." in name or '"' in name
    return '"' + name.replace('"', '""') + '"' if needs_quotes else name
