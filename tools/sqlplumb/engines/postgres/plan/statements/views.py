"""Views and materialized views, with the defaults of their columns."""

from __future__ import annotations

from collections.abc import Collection

from sqlplumb.engines.postgres.names import listed, quoted, spelled
from sqlplumb.engines.postgres.options import ViewOptions
from sqlplumb.engines.postgres.plan.statements.names import relation_word
from sqlplumb.engines.postgres.plan.statements.parameters import Statements, parameter_changes
from sqlplumb.schema import Object, View


def view_options(fact: Object) -> ViewOptions:
    assert isinstance(fact.options, ViewOptions)
    return fact.options


def create_view(fact: Object, replaces: bool = False) -> Statements:
    assert isinstance(fact, View)
    options, word = view_options(fact), relation_word(fact)
    words = [f"CREATE {'OR REPLACE ' if replaces else ''}{word} {spelled(fact)}"]
    words += [f"USING {quoted(options.access_method)}"] if options.access_method else []
    if options.storage_parameters:
        words.append(f"WITH ({listed(options.storage_parameters)})")
    words += [f"TABLESPACE {quoted(options.tablespace)}"] if options.tablespace else []
    body = fact.body.canonical.strip().removesuffix(";")
    text = f"{' '.join(words)} AS\n{body}" + ("\nWITH NO DATA" if options.is_unfilled else "")
    return [text, *_view_defaults((), options.defaults, fact)]


def _view_defaults(before: tuple, after: tuple, fact: Object) -> Statements:  # type: ignore[type-arg]
    alter = f"ALTER VIEW {spelled(fact)} ALTER COLUMN"
    former, latter = dict(before), dict(after)
    made = [f"{alter} {quoted(name)} DROP DEFAULT" for name in former if name not in latter]
    for name, value in latter.items():
        if former.get(name) != value:
            made.append(f"{alter} {quoted(name)} SET DEFAULT {value}")
    return made


def alter_view(current: Object, desired: Object, fields: Collection[str]) -> Statements | None:
    """Replace a view whose columns stay, with others behind them."""
    assert isinstance(current, View) and isinstance(desired, View)
    before, after = view_options(current), view_options(desired)
    if before.is_materialized != after.is_materialized:
        return None
    made, name, word = list[str](), spelled(desired), relation_word(desired)
    if current.body.canonical != desired.body.canonical or before.columns != after.columns:
        if after.is_materialized or after.columns[: len(before.columns)] != before.columns:
            return None
        made += create_view(desired, replaces=True)[:1]
    else:
        parameters = before.storage_parameters, after.storage_parameters
        made += parameter_changes(f"{word} {name}", *parameters)
    if after.is_materialized and before.access_method != after.access_method:
        return None
    if before.tablespace != after.tablespace:
        space = quoted(after.tablespace or "pg_default")
        made.append(f"ALTER {word} {name} SET TABLESPACE {space}")
    if before.is_unfilled != after.is_unfilled:
        no = " WITH NO DATA" if after.is_unfilled else ""
        made.append(f"REFRESH MATERIALIZED VIEW {name}{no}")
    return made + _view_defaults(before.defaults, after.defaults, desired)
