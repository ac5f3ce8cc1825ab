"""Every path, name, command, rule and revision that docs/systems.md and its pages cite is there.

And every model of PlanExe has its row.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.systems import planexe_models

if TYPE_CHECKING:
    from tests.conftest import Run

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [DOCS / "systems.md", *sorted((DOCS / "systems").glob("*.md"))]
BLOCKS = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)  # which are run
TEXTS = {page: BLOCKS.sub("", page.read_text("utf-8")) for page in PAGES}
PAGE = "\n".join(TEXTS.values())
SCHEMA = (ROOT / "schema.sql").read_text("utf-8")
SPAN = r"`([^`]+)`"
SAID = list(dict.fromkeys(re.findall(SPAN, PAGE)))
OBJECTS = re.findall(r"`schema\.sql` \w+ (`\w+`(?:(?:,| and) `\w+`)*)", PAGE)
THEIRS = {  # as the documents and their systems have them
    *("zerg/app/database.py", "zerg/database.py", "routers/websocket.py", "crud.py", "sqlite.db"),
    *("cd resinkit_api/db", "POST /admin/reset-database", "script.py.mako", "core/config.py"),
    *("resinkit_api/db/alembic", 'make_engine("sqlite://")'),
}
PATHS = [
    one
    for one in SAID
    if one not in THEIRS and re.search(r"/|\.(?:py|sql|toml|ini|mako)\b", one) and " " not in one
]
COMMANDS = [one for one in SAID if one.startswith("sqlplumb ")]
RULES = [one for one in SAID if re.fullmatch(r"[SP]\d{3}", one)]
REVISIONS = re.findall(rf"revision\s+{SPAN}", PAGE, re.IGNORECASE)
IN_FILES = re.findall(rf"{SPAN} in `([\w/]+\.py)`", PAGE)


@pytest.mark.parametrize("cited", PATHS)
def test_a_path_is_there_and_the_name_in_it(cited: str) -> None:
    path, _, name = cited.partition("::")
    assert (ROOT / path).exists(), f"{path} is not there"
    text = (ROOT / path).read_text("utf-8") if name else ""
    made = rf"^(?:async )?(?:def|class) {name}\b|^{name}\b[^\n]* =|\"{name}\""
    assert not name or re.search(made, text, re.MULTILINE), f"{name} is not in {path}"


@pytest.mark.parametrize(("word", "path"), IN_FILES)
def test_a_word_is_in_its_file(word: str, path: str) -> None:
    assert re.search(rf"\b{re.escape(word)}\b", (ROOT / path).read_text("utf-8"))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_these_options(command: str, run: Run) -> None:
    name, *options = command.split()[1:]
    told = run(name, "--help")
    assert told.code == 0, told.err
    assert all(one in told.out for one in options if one.startswith("--"))


def test_objects_of_the_schema() -> None:
    names = {name for found in OBJECTS for name in re.findall(SPAN, found)}
    assert len(names) > 10
    lost = [one for one in names if not re.search(rf"^CREATE .*\b{one}\b", SCHEMA, re.MULTILINE)]
    assert not lost


def test_rules_and_revisions() -> None:
    rules = (ROOT / "docs" / "rules" / "README.md").read_text("utf-8")
    assert RULES
    assert not [one for one in RULES if f"[{one} " not in rules]
    files = (ROOT / "migrations" / "versions").glob("*.py")
    known = "".join(path.read_text("utf-8") for path in files)
    assert len(REVISIONS) > 5
    assert not [one for one in REVISIONS if f'\nrevision = "{one}"\n' not in known]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links(page: Path) -> None:
    """To files, and to headings of the page itself."""
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", TEXTS[page])
    titles = re.findall(r"^#+ (.*)$", TEXTS[page], re.MULTILINE)
    known = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
    assert links
    for link in links:
        file, _, heading = link.partition("#")
        assert (page.parent / file).exists() if file else heading in known, link


def test_every_model_of_planexe_has_its_row() -> None:
    rows = [line for line in TEXTS[DOCS / "systems" / "planexe.md"].splitlines() if "| `" in line]
    ignored = {"token_metrics", "feedback_item"}  # in no README
    for mapper in planexe_models.Base.registry.mappers:
        name, table = mapper.class_.__name__, mapper.local_table.name  # type: ignore[attr-defined]
        if table not in ignored:
            assert any(f"`{name}" in row and f"`{table}`" in row for row in rows), name
