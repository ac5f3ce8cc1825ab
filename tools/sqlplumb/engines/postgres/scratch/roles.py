"""What statements of a revision say of the whole server, of which a scratch is a part: roles that
they name are made, and what would reach beyond the scratch is refused.

Must never let a statement through that changes somebody's server.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from sqlplumb.engines.postgres.parse.lexer import Token, lex
from sqlplumb.engines.postgres.scratch.allowed import of_cluster
from sqlplumb.errors import Problem, Refused

_BEFORE_ROLE = frozenset(("TO", "FROM", "ROLE", "USER", "GROUP", "AUTHORIZATION"))
_NO_ROLES = frozenset(("PUBLIC", "CURRENT_USER", "CURRENT_ROLE", "SESSION_USER", "NONE"))
_NAMING = frozenset(("GRANT", "REVOKE", "ALTER", "CREATE", "SET", "REASSIGN"))
_OF_OWNER = ("OWNER", "AUTHORIZATION")
_MADE = frozenset(("ROLE", "USER", "GROUP"))


class MakesRoles(Protocol):
    @property
    def label(self) -> str: ...

    @property
    def is_ours(self) -> bool: ...

    def make_role(self, name: str) -> bool: ...


class RolesOfServer:
    """Prepares the server for one statement after another."""

    def __init__(self, server: MakesRoles) -> None:
        self.server = server
        self._known: set[str] = set()

    def allows(self, statement: str) -> bool:
        """Make the roles that a statement names; False where it is done with that. Raises Refused
        for what would change a server that is not ours."""
        tokens = list(lex(statement))
        words = [token.upper for token in tokens]
        if not words or words[0] not in _NAMING | {"DROP", "COMMENT"}:
            return True
        is_of_role = words[1:2] and words[1] in _MADE and "MAPPING" not in words[:3]
        is_made = words[0] in ("CREATE", "DROP") and is_of_role
        for name in _roles(tokens, words):
            if name not in self._known:
                self._known.add(name)
                self.server.make_role(name)
        if is_made:  # a role is the server's, where others need it as well
            return False
        if not self.server.is_ours and (named := of_cluster(words, statement)):
            message = f"{named} would change {self.server.label}, not the scratch on it"
            advice = "leave --scratch out: a server that is started for the command may be changed"
            raise Refused(Problem(message, advice))
        return True


def _roles(tokens: list[Token], words: list[str]) -> Iterator[str]:
    """Yield the names that stand where roles do."""
    verb, kind = words[0], words[1] if len(words) > 1 else ""
    if verb in ("CREATE", "ALTER", "DROP") and kind in _MADE and "MAPPING" not in words[:3]:
        yield from _listed(tokens[2:])
        return
    begins = 0
    if verb in ("CREATE", "ALTER", "SET") and kind not in ("POLICY", "DEFAULT", "ROLE", "SESSION"):
        begins = next((at for at, word in enumerate(words) if word in _OF_OWNER), len(words))
    if verb in ("GRANT", "REVOKE") and "ON" not in words:
        yield from _listed(tokens[1:])
    for at in range(begins, len(words)):
        if words[at] in _BEFORE_ROLE:
            yield from _listed(tokens[at + 1 :])


def _listed(tokens: list[Token]) -> Iterator[str]:
    """Yield `a` and `b` of `a, b`."""
    for at in range(0, len(tokens), 2):
        if not tokens[at].is_name or tokens[at].upper in _BEFORE_ROLE:
            return
        if tokens[at].upper not in _NO_ROLES:
            yield tokens[at].name
        if at + 1 >= len(tokens) or tokens[at + 1].text != ",":
            return
