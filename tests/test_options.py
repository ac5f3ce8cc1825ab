"""What one engine alone knows of an object counts, even where only one side knows it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sqlplumb.changes import diff
from sqlplumb.schema import Column, Options, Ref, Schema


@dataclass(frozen=True, slots=True)
class Compressed(Options):
    compression: str = "pglz"


def column(options: Options) -> Schema:
    ref = Ref("column", "t", "a")
    return Schema({ref: Column(ref=ref, text="a", type="text", options=options)}, engine="sqlite")


@pytest.mark.parametrize(
    "sides",
    [
        (Compressed(), Options()),
        (Options(), Compressed()),
        (Compressed(), Compressed("lz4")),
    ],
)
def test_options_of_one_side_alone_differ(sides: tuple[Options, Options]) -> None:
    (change,) = diff(column(sides[0]), column(sides[1]))
    assert change.verb == "alter"


def test_equal_options_are_equal() -> None:
    assert diff(column(Compressed()), column(Compressed())) == ()
