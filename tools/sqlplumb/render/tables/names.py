"""What things of a schema are called in Python: variables, enumerations, members, chosen types."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection, Iterable, Mapping

from sqlplumb.render.tables.column import has_enum
from sqlplumb.render.tables.imports import Import, reserved
from sqlplumb.render.tables.meanings import Meanings
from sqlplumb.schema import Column, Ref, Schema, Table

_WORD = re.compile(r"[^\W_]+")
# The endings of a plural, and what a singular has instead.
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("uses", "us"), ("xes", "x"), ("zzes", "zz"))
_HISSES = ("tches", "nches", "rches", "shes")


def choose_names(
    schema: Schema, meanings: Meanings, taken: set[str]
) -> tuple[dict[Ref, str], dict[str, str]]:
    """Name the classes of enumerations and the variables of tables, no two of them alike."""
    enums: dict[Ref, str] = {}
    variables: dict[str, str] = {}
    for fact in schema.objects.values():
        if isinstance(fact, Table):
            variables[fact.ref.name] = variable(fact.ref.shown, taken)
            taken.add(variables[fact.ref.name])
    for fact in schema.objects.values():
        if isinstance(fact, Column) and has_enum(fact, meanings):
            enums[fact.ref] = class_name(fact.ref.table, fact.ref.shown, taken)
            taken.add(enums[fact.ref])
    return enums, variables


def import_types(types: Mapping[Ref, str], metadata: str) -> tuple[dict[Ref, str], list[Import]]:
    """Return the types that the settings choose as the module calls them, and their imports."""
    chosen: dict[Ref, str] = {}
    imports: dict[str, Import] = {}
    taken = set(reserved() | {metadata})
    for ref, written in sorted(types.items(), key=lambda item: (item[0].table, item[0].name)):
        module, _, name = written.rpartition(":")
        if module and written not in imports:
            alias = name if module == "sqlalchemy" else unlike(name, taken)
            imports[written] = Import(module, name, alias if alias != name else "")
            taken.add(alias)
        chosen[ref] = imports[written].bound if module else name
    return chosen, list(imports.values())


def variable(name: str, taken: Collection[str]) -> str:
    """Return a name that recalls this table, and is no other's."""
    recalled = re.sub(r"\W+", "_", name).strip("_").lower() or "table"
    recalled = f"table_{recalled}" if not recalled[0].isalpha() else recalled
    if keyword.iskeyword(recalled) or recalled in taken or hasattr(builtins, recalled):
        recalled = f"{recalled}_table"
    return unlike(recalled, taken)


def unlike(name: str, taken: Collection[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def class_name(table: str, column: str, taken: Collection[str]) -> str:
    """`tasks.status`: TaskStatus."""
    *words, last = _WORD.findall(table) or ["table"]
    parts = (*words, singular(last), *_WORD.findall(column))
    name = "".join(part[:1].upper() + part[1:] for part in parts)
    name = f"Enum{name}" if not name[0].isalpha() else name
    return unlike(f"{name}Enum" if name in taken or keyword.iskeyword(name) else name, taken)


def singular(word: str) -> str:
    folded = word.lower()
    for plural, ending in _ENDINGS:
        if folded.endswith(plural) and len(word) > len(plural) + 1:
            return word[: -len(plural)] + ending
    if folded.endswith(_HISSES):
        return word[:-2]
    if folded.endswith("s") and not folded.endswith(("ss", "us", "is")) and len(word) > 2:
        return word[:-1]
    return word


def members(values: Iterable[str]) -> dict[str, str]:
    """Return each value by the name of its member, in their order."""
    named: dict[str, str] = {}
    for value in values:
        name = re.sub(r"\W+", "_", value).strip("_").upper() or "VALUE"
        name = f"_{name}" if name[0].isdigit() else name
        name = name if name.isidentifier() else "VALUE"
        named[unlike(name, named)] = value
    return named
