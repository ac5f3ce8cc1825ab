"""What things of a schema are called in Python: variables, enumerations and their members."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection, Iterable

_WORD = re.compile(r"[^\W_]+")
# By what it ends with, and what it ends with when there is one of it.
_ENDINGS = (("ies", "y"), ("sses", "ss"), ("uses", "us"), ("xes", "x"), ("zzes", "zz"))
_HISSES = ("tches", "nches", "rches", "shes")


def variable(name: str, taken: Collection[str]) -> str:
    """A name that recalls this table, and is no other's."""
    said = re.sub(r"\W+", "_", name).strip("_").lower() or "table"
    said = f"table_{said}" if not said[0].isalpha() else said
    if keyword.iskeyword(said) or said in taken or hasattr(builtins, said):
        said = f"{said}_table"
    return unlike(said, taken)


def unlike(name: str, taken: Collection[str]) -> str:
    number, said = 1, name
    while said in taken:
        number += 1
        said = f"{name}_{number}"
    return said


def class_name(table: str, column: str, taken: Collection[str]) -> str:
    """`tasks.status`: TaskStatus."""
    *words, last = _WORD.findall(table) or ["table"]
    parts = (*words, singular(last), *_WORD.findall(column))
    said = "".join(part[:1].upper() + part[1:] for part in parts)
    said = f"Enum{said}" if not said[0].isalpha() else said
    return unlike(f"{said}Enum" if said in taken or keyword.iskeyword(said) else said, taken)


def singular(word: str) -> str:
    folded = word.lower()
    for many, one in _ENDINGS:
        if folded.endswith(many) and len(word) > len(many) + 1:
            return word[: -len(many)] + one
    if folded.endswith(_HISSES):
        return word[:-2]
    if folded.endswith("s") and not folded.endswith(("ss", "us", "is")) and len(word) > 2:
        return word[:-1]
    return word


def members(values: Iterable[str]) -> dict[str, str]:
    """Each value by the name of its member, in their order."""
    found: dict[str, str] = {}
    for value in values:
        said = re.sub(r"\W+", "_", value).strip("_").upper() or "VALUE"
        said = f"_{said}" if said[0].isdigit() else said
        said = said if said.isidentifier() else "VALUE"
        found[unlike(said, found)] = value
    return found
