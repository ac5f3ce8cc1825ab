"""A project's own rules, out of the Python file that its settings name."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from sqlplumb.errors import Problem, WrongInput
from sqlplumb.limits import Stopped
from sqlplumb.lint.finding import Rule
from sqlplumb.lint.rules import RULES

_FORM = "it sets RULES to a list of sqlplumb.lint.Rule; docs/rules says how"


def rules_of(root: Path, written: str) -> tuple[Rule, ...]:
    """All the rules there are: ours, and behind them the project's."""
    return (*RULES, *_read(root / written, written)) if written else RULES


def _read(path: Path, written: str) -> Sequence[Rule]:
    found = getattr(_module(path, written), "RULES", None)
    if not isinstance(found, list | tuple) or not all(isinstance(one, Rule) for one in found):
        raise WrongInput(Problem(f"{written} holds no rules", _FORM))
    taken = {word for rule in RULES for word in (rule.code, rule.name)}
    for rule in found:
        if twice := {rule.code, rule.name} & taken:
            message = f"{written}: {', '.join(sorted(twice))} is taken by another rule"
            raise WrongInput(Problem(message, "call it otherwise"))
        taken |= {rule.code, rule.name}
    return found


def _module(path: Path, written: str) -> object:
    spec = spec_from_file_location("sqlplumb_rules_of_this_project", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise WrongInput(Problem(f"the rules in {written} cannot be read", f"it should be {path}"))
    module = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (KeyboardInterrupt, Stopped):
        raise
    except BaseException as error:  # somebody's code: whatever it raises
        message = f"{written} cannot be imported: {type(error).__name__}: {error}"
        raise WrongInput(Problem(message.partition("\n")[0], _FORM)) from error
    return module
