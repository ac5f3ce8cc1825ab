"""Rules that judge a schema, a plan or a revision: one rule, one file, one explicit list.

    judge_schema     Schema -> findings
    judge_plan       Plan -> findings; what is known beside the plan is passed in
    apply_ignores    findings without those that a comment ignores with a reason

A rule reads facts and says what follows from them. It must never open a source, and never decide
whether a command fails. Rules that only one engine needs are in the engine's folder.
"""

from sqlplumb.findings import Finding, Found, Rule
from sqlplumb.lint.ignores import MARK, Judgement, apply_ignores, read_ignores
from sqlplumb.lint.judge import (
    LintContext,
    at_or_above,
    find_rule,
    judge_plan,
    judge_query,
    judge_schema,
    load_rules,
    project_rules,
    refuse_unknown_rules,
    rules_applied,
    rules_that_judge,
    sort_findings,
)
from sqlplumb.lint.rules import RULES
from sqlplumb.lint.subjects import CountRefused, Ignore, Outlook, QueryOutlook

__all__ = [
    "MARK",
    "RULES",
    "CountRefused",
    "Finding",
    "Found",
    "Ignore",
    "Judgement",
    "LintContext",
    "Outlook",
    "QueryOutlook",
    "Rule",
    "apply_ignores",
    "at_or_above",
    "find_rule",
    "judge_plan",
    "judge_query",
    "judge_schema",
    "load_rules",
    "project_rules",
    "read_ignores",
    "refuse_unknown_rules",
    "rules_applied",
    "rules_that_judge",
    "sort_findings",
]
