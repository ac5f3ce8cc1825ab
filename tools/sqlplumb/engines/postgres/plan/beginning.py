"""What the changes themselves take away, bring and alter, and what cannot stand as it is while a
table changes what it is a part of.

Must never look at what needs these: `transition.py` does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlplumb.changes import Alter, Change, Create, Drop
from sqlplumb.engines.postgres.options import IndexOptions
from sqlplumb.engines.postgres.plan.by_place import is_read_by_place
from sqlplumb.engines.postgres.plan.graph import (
    Graph,
    attachment_of,
    default_of,
    ownership_of,
    parent_of,
    typing_of,
)
from sqlplumb.engines.postgres.plan.holding import is_held_inside
from sqlplumb.engines.postgres.plan.statements.kinds import kind_of
from sqlplumb.engines.postgres.plan.statements.names import INDEXED
from sqlplumb.engines.postgres.plan.transition import DRESS, Transition
from sqlplumb.schema import Column, Object, Ref

# The fields that are nodes of their own.
_PARTS = {
    "default": default_of,
    "owned_by": ownership_of,
    "parents": parent_of,
    "partition_bound": parent_of,
    "parent": attachment_of,
    "of_type": typing_of,
}


def begin(transition: Transition, changes: Collection[Change], anew: Iterable[Ref]) -> None:
    for change in changes:
        match change:
            case Create(fact):
                transition.made |= _parts(transition.desired, fact.ref)
            case Drop(fact):
                transition.removed |= _parts(transition.current, fact.ref)
            case Alter():
                _alter(transition, change)
    _keep_not_null(transition)
    for ref in anew:
        transition.remove(ref)
    _begin_tables(transition)
    _close(transition)
    if wrong := _wrongly_ordered(transition):
        for table in wrong:
            transition.remove(table)
        _close(transition)
    transition.set_types_aside()


def _close(transition: Transition) -> None:
    transition.close()
    while transition.set_rows_aside():
        transition.close()


def _begin_tables(transition: Transition) -> None:
    """Let go what cannot stand as it is while a table changes what it is a part of."""
    for ref in tuple(transition.made | transition.removed):
        if ref.kind == "parent" and ref in transition.desired.nodes:
            _remove_doubles(transition, transition.desired.nodes[ref].fact.ref)
    for ref in [*transition.altered, *transition.removed, *transition.made]:
        _set_free(transition, ref)
    for table in _wrongly_local(transition):
        transition.remove(table)
    for index in _never_detached(transition):
        transition.remove(index)


def _set_free(transition: Transition, ref: Ref) -> None:
    """A table is none of a type while the type changes, or its own columns do."""
    fields = transition.altered.get(ref)
    if fields is not None and not {"type", "collation", "attributes"} & fields:
        return
    for user in (typing_of(ref.table_ref), *transition.current.dependents.get(ref, ())):
        if (
            user.kind == "typing"
            and user in transition.current.nodes
            and user not in transition.removed
        ):
            transition.remove(user)


def _keep_not_null(transition: Transition) -> None:
    """Set again what stays NOT NULL, or valid, though its parent does not, which takes it along."""
    for field, stays in (("not_null", _is_not_null), ("not_null_state", _is_proved)):
        nodes = transition.desired.nodes
        changed = {ref for ref, fields in transition.altered.items() if field in fields}
        left = {ref for ref in changed if not stays(nodes[ref].fact)}
        columns = [ref for ref in nodes if ref.kind == "column"] if left else []
        while left:
            left = {ref for ref in columns if transition.desired.above(ref) in left} - changed
            for ref in left & transition.current.nodes.keys():
                if stays(nodes[ref].fact):
                    transition.altered.setdefault(ref, set()).add(field)


def _never_detached(transition: Transition) -> set[Ref]:
    """Return the indexes that shall be attached no more although their table stays a part, with
    that of the whole, and all that are attached to one that goes: they come anew."""
    found = set[Ref]()
    for ref in transition.removed - transition.made:
        if not ref.kind.startswith("attachment"):
            continue
        index: Ref | None = transition.current.nodes[ref].fact.ref
        stays = index is not None and _stays_a_part(transition, index)
        while stays and index:
            found.add(index)
            index = _whole(transition, index)
    gone = found | {ref for ref in transition.removed if ref.kind in INDEXED}
    parts = [ref for ref in transition.current.nodes if ref.kind in INDEXED] if gone else []
    parts = [ref for ref in parts if _stays_a_part(transition, ref)]
    while more := {ref for ref in parts if _whole(transition, ref) in gone} - gone:
        gone |= more
    return gone - transition.removed


def _stays_a_part(transition: Transition, index: Ref) -> bool:
    link = parent_of(index.table_ref)
    return link in transition.current.nodes and link not in transition.removed


def _whole(transition: Transition, index: Ref) -> Ref | None:
    """Return the index that this one is attached to."""
    return transition.current.called(transition.current.nodes[index].fact.options.word("parent"))


def _wrongly_local(transition: Transition) -> set[Ref]:
    """Return the tables whose columns would not become their own, or those of a parent, as
    they shall be: only a table that is made anew can have them so."""
    links = {ref for ref in transition.made | transition.removed if ref.kind == "parent"}
    tables = {Ref("table", "", link.name, namespace=link.namespace) for link in links}
    tables |= {ref.table_ref for ref, fields in transition.altered.items() if "is_local" in fields}
    return {table for table in tables if _has_wrong_columns(transition, table)}


def _has_wrong_columns(transition: Transition, table: Ref) -> bool:
    if table not in transition.current.nodes or table not in transition.desired.nodes:
        return False
    link, bound = parent_of(table), transition.desired.nodes[table].fact.options
    for column in transition.desired.schema.unit(table.unit).columns.values():
        was = transition.current.nodes.get(column.ref)
        inherits = link in transition.made and not bound.word("partition_bound")
        if was is None and inherits and not column.options.flag("is_local"):
            return True  # it must be there before the table inherits, and would be its own
        if was is None:
            continue
        local = was.fact.options.flag("is_local")
        if link in transition.removed:
            local = True
        if link in transition.made and bound.word("partition_bound"):
            local = False
        if local != column.options.flag("is_local"):
            return True
    return False


def _wrongly_ordered(transition: Transition) -> set[Ref]:
    """Return the tables whose columns would stand in another order than they shall, while
    something names them by their places: the order alone of columns is nobody's affair else."""
    made = {ref for ref in transition.made if ref.kind == "column"}
    tables = {ref.table_ref for ref in made} & transition.current.nodes.keys()
    found = set[Ref]()
    for table in tables - transition.removed:
        shall_be = [one.ref for one in transition.desired.schema.unit(table.unit).columns.values()]
        stay = [one.ref for one in transition.current.schema.unit(table.unit).columns.values()]
        stay = [ref for ref in stay if ref in shall_be and ref not in made]
        new = [ref for ref in shall_be if ref in made]
        if [*stay, *new] != shall_be and is_read_by_place(transition.desired, table):
            found.add(table)
    return found


def _remove_doubles(transition: Transition, table: Ref) -> None:
    """An index that stays beside one like it that shall be attached would be attached."""
    indexes = [
        fact
        for fact in transition.desired.schema.unit(table.unit).facts
        if isinstance(fact.options, IndexOptions)
    ]
    attached = {_shape(fact) for fact in indexes if fact.options.word("parent")}
    for fact in indexes:
        stays = fact.ref in transition.current.nodes and fact.ref not in transition.made
        if stays and not fact.options.word("parent") and _shape(fact) in attached:
            transition.remove(fact.ref)


def _alter(transition: Transition, change: Alter) -> None:
    ref, fields = change.desired.ref, set(change.fields)
    if change.current.ref != ref:
        transition.removed |= _parts(transition.current, change.current.ref)
        transition.made |= _parts(transition.desired, ref)
        return
    for name, part in _PARTS.items():
        if name in fields and not (name == "default" and ref.kind != "column"):
            _alter_part(transition, part(ref))
            fields.discard(name)
    if not fields:
        return
    if fields - DRESS and _cannot_alter(transition, change, fields):
        transition.remove(ref)
    else:
        transition.altered[ref] = fields


def _cannot_alter(transition: Transition, change: Alter, fields: set[str]) -> bool:
    made = kind_of(change.desired).alter(change.current, change.desired, fields)
    if made is None or change.ref.kind != "domain":
        return made is None
    looks = any(one.endswith(" SET NOT NULL") or " ADD CONSTRAINT " in one for one in made)
    return looks and is_held_inside(transition.current, change.desired.ref)


def _alter_part(transition: Transition, part: Ref) -> None:
    was, shall_be = part in transition.current.nodes, part in transition.desired.nodes
    if part.kind == "default" and was and shall_be:
        transition.altered[part] = {"default"}
        return
    if was:
        transition.removed.add(part)
    if shall_be:
        transition.made.add(part)


def _parts(graph: Graph, ref: Ref) -> set[Ref]:
    kinds = (make(ref) for make in _PARTS.values())
    parts = {part for part in kinds if part in graph.nodes and graph.nodes[part].fact.ref == ref}
    return parts | ({ref} if ref in graph.nodes else set())


def _is_not_null(fact: Object) -> bool:
    return isinstance(fact, Column) and fact.not_null


def _is_proved(fact: Object) -> bool:
    return _is_not_null(fact) and not fact.options.word("not_null_state").endswith("NOT VALID")


def _shape(fact: Object) -> str:
    return fact.options.word("definition").partition(" USING ")[2]
