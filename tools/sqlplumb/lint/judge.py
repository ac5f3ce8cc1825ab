"""Which rules there are, and how they are applied: findings with the severity of the settings.

The rules are sqlplumb's, and those of the Python file that the settings name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from sqlplumb.config import SEVERITIES, LintSettings, Settings, Severity
from sqlplumb.engines import Named, Trace
from sqlplumb.errors import Problem, WrongInput, did_you_mean
from sqlplumb.findings import Finding, Found, Rule
from sqlplumb.limits import Stopped
from sqlplumb.lint.rules import RULES
from sqlplumb.lint.subjects import CountRefused, Outlook, QueryOutlook
from sqlplumb.schema import Schema
from sqlplumb.steps import Plan

_DEFAULT = LintSettings()


def judge_schema(
    schema: Schema, settings: LintSettings = _DEFAULT, rules: Sequence[Rule] = RULES
) -> tuple[Finding, ...]:
    """Return what is wrong with a schema, in the order of its text. What a table has by being a
    part of another one is told of that alone."""
    if schema.spelled_in == "core":
        settings = replace(settings, has_models=True)
    applied = _choose_rules(rules, "schema", engine=schema.engine, settings=settings)
    return sort_findings(
        _make_finding(rule, found, settings=settings, schemas=(schema,))
        for rule in applied
        for found in rule.find(schema)
        if not _comes_with_parent(found, schema)
    )


def _comes_with_parent(found: Found, schema: Schema) -> bool:
    fact = schema.objects.get(found.ref) if found.ref else None
    return fact is not None and fact.options.comes_with_parent


def judge_plan(
    plan: Plan,
    settings: LintSettings = _DEFAULT,
    rules: Sequence[Rule] = RULES,
    *,
    back: Plan | None = None,
    count_refused: CountRefused | None = None,
    statements: Iterable[str] = (),
    named: Named | None = None,
    traces: Iterable[Trace] = (),
    env_words: frozenset[str] = frozenset(),
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
        traces=tuple(traces),
        env_words=env_words,
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
    outlook: QueryOutlook, settings: LintSettings, rules: Sequence[Rule]
) -> Iterator[Finding]:
    """Yield what is wrong with a query of the application."""
    for rule in _choose_rules(rules, "query", engine=outlook.schema.engine, settings=settings):
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
    if not chosen and rule.off_with_models and settings.has_models:
        return None
    return None if chosen == "off" else chosen or rule.severity


def rules_that_judge(rules: Iterable[Rule], settings: LintSettings) -> tuple[Rule, ...]:
    """Return the rules that the settings leave on."""
    return tuple(rule for rule in rules if severity_of(rule, settings))


def rules_applied(
    rules: Iterable[Rule], findings: Iterable[Finding], engine: str
) -> tuple[Rule, ...]:
    """Return the rules of an engine, and others that found something."""
    found = {finding.code for finding in findings}
    return tuple(
        rule for rule in rules if not rule.engines or engine in rule.engines or rule.code in found
    )


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
    place = found.place
    # The place of an object, or else of its table; the desired schema comes first.
    for ref in (found.ref, found.ref.table_ref) if found.ref else ():
        for schema in schemas:
            fact = schema.objects.get(ref)
            place = place or (fact.place if fact else None)
    is_set = settings.severity.keys() & set(rule.labels)
    usual = severity_of(rule, settings) or rule.severity
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=usual if is_set else found.severity or usual,
        message=found.message,
        instead=found.instead or rule.instead,
        ref=found.ref,
        place=place,
        hint=found.hint,
    )


_PAGE = "https://github.com/sqlplumb/sqlplumb/blob/main/docs/rules/README.md"
_FORM = f"the file must set RULES to a list of sqlplumb.lint.Rule; {_PAGE} shows how"


def load_rules(root: Path, written: str) -> tuple[Rule, ...]:
    """Return sqlplumb's rules and, behind them, the project's."""
    return (*RULES, *_read_rules(root / written, written)) if written else RULES


def find_rule(written: str, rules: Sequence[Rule]) -> Rule:
    """Find a rule by its code or its name."""
    for rule in rules:
        if written.lower() in rule.labels:
            return rule
    raise WrongInput(_unknown_rule(written, rules))


def refuse_unknown_rules(settings: LintSettings, rules: Sequence[Rule]) -> None:
    """Raise WrongInput for a severity of a rule that does not exist."""
    labels = {label for rule in rules for label in rule.labels}
    for written in settings.severity:
        if written not in labels:
            raise WrongInput(_unknown_rule(written, rules))


def _unknown_rule(written: str, rules: Sequence[Rule]) -> Problem:
    names = [name for rule in rules for name in (rule.code, rule.name)]
    advice = did_you_mean(written, names, f"{_PAGE} lists all of them")
    return Problem(f"there is no rule {written}", advice)


def _read_rules(path: Path, written: str) -> Sequence[Rule]:
    rules = getattr(_import_file(path, written), "RULES", None)
    if not isinstance(rules, list | tuple) or not all(isinstance(rule, Rule) for rule in rules):
        raise WrongInput(Problem(f"{written} holds no rules", _FORM))
    taken = {label for rule in RULES for label in rule.labels}
    for rule in rules:
        if twice := [label for label in (rule.code, rule.name) if label.lower() in taken]:
            message = f"{written}: {' and '.join(twice)} is taken by another rule"
            raise WrongInput(Problem(message, "choose another code and name"))
        taken.update(rule.labels)
    return rules


def _import_file(path: Path, written: str) -> object:
    spec = spec_from_file_location("sqlplumb_rules_of_this_project", path)
    if spec is None or spec.loader is None or not path.is_file():
        message = f"the file of rules {written} cannot be read"
        raise WrongInput(Problem(message, f"it is expected at {path}"))
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (KeyboardInterrupt, Stopped):
        raise
    except BaseException as error:  # code of the project may raise anything
        message = f"{written} cannot be imported: {type(error).__name__}: {error}"
        raise WrongInput(Problem(message.partition("\n")[0], _FORM)) from error
    return module


@dataclass(frozen=True, slots=True, kw_only=True)
class LintContext:
    """What one run of the linter shares. `count_refused` asks the rows of a live database."""

    settings: Settings
    rules: tuple[Rule, ...]
    count_refused: CountRefused | None = None
    passed_over: list[Problem] = field(default_factory=list)


def project_rules(settings: Settings) -> tuple[Rule, ...]:
    """Return our rules and the project's own; refuse settings that name others."""
    loaded = load_rules(settings.root, settings.lint.rules)
    refuse_unknown_rules(settings.lint, loaded)
    return loaded
