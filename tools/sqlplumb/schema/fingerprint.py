"""One short text for a whole schema: for what it says, however written, or for its very words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sqlplumb.schema.objects import Expr, Object, Schema, compared_fields


def fingerprint(schema: Schema) -> str:
    """Equal schemas have equal fingerprints."""
    from hashlib import blake2b  # not needed where nothing is asked but equality

    digest = blake2b(schema.engine.encode(), digest_size=16)
    for line in sorted(_line(fact) for fact in schema.objects.values()):
        digest.update(line.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def wording(texts: Mapping[str, Iterable[str]], own: str) -> str:
    """Equal only where every word is; Alembic's table is left out."""
    from hashlib import blake2b

    digest = blake2b(digest_size=16)
    for name in sorted(texts.keys() - {own}):
        digest.update(repr((name, sorted(texts[name]))).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _line(fact: Object) -> str:
    address = (fact.ref.kind, fact.ref.table, fact.ref.name)
    return repr((address, tuple(_values(fact)))) + "\n"


def _values(fact: Object) -> Iterator[object]:
    for name in compared_fields(fact):
        value = getattr(fact, name)
        yield value.canonical if isinstance(value, Expr) else value
