"""R401: a rebuild that changes what no operation of the revision names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlplumb.changes import Alter, Change, Create, Drop, Rename
from sqlplumb.config import Severity
from sqlplumb.engines import Named, engine
from sqlplumb.findings import Found, Rule
from sqlplumb.lint.subjects import Outlook
from sqlplumb.lint.words import describe_change, describe_object
from sqlplumb.schema import (
    Check,
    Column,
    ForeignKey,
    Index,
    Object,
    PrimaryKey,
    Table,
    Unique,
    compared_fields,
    value_of,
)

# Names of constraints, which a rebuild may lose without a change to what the table accepts.
_NAME_FIELDS = frozenset(("name", "not_null_name", "default_name"))
_UNNAMED = "no operation of the revision names it"


def find(outlook: Outlook) -> Iterator[Found]:
    if outlook.named is None:
        return
    renames = [change for change in outlook.plan.changes if isinstance(change, Rename)]
    former_names = {rename.ref: rename.current.ref.name for rename in renames}
    for change in _pair_constraints(outlook.plan.changes):
        table = change.ref.unit
        if table not in outlook.named.rebuilt:
            continue
        former_table = former_names.get(change.ref.table_ref, table)
        operations = _Operations({table.lower(), former_table.lower()}, outlook.named)
        if isinstance(change, Drop):
            if not operations.name_object(change.current):
                yield Found(change.ref, f"{describe_object(change.current)} is gone; {_UNNAMED}")
            continue
        names = {change.ref.name, former_names.get(change.ref, change.ref.name)}
        for field in change.fields:
            is_named = operations.name_field(change, field, names)
            if not is_named and not _means_the_same(change, field, outlook):
                message = f"{describe_change(change, field)}; {_UNNAMED}"
                severity = _severity(change, field, outlook)
                yield Found(change.ref, message, severity=severity)


@dataclass(frozen=True, slots=True)
class _Operations:
    """What the operations of a revision name of one table; `tables` are all names that it had."""

    tables: set[str]
    named: Named

    def name_object(self, fact: Object) -> bool:
        """Look for its own name, its table as a whole, or a column that it needs."""
        name = fact.ref.shown.lower()
        if name in self.named.objects:
            return True
        if fact.ref.inline and any(name.endswith(f"_{word}") for word in self.named.objects):
            return True  # a naming convention adds the rest of the name
        if fact.ref.inline and self._name_whole_table():
            return True
        for address in (str(fact.ref), fact.ref.address):  # as revisions write it, and once did
            shown = "".join(c if c.isprintable() or c == "\n" else " " for c in address)
            written = f"- drops {fact.ref.kind} {shown}\n", f"- changes {fact.ref.kind} {shown}: "
            if any(line in f"{self.named.docstring}\n" for line in written):
                return True  # a revision of `revise`, by which a rule without a name changes
        if isinstance(fact, PrimaryKey) and "primary key" in self._fields({""}):
            return True
        columns = {(table, column) for table in self.tables for column in _columns_of(fact)}
        is_dropped = any("dropped" in self.named.columns.get(key, ()) for key in columns)
        return is_dropped or (isinstance(fact, Check) and bool(columns & self.named.checks_of))

    def name_field(self, change: Alter, field: str, names: set[str]) -> bool:
        match change.current:
            case Column():
                fields = self._fields({name.lower() for name in names})
                return bool(fields & {field, "created", "dropped"}) or self._name_whole_table()
            case Table():
                return field in self._fields({""}) or self._name_whole_table()
            case PrimaryKey():
                fields = self._fields(_columns_of(change.current)) & {"type", "name"}
                is_option = field in self._fields({""})
                return is_option or bool(fields) or self.name_object(change.current)
            case _:
                return self.name_object(change.current) or self.name_object(change.desired)

    def _name_whole_table(self) -> bool:
        return bool(self.tables & self.named.tables)

    def _fields(self, columns: set[str]) -> set[str]:
        """Return the fields that are named of these columns; "" stands for the table itself."""
        keys = ((table, column) for table in self.tables for column in columns)
        return {field for key in keys for field in self.named.columns.get(key, ())}


def _pair_constraints(changes: Iterable[Change]) -> Iterator[Alter | Drop]:
    """Return drops and alterations; a constraint that is dropped and created again is altered."""
    created = [change.desired for change in changes if isinstance(change, Create)]
    for change in changes:
        match change:
            case Drop(current):
                candidates = (fact for fact in created if _is_same_constraint(fact, current))
                desired = next(candidates, None)
                if desired is None:
                    yield change
                else:
                    fields = compared_fields(current)
                    differing = (f for f in fields if value_of(current, f) != value_of(desired, f))
                    yield Alter(current, desired, tuple(differing))
            case Alter():
                yield change


def _is_same_constraint(created: Object, dropped: Object) -> bool:
    if type(created) is not type(dropped) or created.ref.table != dropped.ref.table:
        return False
    match dropped, created:
        case ForeignKey(), ForeignKey():
            return (dropped.columns, dropped.target) == (created.columns, created.target)
        case Unique(), Unique():
            terms = [[part.term for part in fact.columns] for fact in (dropped, created)]
            return terms[0] == terms[1]
        case Check(), Check():
            return dropped.expression == created.expression
    return False


def _columns_of(fact: Object) -> set[str]:
    match fact:
        case Column():
            return {fact.ref.name.lower()}
        case ForeignKey():
            return {name.lower() for name in fact.columns}
        case PrimaryKey() | Unique():
            return {part.term.lower() for part in fact.columns}
        case Index():
            read = [part.columns for part in fact.keys]
            read += [fact.predicate.columns] if fact.predicate else []
            return {name.lower() for names in read for name in names}
        case Check():
            return {name.lower() for name in fact.expression.columns}
    return set()


def _means_the_same(change: Alter, field: str, outlook: Outlook) -> bool:
    """A key's NOT NULL and a foreign key's target columns may be implied on one side."""
    schemas = outlook.plan.current, outlook.plan.desired
    match change.current, change.desired:
        case Column(), Column() if field == "not_null":
            units = [schema.unit(change.ref.table) for schema in schemas]
            return all(
                unit.primary_key is not None
                and unit.primary_key.options.refuses_null
                and change.ref.name in unit.key
                for unit in units
            )
        case ForeignKey() as current, ForeignKey() as desired if field == "target_columns":
            targets = [schema.unit(current.target) for schema in schemas]
            implied = [target.key for target in targets if target.primary_key]
            return all(
                (current.target_columns or key) == (desired.target_columns or key)
                for key in implied
            )
    return field in _NAME_FIELDS


def _severity(change: Alter, field: str, outlook: Outlook) -> Severity | None:
    """Return a warning for another type of the same family: nothing is lost by it."""
    current, desired = change.current, change.desired
    if isinstance(current, Column) and isinstance(desired, Column) and field == "type":
        family = engine(outlook.plan.desired.engine).type_family
        return "warning" if family(current.type) == family(desired.type) else None
    return None


RULE = Rule(
    code="R401",
    name="lost-in-rebuild",
    severity="error",
    judges="revision",
    triggers=(
        "A table that a revision makes anew, by `batch_alter_table` or by hand, and that is without"
        " something it had, though no operation of the revision names that: a collation, DESC, a"
        " CHECK, a predicate, AUTOINCREMENT, STRICT, ON DELETE, an index, a trigger."
    ),
    harms=(
        "Batch mode makes the new table of what SQLAlchemy reflects, and that is not all that"
        " SQLite stores. The migration succeeds, and from then on each migrated database"
        " differs from each new one: a search misses rows, a UNIQUE lets in what it refused."
    ),
    instead=(
        "Give `batch_alter_table` the table as it is, with `copy_from`, and create anew what it"
        " cannot say, or let `sqlplumb revise` write the revision. If it is meant to go, name it:"
        " `drop_index`, `drop_constraint`, `alter_column`, `DROP TRIGGER`."
    ),
    bad="""\
# CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT COLLATE NOCASE);
def upgrade():
    with op.batch_alter_table("users", recreate="always") as batch_op:
        batch_op.add_column(sa.Column("name", sa.Text()))""",
    good="""\
# CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT COLLATE NOCASE);
def upgrade():
    op.add_column("users", sa.Column("name", sa.Text()))""",
    find=find,
)
