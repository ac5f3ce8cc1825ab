"""The JSON that commands write: each has a schema, which is told of and holds what is written.

Every test that asks a command for JSON holds it to its schema, by the way: `run` does.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator, ValidationError

from sqlplumb.cli.main import COMMANDS

if TYPE_CHECKING:
    from tests.applied import ground
    from tests.conftest import Project, Run
    from tests.json_schemas import FOLDER, hold, is_command, read, validator
else:
    from applied import ground
    from json_schemas import FOLDER, hold, is_command, read, validator


def writes_json(name: str) -> bool:
    parser = ArgumentParser()
    COMMANDS[name].options(parser)
    return any("json" in (action.choices or ()) for action in parser._actions)


@pytest.mark.parametrize("name", [file.stem for file in sorted(FOLDER.glob("*.json"))])
def test_each_file_is_a_schema_and_told_of(name: str) -> None:
    Draft202012Validator.check_schema(read(name))
    assert f"](json/{name}.json)" in (FOLDER.parent / "json.md").read_text("utf-8")


def test_each_command_that_writes_json_has_a_schema() -> None:
    assert [name for name in COMMANDS if writes_json(name) != is_command(name)] == []


def test_a_key_that_is_in_no_schema_is_seen() -> None:
    value = {"version": 1, "proved": True, "revisions": []}
    hold(["prove", "--format", "json"], json.dumps(value))
    for wrong in ({**value, "more": 1}, {**value, "version": 2}, {"version": 1}):
        with pytest.raises(ValidationError):
            hold(["prove", "--format", "json"], json.dumps(wrong))


def test_a_receipt_on_the_disk_is_that_of_the_command(project: Project, run: Run) -> None:
    made = ground(project, run)
    made.begin()
    assert run("apply", "sqlite:///app.db", "--format", "json").code == 0
    (file,) = made.root.glob("*.receipt.json")
    validator("receipt").validate(json.loads(file.read_text("utf-8")))
