"""What is asked of two expressions where the server's own printing has not made them equal. Nothing
is known beyond that yet, so nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlplumb.understanding.evaluator import Answer, Question


class UnknowingEvaluator:
    """Refuses every question: what differs as the server prints it is a difference."""

    kinds: Mapping[str, str] = {}
    generated: frozenset[str] = frozenset()

    def ask(self, question: Question) -> Answer | None:
        return None
