"""What a person is shown, word for word. `SQLPLUMB_REWRITE=1 pytest tests/test_goldens.py` writes
the files anew; what changed in them is then for a person to read."""

from __future__ import annotations

import os

import pytest
from tests import goldens
from tests.conftest import Project, Run
from tests.histories import History

REWRITE = "SQLPLUMB_REWRITE"


@pytest.mark.parametrize("name", goldens.NAMES)
def test_it_is_what_it_was(name: str, project: Project, run: Run) -> None:
    for file, text in goldens.shown(name, History(project, run)).files.items():
        golden = goldens.GOLDEN / name / file
        if os.environ.get(REWRITE):
            golden.write_bytes(text.encode())
        assert golden.read_bytes().decode() == text, f"{REWRITE}=1 writes it anew"
        assert str(project.root) not in text
