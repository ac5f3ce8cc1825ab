"""Pictures of any schema, hostile ones too: what is drawn can be read, and every text is a text."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.drawn import MANY, NS, SCHEMA, assert_readable, boxes, edges, parsed, read, svg_of
from tests.strategies import Model, schemas, with_one_thing_changed

import sqlplumb
from sqlplumb.commands.view_reads import view_reads
from sqlplumb.render import picture as pictures
from sqlplumb.schema import ForeignKey

ROOT = Path(__file__).parents[1]


def test_edges_meet_the_rows_of_their_columns() -> None:
    svg = svg_of(SCHEMA)
    found = boxes(svg)
    ends = {said: (start, end) for said, start, end in edges(svg)}
    assert len(ends) == 4
    (owner,) = [both for said, both in ends.items() if said.startswith("owner")]
    for (x, y), side, table, column in (
        (owner[0], 1, "users", "id"),
        (owner[1], 0, "tasks", "owner"),
    ):
        box = found[table]
        text = box.row(column).find(f"{NS}text")
        assert text is not None
        assert y == pytest.approx(box.y + float(text.get("y", "")), abs=0.2)
        assert x == pytest.approx(box.x + side * box.width, abs=0.2)


def test_a_picture_is_told_in_words_too() -> None:
    root = parsed(svg_of(SCHEMA))
    assert root.get("role") == "img"
    title, said = root.find(f"{NS}title"), root.find(f"{NS}desc")
    assert title is not None
    assert said is not None
    assert root.get("aria-labelledby") == f"{title.get('id')} {said.get('id')}"
    assert title.text == "a.sql: 4 tables, 1 view, 1 virtual table"
    assert "table tasks refers to users." in (said.text or "")


def test_the_same_schema_is_the_same_text_and_another_has_other_ids() -> None:
    assert svg_of(SCHEMA) == svg_of(SCHEMA)
    ids = [re.findall(r' id="([^"]*)"', svg_of(sql)) for sql in (SCHEMA, "CREATE TABLE t (a);")]
    assert not set(ids[0]) & set(ids[1])


HOSTILE = (
    *("<script>alert(1)</script>", '"""', "`tick`", "'); import os; ('", 'a"b', "back\\slash"),
    *("\\N", "${7*7}", "% for x in y:", "%%{init: {}}%%", "}}", "#quot;", "&amp;", "a;b", "-->"),
    *(
        "]]>",
        '"]',
        '</text><a href="x">',
        "</style>",
        "__proto__",
        "*bold*",
        "表",
        "﷽",
        "two\nlines",
    ),
    *("\u202eevil", "\x1b[31m", "pk", "end", "\\", "x" * 200),
)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def hostile_sql() -> str:
    return "".join(
        f"CREATE TABLE {_quoted(name)} (id INTEGER PRIMARY KEY, {_quoted('c' + name)} TEXT,"
        f" up REFERENCES {_quoted(HOSTILE[at - 1])} (id)); -- {name.splitlines()[0]}\n"
        for at, name in enumerate(HOSTILE)
    )


def shown(name: str) -> str:
    """What would steer a terminal or turn a text round is written out; long names are cut."""
    written = name.replace("\n", "␊").replace("\x1b", "␛").replace("\u202e", "<U+202E>")
    return written if len(written) <= 48 else written[:47] + "…"


def test_hostile_names_are_text_in_svg() -> None:
    svg = svg_of(hostile_sql())
    assert {element.tag.removeprefix(NS) for element in parsed(svg).iter()} == {
        *("svg", "title", "desc", "style", "rect", "path", "g", "text"),
    }
    assert set(boxes(svg)) == {shown(name) for name in HOSTILE}
    assert len(edges(svg)) == len(HOSTILE)
    assert_readable(svg)


def test_hostile_names_are_text_in_dot() -> None:
    dot = pictures.dot(pictures.picture_of(read(hostile_sql())))
    names = re.findall(r'<td port="head"[^>]*><b>(.*?)</b>', dot)
    assert {unescape(name).replace("\\\\", "\\") for name in names} == {
        shown(name) if len(name) < 100 else name for name in HOSTILE
    }
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", re.sub(r"label=<.*?>>\]", "", dot, flags=re.DOTALL))
    assert re.fullmatch(r"[\w\s{}=\[\]:.>-]*", outside.replace("->", "")), outside


TEXT = r'"[^"\\<>%`]*"'
WORD = r"(?!(?:PK|FK|UK)\b)[A-Z_][A-Z0-9_()]*"
MERMAID = (
    *("erDiagram", r"    %% [^%]*", r"    \}", rf"    t\d+\[{TEXT}\] \{{"),
    rf"        {WORD} {WORD}( [PFU]K(, [PFU]K)*)?( {TEXT})?",
    rf"    t\d+ (\|\||\|o)--(o\||o\{{) t\d+ : {TEXT}",
)


def test_hostile_names_are_text_in_mermaid() -> None:
    mermaid = pictures.mermaid(pictures.picture_of(read(hostile_sql())))
    names = re.findall(r'^    t\d+\["(.*)"\] \{$', mermaid, re.MULTILINE)
    decoded = {re.sub(r"#(\d+);", lambda match: chr(int(match[1])), name) for name in names}
    expected = {
        shown(name) if len(name) < 100 else name[:159] + "…" * (len(name) > 160) for name in HOSTILE
    }
    assert decoded == expected
    allowed = [re.compile(form, re.ASCII | re.IGNORECASE) for form in MERMAID]
    strange = [
        line
        for line in mermaid.splitlines()
        if not any(form.fullmatch(_ascii(line)) for form in allowed)
    ]
    assert strange == []


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()


@settings(deadline=None)
@given(schemas())
def test_any_schema_can_be_drawn(model: Model) -> None:
    schema = read(model.sql())
    picture = pictures.picture_of(schema)
    svg = pictures.svg(picture)
    assert_readable(svg)
    keys = [fact for fact in schema.objects.values() if isinstance(fact, ForeignKey)]
    assert len(edges(svg)) == len(keys)
    arrows = re.findall(r"^  t\d+:\S+ -> ", pictures.dot(picture), re.MULTILINE)
    relations = re.findall(r"^    t\d+ \S+ t\d+ : ", pictures.mermaid(picture), re.MULTILINE)
    assert len(arrows) == len(relations) == len(keys)


@settings(deadline=None)
@given(st.data())
def test_whatever_differs_is_marked_in_every_format(data: st.DataObject) -> None:
    model = data.draw(schemas())
    desired = read(data.draw(with_one_thing_changed(model)).sql())
    changes = sqlplumb.diff(read(model.sql()), desired)
    picture = pictures.picture_of_difference("current.sql", desired, changes)
    changed = {box.name: box.mark for box in picture.boxes if box.mark}
    assert bool(changed) == bool(changes)
    assert set(changed) <= {change.ref.unit for change in changes}
    svg = pictures.svg(pictures.shortened(picture))
    assert_readable(svg)
    names = {f"{mark} {name}" for name, mark in changed.items()}
    assert {name for name in boxes(svg) if name[:2] in ("+ ", "- ", "~ ")} == names
    for text in (pictures.dot(picture), pictures.mermaid(picture)):
        assert [name for name in names if name not in text] == []


def test_our_own_schema_is_readable() -> None:
    picture = pictures.picture_of(sqlplumb.read(str(ROOT / "schema.sql")))
    assert_readable(pictures.svg(picture))


def test_the_picture_of_the_readme_is_true() -> None:
    whole = pictures.picture_of(sqlplumb.read(str(ROOT / "schema.sql")))
    drawn = boxes(pictures.svg(pictures.focused(whole, "agents")))
    shown = boxes((ROOT / "docs/pictures/agents.svg").read_text("utf-8"))
    assert {name: box.texts() for name, box in shown.items()} == {
        name: box.texts() for name, box in drawn.items()
    }, "run: sqlplumb draw --focus agents -o docs/pictures/agents.svg"


SHOWN = sorted((ROOT / "docs/pictures/schemas").glob("*.sql"))


@pytest.mark.parametrize("schema", SHOWN, ids=lambda schema: schema.stem)
def test_the_pictures_of_large_schemas_are_true(schema: Path) -> None:
    facts = read(schema.read_text("utf-8"), schema.name)
    whole = pictures.picture_of(facts, view_reads(facts))
    svg = pictures.svg(pictures.shortened(whole))
    assert_readable(svg)
    shown = (ROOT / "docs/pictures" / f"{schema.stem}.svg").read_text("utf-8")
    assert {name: box.texts() for name, box in boxes(shown).items()} == {
        name: box.texts() for name, box in boxes(svg).items()
    }, "run: python docs/pictures/schemas.py"
    width, height = (float(parsed(svg).get(side, "")) for side in ("width", "height"))
    assert width < 60 * len(whole.boxes) + 1000  # a screen, and no strip
    assert width < 2 * height


MEASURE = """<!doctype html><meta charset="utf-8"><body>{}<pre></pre><script>
const outside = [];
for (const box of document.querySelectorAll(".box")) {{
  const frame = box.querySelector(".body").getBBox();
  for (const text of box.querySelectorAll("text")) {{
    const drawn = text.getBBox();
    if (drawn.x + drawn.width > frame.width || drawn.y < 0 || drawn.y + drawn.height > frame.height)
      outside.push(text.textContent);
  }}
}}
document.querySelector("pre").textContent =
  "measured " + document.querySelectorAll(".box text").length + JSON.stringify(outside);
</script>"""


def browsers() -> Iterator[str]:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            yield found


def test_a_browser_finds_every_text_in_its_box(tmp_path: Path) -> None:
    browser = next(browsers(), None)
    if browser is None:
        pytest.skip("no Chromium is installed here")
    page = tmp_path / "page.html"
    page.write_text(MEASURE.format(svg_of(SCHEMA) + svg_of(hostile_sql()) + svg_of(MANY)), "utf-8")
    calm = "--headless --no-sandbox --disable-gpu --disable-background-networking"
    calm += f" --disable-component-update --disable-sync --user-data-dir={tmp_path / 'profile'}"
    command = [browser, *calm.split(), "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    measured = re.search(r"<pre>measured (\d+)(.*)</pre>", done.stdout)
    assert measured, done.stderr
    assert int(measured[1]) > 1000
    assert measured[2] == "[]"
