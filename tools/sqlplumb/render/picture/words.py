"""How names and texts of a schema are said in a picture, before any format escapes them."""

from __future__ import annotations

import re

from sqlplumb.render.paint import one_line, visible

# No XML can hold these, not even by number.
_NOWHERE = re.compile("[\ud800-\udfff\ufffe\uffff]")
_STRINGS = re.compile(r"'(?:[^']|'')*'")
_NAMES = re.compile(r'"((?:[^"]|"")*)"|([^\W\d][\w$]*)')


def line(text: str) -> str:
    """A name, or a text that stands on one line."""
    return _legal(one_line(text))


def several_lines(text: str) -> str:
    return _legal(visible(text.replace("\r\n", "\n")))


def in_one_line(text: str) -> str:
    """A text whose blanks and ends of lines are only layout."""
    return line(" ".join(text.split()))


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def names_in(expression: str) -> frozenset[str]:
    """Every word that could be a column's name; folded, as columns are."""
    found = _NAMES.findall(_STRINGS.sub("", expression))
    return frozenset((quoted.replace('""', '"') or plain).lower() for quoted, plain in found)


def _legal(text: str) -> str:
    return _NOWHERE.sub(lambda match: repr(match[0])[1:-1], text)
