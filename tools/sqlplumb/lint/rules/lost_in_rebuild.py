"""R401: a rebuild changed what the revision does not name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
    Ref,
    Schema,
    Table,
    Unique,
    compared_fields,
    value_of,
)

# A constraint's name, and what a key of the row's number cannot be without.
_TELL_NOTHING = frozenset(("name", "not_null_name", "default_name"))


def find(outlook: Outlook) -> Iterator[Found]:
    named = outlook.named
    if named is None:
        return
    former = {
        one.ref: one.current.ref.name for one in outlook.plan.changes if isinstance(one, Rename)
    }
    for change in _paired(outlook.plan.changes):
        table = change.ref.unit
        if table not in named.rebuilt:
            continue
        tables = {table.lower(), former.get(Ref("table", "", table), table).lower()}
        if isinstance(change, Drop):
            if not _is_named(change.current, tables, named):
                yield Found(change.ref, f"{describe_object(change.current)} is gone; {_UNNAMED}")
            continue
        names = {change.ref.name.lower(), former.get(change.ref, change.ref.name).lower()}
        for field in change.fields:
            is_named = _is_field_named(change, field, tables, names, named)
            if not is_named and not _is_same(change, field, outlook):
                message = f"{describe_change(change, field)}; {_UNNAMED}"
                severity = _severity(change, field, outlook)
                yield Found(change.ref, message, severity=severity)


def _paired(changes: Iterable[Change]) -> Iterator[Alter | Drop]:
    """What goes while another one comes in its place, with a name or without, is altered."""
    made = [one.desired for one in changes if isinstance(one, Create)]
    for change in changes:
        match change:
            case Drop(current):
                desired = next((one for one in made if _is_in_place_of(one, current)), None)
                if desired is None:
                    yield change
                else:
                    fields = compared_fields(current)
                    differing = (f for f in fields if value_of(current, f) != value_of(desired, f))
                    yield Alter(current, desired, tuple(differing))
            case Alter():
                yield change


def _is_in_place_of(made: Object, gone: Object) -> bool:
    if type(made) is not type(gone) or made.ref.table != gone.ref.table:
        return False
    match gone, made:
        case ForeignKey(), ForeignKey():
            return (gone.columns, gone.target) == (made.columns, made.target)
        case Unique(), Unique():
            return [one.term for one in gone.columns] == [one.term for one in made.columns]
        case Check(), Check():
            return gone.expression == made.expression
    return False


_UNNAMED = "no operation of the revision names it"


def _is_named(fact: Object, tables: set[str], named: Named) -> bool:
    """By its own name, with the table it stands in, or with a column that it needs."""
    own = fact.ref.shown.lower()
    if own in named.objects:
        return True
    if fact.ref.inline and any(own.endswith(f"_{said}") for said in named.objects):
        return True  # the rest of the name comes of a naming convention
    if fact.ref.inline and tables & named.tables:
        return True
    if any(_says_it_drops(fact, name, named) for name in (str(fact.ref), fact.ref.address)):
        return True  # as `revise` writes it, or wrote it: a rebuild takes its indexes with it
    if isinstance(fact, PrimaryKey) and _fields(tables, {""}, named) & {"primary key"}:
        return True
    said = {(table, column) for table in tables for column in _columns(fact)}
    dropped = {key for key in said if "dropped" in named.columns.get(key, ())}
    return bool(dropped) or (isinstance(fact, Check) and bool(said & named.checks_of))


def _says_it_drops(fact: Object, name: str, named: Named) -> bool:
    said = "".join(char if char.isprintable() or char == "\n" else " " for char in name)
    return f"- drops {fact.ref.kind} {said}\n" in f"{named.docstring}\n"


def _fields(tables: set[str], names: set[str], named: Named) -> set[str]:
    keys = ((table, name) for table in tables for name in names)
    return {field for key in keys for field in named.columns.get(key, ())}


def _is_field_named(
    change: Alter, field: str, tables: set[str], names: set[str], named: Named
) -> bool:
    match change.current:
        case Column():
            said = _fields(tables, names, named)
            return bool(said & {field, "created", "dropped"}) or bool(tables & named.tables)
        case Table():
            return field in _fields(tables, {""}, named) or bool(tables & named.tables)
        case PrimaryKey():
            retyped = _fields(tables, _columns(change.current), named) & {"type", "name"}
            is_option = field in _fields(tables, {""}, named)
            return is_option or bool(retyped) or _is_named(change.current, tables, named)
        case fact:
            return any(_is_named(one, tables, named) for one in (fact, change.desired))


def _columns(fact: Object) -> set[str]:
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


def _is_same(change: Alter, field: str, outlook: Outlook) -> bool:
    """Said in other words."""
    schemas = outlook.plan.current, outlook.plan.desired
    match change.current, change.desired:
        case Column(), Column() if field == "not_null":
            return all(_is_row_number(change.ref, schema) for schema in schemas)
        case ForeignKey() as current, ForeignKey() as desired if field == "target_columns":
            units = (schema.unit(current.target) for schema in schemas)
            implied = [unit.key for unit in units if unit.primary_key]
            return all(
                (current.target_columns or one) == (desired.target_columns or one)
                for one in implied
            )
    return field in _TELL_NOTHING


def _is_row_number(column: Ref, schema: Schema) -> bool:
    unit = schema.unit(column.table)
    is_alias = unit.primary_key is not None and unit.primary_key.options.flag("rowid_alias")
    return is_alias and unit.key == (column.name,)


def _severity(change: Alter, field: str, outlook: Outlook) -> Severity | None:
    """Another word for a type that stores the same values is drift, and nothing is lost."""
    current, desired = change.current, change.desired
    if isinstance(current, Column) and isinstance(desired, Column) and field == "type":
        affinity = engine(outlook.plan.desired.engine).affinity
        return "warning" if affinity(current.type) == affinity(desired.type) else None
    return None


RULE = Rule(
    code="R401",
    name="lost-in-rebuild",
    severity="error",
    judges="revision",
    engines=("sqlite",),
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
