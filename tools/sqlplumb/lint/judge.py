"""Apply rules to a schema or a plan, and return findings with the severity of the settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlplumb.config import SEVERITIES, LintSettings, Severity
from sqlplumb.engines import Named
from sqlplumb.findings import Finding, Found, Rule
from sqlplumb.lint.rules import RULES
from sqlplumb.lint.subjects import CountRefused, Outlook, QueryOutlook
from sqlplumb.places import Place
from sqlplumb.schema import Ref, Schema
from sqlplumb.steps import Plan

_DEFAULT = LintSettings()


def judge_schema(
    schema: Schema, settings: LintSettings = _DEFAULT, rules: Sequence[Rule] = RULES
) -> tuple[Finding, ...]:
    """Return what is wrong with a schema, in the order of its text."""
    applied = _choose_rules(rules, "schema", engine=schema.engine, settings=settings)
    return sort_findings(
        _make_finding(rule, found, settings=settings, schemas=(schema,))
        for rule in applied
        for found in rule.find(schema)
    )


def judge_plan(
    plan: Plan,
    settings: LintSettings = _DEFAULT,
    rules: Sequence[Rule] = RULES,
    *,
    back: Plan | None = None,
    count_refused: CountRefused | None = None,
    statements: Iterable[str] = (),
    named: Named | None = None,
) -> tuple[Finding, ...]:
    """Return what a plan does to whoever runs it.

    With `named`, also return what a revision changes and does not name. A finding about an object
    that neither schema holds has no place.
    """
    outlook = Outlook(
        plan=plan,
        judging=settings,
        back=back,
        count_refused=count_refused,
        statements=tuple(statements),
        named=named,
    )
    judged = ("plan",) if named is None else ("plan", "revision")
    applied = _choose_rules(rules, *judged, engine=plan.desired.engine, settings=settings)
    schemas = (plan.desired, plan.current)
    return sort_findings(
        _make_finding(rule, found, settings=settings, schemas=schemas)
        for rule in applied
        for found in rule.find(outlook)
    )


def judge_query(
    outlook: QueryOutlook, settings: LintSettings, rules: Sequence[Rule], engine: str
) -> Iterator[Finding]:
    """Yield what is wrong with a query of the application."""
    for rule in _choose_rules(rules, "query", engine=engine, settings=settings):
        for found in rule.find(outlook):
            yield _make_finding(rule, found, settings=settings, schemas=())


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.order))


def at_or_above(findings: Iterable[Finding], severity: Severity) -> list[Finding]:
    failing = SEVERITIES[SEVERITIES.index(severity) :]
    return [finding for finding in findings if finding.severity in failing]


def severity_of(rule: Rule, settings: LintSettings) -> Severity | None:
    """Return the severity of the settings, or else the rule's own; None if the rule is off."""
    code, name = rule.labels
    chosen = settings.severity.get(code) or settings.severity.get(name)
    return None if chosen == "off" else chosen or rule.severity


def _choose_rules(
    rules: Sequence[Rule], *judged: str, engine: str, settings: LintSettings
) -> Iterator[Rule]:
    for rule in rules:
        is_of_engine = not rule.engines or engine in rule.engines
        if rule.judges in judged and is_of_engine and severity_of(rule, settings):
            yield rule


def _make_finding(
    rule: Rule, found: Found, *, settings: LintSettings, schemas: Sequence[Schema]
) -> Finding:
    """The settings override the severity that a rule gives this one case."""
    is_set = settings.severity.keys() & set(rule.labels)
    usual = severity_of(rule, settings) or rule.severity
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=usual if is_set else found.severity or usual,
        message=found.message,
        instead=found.instead or rule.instead,
        ref=found.ref,
        place=found.place or _find_place(found.ref, schemas),
    )


def _find_place(ref: Ref | None, schemas: Sequence[Schema]) -> Place | None:
    """Return the place of an object, or else of its table; the desired schema comes first."""
    for wanted in (ref, ref.table_ref) if ref else ():
        for schema in schemas:
            fact = schema.objects.get(wanted)
            if fact and fact.place:
                return fact.place
    return None
