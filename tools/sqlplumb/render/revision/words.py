"""What a template is told besides the body, and which template that is."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlplumb.changes import Change, Create, Drop
from sqlplumb.config import Style
from sqlplumb.engines import RevisionBody, engine
from sqlplumb.python_layout import docstring
from sqlplumb.render import words
from sqlplumb.steps import Plan, Step

WIDTH = 88  # of a line in a revision


def template(style: Style) -> tuple[Path, str]:
    """Ours, and what a project calls its own."""
    name = "script.py.mako" if style == "batch" else "script_sql.py.mako"
    return Path(str(files("sqlplumb.render.revision") / "templates" / name)), name


def template_words(message: str, plan: Plan, body: RevisionBody) -> dict[str, Any]:
    """The functions below go behind the last function, so that any template will do."""
    below = "".join(f"\n\n\n{part.rstrip()}" for part in body.below)
    return {
        "upgrades": body.upgrade,
        "downgrades": body.downgrade + below,
        "imports": "",
        "about": docstring("\n".join(about(plan))),
    }


def _why(step: Step, plan: Plan) -> str:
    """What of it the target's ALTER TABLE has no form for."""
    version = ".".join(str(part) for part in plan.target.version[:2])
    simple = [one for one in step.changes if isinstance(one, Create | Drop) and _is_column(one)]
    hard = [one for one in step.changes if one not in simple] or simple
    kinds = dict.fromkeys(words.aspect(one) for one in hard)
    return (
        f"{engine(plan.desired.engine).title} {version} cannot change {', '.join(kinds)} in place"
    )


def _is_column(change: Change) -> bool:
    return change.ref.kind == "column"


def about(plan: Plan) -> list[str]:
    """What changes, object by object, and why a table is rebuilt."""
    import textwrap

    said = [words.deed(change) for change in words.without_inline(plan.changes)]
    rebuilt = [step for step in plan if step.verb == "rebuild"]
    said += [f"table {step.ref} is rebuilt: {_why(step, plan)}" for step in rebuilt]
    lines: list[str] = []
    for one in said:
        one = " ".join(one.split())
        lines += textwrap.wrap(f"- {one}", WIDTH, subsequent_indent="  ")
    return lines
