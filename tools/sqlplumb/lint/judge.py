"""Rules applied: a schema or a plan in, findings out, each with the severity that holds here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlplumb.config import SEVERITIES, LintSettings, Severity
from sqlplumb.engines import Named
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.lint.finding import Finding, Found, Rule
from sqlplumb.lint.outlook import Looking, Outlook
from sqlplumb.lint.rules import RULES
from sqlplumb.places import Place
from sqlplumb.schema import Ref, Schema
from sqlplumb.steps import Plan

_DEFAULT = LintSettings()


def judge_schema(
    schema: Schema, judging: LintSettings = _DEFAULT, rules: Sequence[Rule] = RULES
) -> tuple[Finding, ...]:
    """What is wrong with a schema, in the order in which it is written."""
    found = [
        _finding(rule, one, judging, (schema,))
        for rule in _chosen(rules, "schema", schema.engine, judging)
        for one in rule.find(schema)
    ]
    return in_order(found)


def judge_plan(
    plan: Plan,
    judging: LintSettings = _DEFAULT,
    rules: Sequence[Rule] = RULES,
    *,
    back: Plan | None = None,
    looking: Looking | None = None,
    statements: Iterable[str] = (),
    named: Named | None = None,
) -> tuple[Finding, ...]:
    """What a plan does to whoever runs it, and, with `named`, what a revision does beyond what it
    names. What stands in no schema any more has no place."""
    subject = Outlook(plan, judging, back, looking, tuple(statements), named)
    schemas = (plan.desired, plan.current)
    kinds = ("plan",) if named is None else ("plan", "revision")
    found = [
        _finding(rule, one, judging, schemas)
        for kind in kinds
        for rule in _chosen(rules, kind, plan.desired.engine, judging)
        for one in rule.find(subject)
    ]
    return in_order(found)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.order))


def at_or_above(findings: Iterable[Finding], severity: Severity) -> list[Finding]:
    failing = SEVERITIES[SEVERITIES.index(severity) :]
    return [finding for finding in findings if finding.severity in failing]


def refuse_unknown(judging: LintSettings, rules: Sequence[Rule]) -> None:
    """A severity for a rule that nobody has is a slip of the pen."""
    known = {word for rule in rules for word in (rule.code.lower(), rule.name)}
    for chosen in judging.severity:
        if chosen not in known:
            raise WrongInput(unknown(chosen, rules))


def unknown(written: str, rules: Sequence[Rule]) -> Problem:
    from difflib import get_close_matches

    words = [word for rule in rules for word in (rule.code, rule.name)]
    close = get_close_matches(written.upper(), words, 1) or get_close_matches(written, words, 1)
    hint = f"did you mean {close[0]}?" if close else "docs/rules lists all of them"
    return Problem(f"{written} is no rule that sqlplumb knows", hint)


def rule_called(written: str, rules: Sequence[Rule]) -> Rule:
    """By its code or its name."""
    for rule in rules:
        if written.lower() in (rule.code.lower(), rule.name):
            return rule
    raise WrongInput(unknown(written, rules))


def severity_of(rule: Rule, judging: LintSettings) -> Severity | None:
    """As the settings have it; None where the rule is off, and the rule's own else."""
    said = judging.severity.get(rule.code.lower()) or judging.severity.get(rule.name)
    return None if said == "off" else said or rule.severity


def _chosen(
    rules: Sequence[Rule], judged: str, engine: str, judging: LintSettings
) -> Iterator[Rule]:
    for rule in rules:
        if rule.judges == judged and rule.engine in ("", engine) and severity_of(rule, judging):
            yield rule


def _finding(rule: Rule, found: Found, judging: LintSettings, schemas: Sequence[Schema]) -> Finding:
    """What the settings say goes before what the rule says of this one case."""
    is_set = judging.severity.keys() & {rule.code.lower(), rule.name}
    usual = severity_of(rule, judging) or rule.severity
    return Finding(
        rule.code,
        rule.name,
        usual if is_set else found.severity or usual,
        found.message,
        found.instead or rule.instead,
        found.ref,
        found.place or _place(found.ref, schemas),
    )


def _place(ref: Ref | None, schemas: Sequence[Schema]) -> Place | None:
    """Its own, or that of the table that it is in; the desired side first."""
    for wanted in (ref, Ref("table", "", ref.unit)) if ref else ():
        for schema in schemas:
            fact = schema.objects.get(wanted)
            if fact and fact.place:
                return fact.place
    return None
