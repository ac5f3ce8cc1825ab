"""An SVG that sqlplumb drew, read back as boxes, rows and edges; and schemas to draw."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from itertools import combinations, pairwise

from sqlplumb.engines import engine
from sqlplumb.render import picture as pictures
from sqlplumb.schema import Schema

NS = "{http://www.w3.org/2000/svg}"
SIGN = 7.23  # how wide a sign of 12 pixels is in DejaVu Sans Mono

SCHEMA = """\
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    boss INTEGER REFERENCES users (id) ON DELETE SET NULL
);
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('open', 'done')),
    note TEXT
);
CREATE INDEX idx_open ON tasks (state) WHERE state = 'open';
CREATE TABLE pins (task INTEGER PRIMARY KEY REFERENCES tasks (id), place TEXT);
CREATE TABLE stray (x TEXT REFERENCES nowhere (id));
CREATE VIEW open_tasks AS SELECT id FROM tasks WHERE state = 'open';
CREATE VIRTUAL TABLE words USING fts5(word, meaning);
"""


MANY = "".join(
    f"CREATE TABLE t{at} (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c TEXT,"
    f" up INTEGER REFERENCES t{at // 3} (id));\n"
    for at in range(100)
)


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 (our own)


@dataclass(frozen=True)
class Drawn:
    """A box as it stands in the SVG."""

    element: ET.Element
    x: float
    y: float
    width: float
    height: float

    @property
    def name(self) -> str:
        (found,) = [one for one in self.element.iter(f"{NS}text") if one.get("class") == "name"]
        return found.text or ""

    @property
    def classes(self) -> list[str]:
        return self.element.get("class", "").split()

    def texts(self, style: str = "") -> list[str]:
        found = list(self.element.iter(f"{NS}text"))
        return [one.text or "" for one in found if style in ("", one.get("class"))]

    def row(self, column: str) -> ET.Element:
        for row in self.element.iterfind(f"{NS}g"):
            if any(one.get("class") == "column" and one.text == column for one in row):
                return row
        raise LookupError(column)


def boxes(svg: str) -> dict[str, Drawn]:
    found = {}
    for element in parsed(svg).iter(f"{NS}g"):
        if "box" in element.get("class", "").split():
            x, y = re.findall(r"[\d.]+", element.get("transform", ""))
            body = element.find(f"{NS}rect")
            assert body is not None
            size = (float(body.get("width", "")), float(body.get("height", "")))
            drawn = Drawn(element, float(x), float(y), *size)
            found[drawn.name] = drawn
    return found


def edges(svg: str) -> list[tuple[str, tuple[float, float], tuple[float, float]]]:
    """What is said of each, where it begins at the parent and where it ends at the child."""
    found = []
    for element in parsed(svg).iter(f"{NS}g"):
        if "edge" in element.get("class", "").split():
            said, line = element.find(f"{NS}title"), element.find(f"{NS}path")
            assert said is not None
            assert line is not None
            points = re.findall(r"(-?[\d.]+) (-?[\d.]+)", line.get("d", ""))
            start, end = points[0], points[-1]
            ends = (float(start[0]), float(start[1])), (float(end[0]), float(end[1]))
            found.append((said.text or "", *ends))
    return found


def read(sql: str, name: str = "a.sql") -> Schema:
    return engine("sqlite").open_script(name, {name: sql}, rows_allowed=True).read()


def svg_of(sql: str) -> str:
    return pictures.svg(pictures.picture_of(read(sql)))


# Two subjects and what is about both, a table with a loop, and two that nothing is tied to.
SUBJECTS = (
    "".join(
        f"CREATE TABLE {hub} (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n"
        + "".join(
            f"CREATE TABLE {hub}_{part} (id INTEGER PRIMARY KEY, {hub}_id INTEGER NOT NULL"
            f" REFERENCES {hub} (id) ON DELETE CASCADE ON UPDATE CASCADE);\n"
            for part in ("note", "file", "event", "label", "watcher")
        )
        for hub in ("asset", "run")
    )
    + """\
CREATE TABLE run_asset (
    run INTEGER NOT NULL REFERENCES run (id),
    asset INTEGER NOT NULL REFERENCES asset (id),
    PRIMARY KEY (run, asset)
);
CREATE TABLE folder (id INTEGER PRIMARY KEY, inside INTEGER REFERENCES folder (id));
CREATE TABLE setting (name TEXT PRIMARY KEY);
CREATE TABLE job (id INTEGER PRIMARY KEY);
CREATE VIEW open_runs AS SELECT id FROM run;
CREATE VIEW all_of_it AS
    SELECT run.id, asset.name, (SELECT count(*) FROM job) AS jobs, open_runs.id AS open
    FROM run JOIN asset JOIN open_runs JOIN folder ON folder.id = run.id;
"""
)


def lines(svg: str) -> list[list[tuple[float, float]]]:
    """The corners of each line that is drawn."""
    found = []
    for element in parsed(svg).iter(f"{NS}g"):
        if "edge" in element.get("class", "").split():
            line = element.find(f"{NS}path")
            assert line is not None
            pairs = re.findall(r"(-?[\d.]+) (-?[\d.]+)", line.get("d", ""))
            found.append([(float(x), float(y)) for x, y in pairs])
    return found


Panel = tuple[float, float, float, float]


def panels_of(svg: str) -> list[Panel]:
    """Left, top, right and bottom of what lies behind boxes that stand together."""
    rects = [one for one in parsed(svg).iter(f"{NS}rect") if one.get("class") == "panel"]
    found = []
    for rect in rects:
        x, y, width, height = (float(rect.get(name, "")) for name in ("x", "y", "width", "height"))
        found.append((x, y, x + width, y + height))
    return found


def is_inside(box: Drawn, panel: Panel) -> bool:
    across = panel[0] <= box.x and box.x + box.width <= panel[2]
    return across and panel[1] <= box.y and box.y + box.height <= panel[3]


def assert_readable(svg: str) -> None:
    """No two boxes meet and no line goes through one, all lie on the page, and every text in its
    box."""
    page = [float(part) for part in parsed(svg).get("viewBox", "").split()]
    drawn = list(boxes(svg).values())
    for corners in lines(svg):
        for start, end in pairwise(corners):
            left, right = sorted((start[0], end[0]))
            top, bottom = sorted((start[1], end[1]))
            for box in drawn:
                beside = right <= box.x + 1 or left >= box.x + box.width - 1
                above = bottom <= box.y + 1 or top >= box.y + box.height - 1
                assert beside or above, (box.name, corners)
    for one, other in combinations(drawn, 2):
        apart_x = one.x + one.width <= other.x or other.x + other.width <= one.x
        apart_y = one.y + one.height <= other.y or other.y + other.height <= one.y
        assert apart_x or apart_y, (one.name, other.name)
    for box in drawn:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= page[2]
        assert box.y + box.height <= page[3]
        for text in box.element.iter(f"{NS}text"):
            width = float(text.get("textLength", SIGN * len(text.text or "")))
            assert float(text.get("x", "")) + width <= box.width, text.text
            assert 0 < float(text.get("y", "")) < box.height, text.text
