"""Dataclasses of values, which are frozen: cheap to define, and quick to make in great number.

Python's own decorator compiles six methods for each class when it is defined, which takes half a
millisecond, though a command makes nothing of most classes; and what is frozen sets each of its
fields by name. Here methods are compiled when the first of them is called, and set their slots.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, fields
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(
        *, frozen: bool, slots: bool = False, eq: bool = True, kw_only: bool = False
    ) -> Callable[[type], type]:
        """Take the place of `dataclasses.dataclass(frozen=True)`."""
        assert frozen, "only values are made here"

        def decorate(cls: type) -> type:
            made = dataclasses.dataclass(
                init=False, repr=False, eq=False, slots=slots, kw_only=kw_only
            )(cls)
            for name in ("__init__", "__eq__", "__hash__") if eq else ("__init__",):
                setattr(made, name, _compiled_when_called(made, name))
            for name, method in (_SHARED | _OF_SLOTS if slots else _SHARED).items():
                if name not in vars(made):
                    setattr(made, name, method)
            return made

        return decorate


def _compiled_when_called(cls: Any, name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **named: Any) -> Any:
        _compile(cls)
        return getattr(cls, name)(self, *args, **named)

    return method


def _compile(cls: Any) -> None:
    """Write `__init__`, `__eq__` and `__hash__` as the decorator of Python does."""
    names: dict[str, Any] = {"MISSING": MISSING}
    parameters: list[str] = []
    lines: list[str] = []
    for field in sorted(fields(cls), key=lambda field: bool(field.kw_only)):
        if field.kw_only and "*" not in parameters:
            parameters.append("*")
        name, value = field.name, field.name
        if field.default_factory is not MISSING:
            names[f"make_{name}"] = field.default_factory
            value = f"make_{name}() if {name} is MISSING else {name}"
        is_required = field.default is MISSING and value == name
        parameters.append(name if is_required else f"{name}=default_{name}")
        names[f"default_{name}"] = field.default
        if "__slots__" in vars(cls):
            lines.append(f"    set_{name}(self, {value})")
            names[f"set_{name}"] = getattr(cls, name).__set__
        else:
            lines.append(f"    self.__dict__[{name!r}] = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()")
    compared = [field for field in fields(cls) if field.compare]
    own, other = (
        "".join(f"{side}.{field.name}, " for field in compared) for side in ("self", "other")
    )
    hashed = "".join(
        f"self.{field.name}, "
        for field in fields(cls)
        if (field.compare if field.hash is None else field.hash)
    )
    source = f"""
def __init__(self, {", ".join(parameters)}):
{chr(10).join(lines) or "    pass"}
def __eq__(self, other):
    if other.__class__ is not self.__class__:
        return NotImplemented
    return ({own}) == ({other})
def __hash__(self):
    return hash(({hashed}))
"""
    exec(source, names)  # noqa: S102 (names of fields alone)
    for name in vars(cls).keys() & {"__init__", "__eq__", "__hash__"}:
        names[name].__qualname__ = f"{cls.__qualname__}.{name}"
        setattr(cls, name, names[name])


def _repr(self: Any) -> str:
    shown = [f"{field.name}={getattr(self, field.name)!r}" for field in fields(self) if field.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse(self: Any, name: str, *_: Any) -> NoReturn:
    raise FrozenInstanceError(f"cannot change field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for field, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


_SHARED = {
    "__repr__": _repr,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
}
_OF_SLOTS = {
    "__getstate__": _state,
    "__setstate__": _restore,
}
