"""Which rules there are: sqlplumb's, and those of the Python file that the settings name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from sqlplumb.config import LintSettings, Settings
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.findings import Rule
from sqlplumb.limits import Stopped
from sqlplumb.lint.rules import RULES
from sqlplumb.lint.subjects import CountRefused

_FORM = "the file must set RULES to a list of sqlplumb.lint.Rule; docs/rules/README.md shows how"


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
    close = get_close_matches(written.upper(), names, 1) or get_close_matches(written, names, 1)
    hint = f"did you mean {close[0]}?" if close else "docs/rules/README.md lists all of them"
    return Problem(f"there is no rule {written}", hint)


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
