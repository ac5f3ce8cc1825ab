"""What a new schema.sql begins with; the template of a revision, and what it is given.

The body of a revision is the engine's. What `sqlplumb init` lays out stands in `scaffold`.
"""

from __future__ import annotations

import textwrap
from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlplumb.changes import Create, Drop
from sqlplumb.config import Style
from sqlplumb.engines import RevisionBody, engine
from sqlplumb.python_layout import docstring
from sqlplumb.render import words
from sqlplumb.steps import Plan

HEAD = """\
-- What the database is: CREATE statements only, each behind what it refers to. Change it here, then
--
--     sqlplumb revise -m "what has changed"
--
-- writes the migration."""
_WIDTH = 88  # of a line in a revision


def template(style: Style) -> tuple[Path, str]:
    """Return our template of a revision, and the name that a project's own template has."""
    name = "script.py.mako" if style != "sql" else "script_sql.py.mako"
    return Path(str(files("sqlplumb.render") / "templates" / name)), name


def template_words(plan: Plan, body: RevisionBody) -> dict[str, Any]:
    """Return what a template is given besides Alembic's own words.

    The helpers of the body follow the last function, so that any template will do.
    """
    below = "".join(f"\n\n\n{part.rstrip()}" for part in body.below)
    return {
        "upgrades": body.upgrade,
        "downgrades": body.downgrade + below,
        "imports": body.imports,
        "about": docstring("\n".join(about(plan))),
    }


def about(plan: Plan) -> list[str]:
    """Say what changes, object by object, and why a table is rebuilt."""
    sentences = [words.deed(change) for change in words.without_inline(plan.changes)]
    version = ".".join(str(part) for part in plan.target.version[:2])
    database = f"{engine(plan.desired.engine).title} {version}"
    for step in plan:
        if step.verb == "rebuild":
            # A column that comes or goes is a reason only where nothing else is one.
            simple = [
                change
                for change in step.changes
                if isinstance(change, Create | Drop) and change.ref.kind == "column"
            ]
            hard = [change for change in step.changes if change not in simple] or simple
            aspects = ", ".join(dict.fromkeys(words.aspect(change) for change in hard))
            sentences.append(
                f"table {step.ref} is rebuilt: {database} cannot change {aspects} in place"
            )
    lines: list[str] = []
    for sentence in sentences:
        item = f"- {' '.join(sentence.split())}"
        lines += textwrap.wrap(item, _WIDTH, subsequent_indent="  ")
    return lines
