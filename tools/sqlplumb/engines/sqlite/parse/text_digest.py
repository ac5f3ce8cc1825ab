"""One short text for the very words of a schema. Only the order of what stands in a table's
brackets does not count: Alembic's batch mode writes constraints in an order of chance."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b

_SIGNS = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/|[(),]""",
    re.DOTALL,
)


def wording(texts: Mapping[str, Iterable[str]], own: str) -> str:
    """Alembic's own table is left out, and not what somebody hung on it."""
    digest = blake2b(digest_size=16)
    for name in sorted(texts):
        meant = [text for text in texts[name] if name != own or not _makes_table(text)]
        if meant:
            said = sorted(repr(_in_order(text)) for text in meant)
            digest.update(repr((name, said)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _makes_table(text: str) -> bool:
    return text[:12].upper() == "CREATE TABLE"


def _in_order(text: str) -> list[str]:
    return sorted(_parts(text)) if _makes_table(text) else [text]


def _parts(text: str) -> Iterator[str]:
    """What stands before the first bracket, between the commas in it, and behind it."""
    first, depth = 0, 0
    for sign in _SIGNS.finditer(text):
        word = sign[0]
        is_cut = depth == 1 if word in ",)" else depth == 0 and word == "("
        depth += (word == "(") - (word == ")")
        if is_cut:
            yield text[first : sign.start()].strip()
            first = sign.end()
    yield text[first:].strip()
