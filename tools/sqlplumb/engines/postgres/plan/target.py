"""What a plan is made for: a version of the server."""

from __future__ import annotations

import re

from sqlplumb.errors import Problem, WrongInput
from sqlplumb.steps import Target

MAJORS = range(15, 19)


def target(version: str, instant: bool) -> Target:
    """Return the target for a version as people write it (15, 15.4); empty: whatever runs it."""
    if instant:
        message = "--instant is for engines that keep the text of a schema"
        raise WrongInput(
            Problem(message, "leave it out: PostgreSQL alters a table where it stands")
        )
    if not version:
        return Target(version=(), online=True)
    numbers = re.fullmatch(r"(\d+)(?:\.\d+)?", version)
    if not numbers or int(numbers[1]) not in MAJORS:
        message = f"{version} is no version of PostgreSQL that sqlplumb knows"
        raise WrongInput(Problem(message, f"write {MAJORS[0]} to {MAJORS[-1]}"))
    return Target(version=(int(numbers[1]),), online=True)
