"""The dataclasses of values do all that those of Python do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import KW_ONLY, FrozenInstanceError, field, replace
from typing import Any

import pytest

from sqlplumb import values


class _Base:
    name: str
    place: int = field(default=0, compare=False)
    words: list[str] = field(default_factory=list, repr=False, hash=False)


class _More:
    _: KW_ONLY
    shown: str
    folded: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "folded", self.shown.lower())


def made(decorator: Any) -> Any:
    def decorated(name: str, base: type, body: type) -> Any:
        names = {key: value for key, value in vars(body).items() if key not in ("__dict__",)}
        names = {**names, "__module__": __name__, "__qualname__": name}
        names.pop("__weakref__", None)
        return decorator(frozen=True, slots=True)(type(name, (base,), names))

    return decorated("Value", decorated("Base", object, _Base), _More)


Value = made(values.dataclass)
Theirs = made(dataclasses.dataclass)
CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    (("a",), {"shown": "B"}),
    (("a", 1), {"shown": "B"}),
    (("a", 1, ["x"]), {"shown": "B", "folded": "c"}),
    (("b",), {"shown": "b"}),
]


@pytest.mark.parametrize("call", CALLS)
def test_values_are_shown_and_compared_alike(call: Any) -> None:
    ours, theirs = Value(*call[0], **call[1]), Theirs(*call[0], **call[1])
    assert repr(ours) == repr(theirs)
    for args, named in CALLS:
        assert (ours == Value(*args, **named)) == (theirs == Theirs(*args, **named))
    assert ours != theirs
    assert hash(ours) == hash(theirs)
    assert dataclasses.astuple(ours) == dataclasses.astuple(theirs)
    assert Value.__match_args__ == Theirs.__match_args__


@pytest.mark.parametrize(("args", "named"), [((), {}), (("a", 1, [], "B"), {}), (("a",), {"x": 1})])
def test_calls_that_do_not_fit_are_refused(args: Any, named: Any) -> None:
    for kind in (Value, Theirs):
        with pytest.raises(TypeError):
            kind(*args, **named)


def test_values_are_frozen_copied_and_replaced() -> None:
    value = Value("a", 1, ["x"], shown="B")
    with pytest.raises(FrozenInstanceError):
        value.name = "b"
    with pytest.raises(FrozenInstanceError):
        del value.name
    assert replace(value, name="c") == Value("c", 1, ["x"], shown="B")
    for other in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):  # noqa: S301
        assert repr(other) == repr(value)
        assert other == value
    assert Value("a", shown="b").words is not Value("a", shown="b").words
