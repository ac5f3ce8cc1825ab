"""Hold what a command writes as JSON to the schema that docs/reference/json has of it.

The schemas let a key be added, which breaks no reader. Here each key must be in its schema: what
is written down nowhere is no part of a contract.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

FOLDER = Path(__file__).parents[1] / "docs" / "reference" / "json"
COMMANDS = {"apply": "receipt"}  # whose schema is called otherwise


def hold(argv: Sequence[str], out: str) -> None:
    """Hold the output of this command line, where JSON was asked for and written."""
    words = [word for word in argv if not word.startswith("-")]
    asked = "--format=json" in argv or ("--format", "json") in pairwise(argv)
    name = next((COMMANDS.get(word, word) for word in words if is_command(word)), "")
    if name and asked and out:
        validator(name).validate(json.loads(out))


def is_command(word: str) -> bool:
    return COMMANDS.get(word, word) in {file.stem for file in FOLDER.glob("*.json")}


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(closed(read(name)), registry=registry())


@cache
def registry() -> Registry[Any]:
    names = [file.stem for file in FOLDER.glob("*.json")]
    return Registry().with_resources(
        (f"{name}.json", Resource.from_contents(closed(read(name)))) for name in names
    )


def read(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def closed(schema: Any) -> Any:
    """Return the schema with every object that lists its properties closed to others."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    done = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        done.setdefault("additionalProperties", False)
    return done
