"""Tasks by what is asked of them: every criterion may be left out, and all that are named hold.

Nothing here changes anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    func,
    literal_column,
    select,
    true,
)

from database_api.errors import WrongValue
from database_api.rows import choice, page, rows
from database_api.tables import TaskStatus, tasks

SORTABLE = (
    *("task_id", "task_type", "task_name", "status", "priority", "created_by"),
    *("created_at", "updated_at", "started_at", "finished_at", "expires_at"),
)
NEWEST: Mapping[str, int] = {"created_at": -1}


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCriteria:
    """What may be asked; a time that is named belongs to the span it opens or closes."""

    skip: int = 0
    limit: int = 100
    status: str | None = None
    task_type: str | None = None
    created_by: str | None = None
    active_only: bool = True
    task_name_contains: str | None = None
    tags_include_any: Sequence[str] = ()
    created_after: datetime | None = None
    created_before: datetime | None = None
    sort_params: Mapping[str, int] = field(default_factory=lambda: NEWEST)


def get_tasks(connection: Connection, criteria: TaskCriteria | None = None) -> list[RowMapping]:
    """The tasks that meet all criteria, in order."""
    return rows(connection, tasks_where(criteria or TaskCriteria()))


def tasks_where(asked: TaskCriteria) -> Select[Any]:
    """The question itself."""
    chosen = select(tasks).where(*_equal(asked), *_within(asked))
    if asked.tags_include_any:
        chosen = chosen.where(_has_tag(asked.tags_include_any))
    return page(chosen.order_by(*_order(asked.sort_params)), asked.skip, asked.limit)


def _equal(asked: TaskCriteria) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.active_only:  # "active = 1", as the partial indexes say it; IS 1 would not use them
        found.append(tasks.c.active == true())
    if asked.status is not None:
        found.append(tasks.c.status == choice(TaskStatus, asked.status))
    if asked.task_type is not None:
        found.append(tasks.c.task_type == asked.task_type)
    if asked.created_by is not None:
        found.append(tasks.c.created_by == asked.created_by)
    return found


def _within(asked: TaskCriteria) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.task_name_contains:  # % and _ are letters here
        found.append(tasks.c.task_name.icontains(asked.task_name_contains, autoescape=True))
    if asked.created_after is not None:
        found.append(tasks.c.created_at >= asked.created_after)
    if asked.created_before is not None:
        found.append(tasks.c.created_at <= asked.created_before)
    return found


def _has_tag(tags: Sequence[str]) -> ColumnElement[bool]:
    """A whole tag: LIKE '%a%' would find it in "ab"."""
    if isinstance(tags, str):
        raise WrongValue(f"tags are a list of texts, not the text {tags!r}")
    each = func.json_each(tasks.c.tags).table_valued("value", name="each_tag")
    this: Select[Any] = (
        select(literal_column("1")).select_from(each).where(each.c.value.in_(list(tags)))
    )
    return this.exists()


def _order(sort_params: Mapping[str, int]) -> list[ColumnElement[Any]]:
    """As asked, and by id at the end: pages of rows that tie would overlap otherwise."""
    found: list[ColumnElement[Any]] = []
    for name, direction in sort_params.items():
        if name not in SORTABLE:
            raise WrongValue(f"tasks are not sorted by {name!r}: take any of {', '.join(SORTABLE)}")
        if direction not in (1, -1):
            raise WrongValue(
                f"{name} is sorted by 1 (upwards) or -1 (downwards), not {direction!r}"
            )
        found.append(tasks.c[name].asc() if direction == 1 else tasks.c[name].desc())
    return [*found, tasks.c.task_id]
