"""Which brackets of an expression say nothing, by SQLite's own table of precedence.

Where a bracket might matter it stays, so two expressions that this calls equal are equal; the
reverse is not promised. Works on canonical words; must never see raw text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlplumb.engines.sqlite.words import BEFORE_OPERAND

_NOT, _UNARY = 3, 12
_BINARY = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(("=", "!=", "is", "in", "like", "glob", "match", "regexp", "between"), 4),
    **dict.fromkeys(("isnull", "notnull", "distinct", "from"), 4),
    **dict.fromkeys(("<", "<=", ">", ">="), 5),
    "escape": 6,
    **dict.fromkeys(("&", "|", "<<", ">>"), 7),
    **dict.fromkeys(("+", "-"), 8),
    **dict.fromkeys(("*", "/", "%"), 9),
    **dict.fromkeys(("||", "->", "->>"), 10),
    "collate": 11,
}
_OPERAND = 99  # nothing to bind: a name, a literal, a call


@dataclass(frozen=True, slots=True)
class _Group:
    """A pair of brackets, or CASE ... END, by the places of its two words."""

    opens: int
    closes: int
    called: bool  # arguments, a list, CASE ... END: never a bracket that only groups


def without_idle_brackets(words: Sequence[str]) -> list[str]:
    kept = list(words)
    while idle := _innermost(_idle_groups(kept)):
        gone = {index for group in idle for index in (group.opens, group.closes)}
        kept = [word for index, word in enumerate(kept) if index not in gone]
    return kept


def _idle_groups(words: list[str]) -> list[_Group]:
    groups = _groups(words)
    if all(group.called for group in groups):
        return []
    levels = _levels(words)
    return [group for group in groups if not group.called and _is_idle(words, levels, group)]


def _innermost(groups: list[_Group]) -> list[_Group]:
    """Those with no other of them inside: what is idle around a bracket may not be without it."""
    chosen: list[_Group] = []
    for group in groups:  # in the order in which they close, so what is inside comes first
        if not chosen or chosen[-1].opens < group.opens:
            chosen.append(group)
    return chosen


def _groups(words: list[str]) -> list[_Group]:
    found: list[_Group] = []
    open_at: list[int] = []
    for index, word in enumerate(words):
        if word in ("(", "case"):
            open_at.append(index)
        elif word in (")", "end") and open_at:
            opens = open_at.pop()
            called = word == "end" or _is_call(words, opens)
            found.append(_Group(opens, index, called))
    return found


def _is_call(words: list[str], opens: int) -> bool:
    if opens == 0:
        return False
    before = words[opens - 1]
    return before not in BEFORE_OPERAND and (before == ")" or _is_operand(before))


def _is_operand(word: str) -> bool:
    return word[0].isalnum() or word[0] in "_\"'$" or not word.isascii()


def _levels(words: list[str]) -> list[int]:
    """For each word how tightly it binds as an operator; 0 where it is none."""
    levels = [0] * len(words)
    betweens: list[int] = [0]
    for index, word in enumerate(words):
        if word in ("(", "case"):
            betweens.append(0)
        elif word in (")", "end") and len(betweens) > 1:
            betweens.pop()
        elif word == "and" and betweens[-1]:
            betweens[-1] -= 1
            levels[index] = _BINARY["between"]
        else:
            betweens[-1] += word == "between"
            levels[index] = _level(words, index)
    return levels


def _level(words: list[str], index: int) -> int:
    word = words[index]
    after_operand = index > 0 and ends_operand(words[index - 1])
    if word == "not":
        infix = after_operand or (index > 0 and words[index - 1] == "is")
        return _BINARY["is"] if infix else _NOT
    if word == "~" or (word in "+-" and not after_operand):
        return _UNARY
    return _BINARY.get(word, 0)


def ends_operand(word: str) -> bool:
    if word in (")", "end", "isnull", "notnull"):
        return True
    return word not in BEFORE_OPERAND and word not in _BINARY and _is_operand(word)


def _is_idle(words: list[str], levels: list[int], group: _Group) -> bool:
    inside = range(group.opens + 1, group.closes)
    if not inside or words[group.opens + 1] in ("select", "with", "values"):
        return False
    top = _top_level(words, inside)
    if any(words[index] == "," for index in top):
        return False
    loosest = min((levels[index] for index in top if levels[index]), default=_OPERAND)
    before = levels[group.opens - 1] if group.opens else 0
    after = levels[group.closes + 1] if group.closes + 1 < len(words) else 0
    if before == _UNARY and len(inside) == 1 and words[group.opens + 1][0].isdigit():
        return False  # -(9223372036854775808) is a float, -9223372036854775808 an integer
    return _left_holds(words, group, before, loosest) and loosest >= after


def _left_holds(words: list[str], group: _Group, before: int, loosest: int) -> bool:
    """Operators bind to the left, so an equal one before the bracket needs it, save AND and OR."""
    if loosest > before:
        return True
    return loosest == before and words[group.opens - 1] in ("and", "or") and before < _NOT


def _top_level(words: list[str], inside: range) -> list[int]:
    depth, top = 0, []
    for index in inside:
        depth -= words[index] in (")", "end")
        if depth == 0:
            top.append(index)
        depth += words[index] in ("(", "case")
    return top
