"""One short text for a whole schema: equal schemas have equal fingerprints, however written.

It begins with a version: what two versions say of one schema cannot be compared.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.schema.objects import Expr, Object, compared_fields, value_of
from sqlplumb.schema.schema import Schema

VERSION = "2"


def fingerprint(schema: Schema) -> str:
    from hashlib import blake2b  # not needed where nothing is asked but equality

    digest = blake2b(schema.engine.encode(), digest_size=16)
    for line in sorted(_line(fact) for fact in schema.objects.values()):
        digest.update(line.encode("utf-8", "surrogatepass"))
    return f"{VERSION}:{digest.hexdigest()}"


def of_this_version(said: str) -> bool:
    """Was it made as `fingerprint` makes it now?"""
    return said.startswith(f"{VERSION}:")


def _line(fact: Object) -> str:
    ref = fact.ref
    namespace = (ref.namespace,) if ref.namespace else ()
    address = (*namespace, ref.kind, ref.table, ref.name)
    return repr((address, tuple(_values(fact)))) + "\n"


def _values(fact: Object) -> Iterator[object]:
    for name in compared_fields(fact):
        value = value_of(fact, name)
        yield value.canonical if isinstance(value, Expr) else value
