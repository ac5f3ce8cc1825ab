"""Rules that judge a schema or a plan: one rule, one file, one explicit list.

    judge_schema    Schema -> findings
    judge_plan      Plan -> findings; what is known beside the plan is handed in
    sifted          findings without those that somebody gave a reason for

A rule reads facts and says what follows from them. It must never open a source, and never decide
whether a command fails.
"""

from sqlplumb.lint.finding import Finding, Found, Rule
from sqlplumb.lint.ignores import MARK, Ignore, ignores
from sqlplumb.lint.judge import (
    at_or_above,
    in_order,
    judge_plan,
    judge_schema,
    refuse_unknown,
    rule_called,
)
from sqlplumb.lint.outlook import Looking, Outlook
from sqlplumb.lint.own import rules_of
from sqlplumb.lint.rules import RULES
from sqlplumb.lint.sifting import Sifted, sifted

__all__ = [
    "MARK",
    "RULES",
    "Finding",
    "Found",
    "Ignore",
    "Looking",
    "Outlook",
    "Rule",
    "Sifted",
    "at_or_above",
    "ignores",
    "in_order",
    "judge_plan",
    "judge_schema",
    "refuse_unknown",
    "rule_called",
    "rules_of",
    "sifted",
]
