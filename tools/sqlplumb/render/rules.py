"""Write the pages of rules. The words of a rule are Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

from markupsafe import Markup

from sqlplumb.engines import engine
from sqlplumb.lint import Rule
from sqlplumb.render.findings import ignoring
from sqlplumb.render.pages import render_page

_KINDS = {
    "schema": "Schemas",
    "plan": "Plans and revisions",
    "revision": "Revisions",
    "comment": "Ignores",
    "query": "Queries",
}


def page(rule: Rule) -> str:
    language = "python" if rule.judges == "revision" else "sql"
    words = {
        "triggers": fill(rule.triggers, 100),
        "harms": fill(rule.harms, 100),
        "instead": fill(rule.instead, 100),
        "off": rule.off_with_models and fill(rule.off_with_models, 100),
        "bad": rule.bad,
        "good": rule.good,
        "ignoring": ignoring(rule, "`"),
    }
    marked = {name: Markup(text) for name, text in words.items()}  # noqa: S704 (ours)
    return render_page("rule.md", rule=rule, engines=_titles(rule), language=language, **marked)


def index(rules: Sequence[Rule]) -> str:
    kinds = [
        (title, [(rule, Markup(_triggers(rule))) for rule in rules if rule.judges == kind])  # noqa: S704
        for kind, title in _KINDS.items()
    ]
    return render_page("rules.md", kinds=kinds)


def _triggers(rule: Rule) -> str:
    return f"{_titles(rule)}: {rule.triggers}" if rule.engines else rule.triggers


def _titles(rule: Rule) -> str:
    return " and ".join(engine(name).title for name in rule.engines)
