"""Lists of options that ALTER sets and takes back, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlplumb.engines.postgres.names import listed, literal, quoted

Statements = list[str]


def parameter_changes(what: str, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """SET what is new or other, RESET what is not said any more."""
    if added := [option for option in after if option not in before]:
        yield f"ALTER {what} SET ({listed(added)})"
    kept = {option.partition("=")[0] for option in after}
    removed = [option.partition("=")[0] for option in before]
    if removed := [option for option in removed if option not in kept]:
        yield f"ALTER {what} RESET ({listed(removed)})"


def option_changes(before: Sequence[str], after: Sequence[str]) -> str:
    former = dict(option.partition("=")[::2] for option in before)
    latter = dict(option.partition("=")[::2] for option in after)
    parts = [f"DROP {quoted(name)}" for name in former if name not in latter]
    for name, value in latter.items():
        if former.get(name) != value:
            verb = "SET" if name in former else "ADD"
            parts.append(f"{verb} {quoted(name)} {literal(value)}")
    return listed(parts)
