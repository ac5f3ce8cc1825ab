"""What the docs name must be there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATHS = re.compile(r"`((?:tools|tests|docs|migrations|engines|sources|bench)/[\w./-]*)`")


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "README.md"])
def test_every_path_is_there(page: str) -> None:
    said = PATHS.findall((ROOT / page).read_text("utf-8"))
    places = (ROOT, ROOT / "tools/sqlplumb")
    missing = [one for one in said if not any((place / one).exists() for place in places)]
    assert missing == []
