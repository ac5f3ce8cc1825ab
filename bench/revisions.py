"""Schemas as real Alembic projects: each is revised in both styles, and each revision is run.

    python bench/revisions.py FOLDER... [--only TEXT] [--style batch|sql] [--stride N] [--jobs N]

A FOLDER holds cases (`*/current.sql` and `*/desired.sql`), the numbered states of one schema or of
several (`001.sql`, `002.sql`: each to the next), or plain `*.sql`, which are changed a little here.
`--keep` names a folder for the projects that fail; the others are thrown away.

A revision is run online and as the script of `--sql`, up and down, on a file with rows. What comes
out is measured by sqlplumb, and by the pragmas of SQLite, which know nothing of sqlplumb.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import IntegrityError

from sqlplumb.commands.check import DiffOptions, compare
from sqlplumb.commands.losses import allowance
from sqlplumb.commands.revise import ReviseOptions, revise
from sqlplumb.config import Settings, Style, read_settings
from sqlplumb.engines.sqlite.scratch.rows import fill
from sqlplumb.errors import PlumbError

MIGRATIONS = Path(__file__).parents[1] / "migrations"
STYLES: tuple[Style, ...] = ("batch", "sql")
OPEN_WORDS = 400  # of a failure, in letters
_OURS = ("_alembic_tmp_", "_plumb_", "plumb_")
_SYSTEM = ("sqlite_", "alembic_version")
_WORDS = {*"a get value name key check rows row table column type what not is it for".split()}
_REASON = re.compile(r"# In SQL, for batch mode cannot say it: (.*(?:\n +# .*)*)")
_TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|\w+|.""", re.DOTALL
)
_INI = """\
[alembic]
script_location = migrations
path_separator = os
sqlalchemy.url = sqlite:///{database}

[sqlplumb]
schema = schema.sql
"""
_FIRST = '''\
"""What is there."""

from alembic import op

revision = "base1"
down_revision = None
STATEMENTS = {statements!r}


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)
'''


@dataclass(frozen=True, slots=True)
class Case:
    """`rows` are the INSERTs that came with the current schema."""

    group: str
    name: str
    current: str
    desired: str
    rows: tuple[str, ...] = ()


@dataclass(slots=True)
class Outcome:
    """`verdict` is one of VERDICTS."""

    case: Case
    style: Style
    verdict: str = "held"
    kind: str = ""
    failures: list[str] = field(default_factory=list)
    refused_rows: str = ""
    batches: int = 0
    reasons: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    revision: str = ""


VERDICTS = ("held", "failed", "refused", "crashed", "same", "skipped")


class RowsRefused(Exception):
    """A new rule does not hold for the rows that are there."""


# ------------------------------------------------------------------------------------------- cases


def cases(folder: Path, stride: int) -> Iterator[Case]:
    """Every `stride`th."""
    inside = sorted(path for path in folder.iterdir() if path.is_dir())
    if any((path / "current.sql").is_file() for path in inside):
        found = [_pair(folder.name, path) for path in inside if (path / "current.sql").is_file()]
        yield from found[::stride]
    elif _states(folder):
        yield from [*_steps(folder)][::stride]
    elif any(_states(path) for path in inside):
        for path in inside:
            yield from [*_steps(path)][::stride]
    else:
        for path in sorted(folder.glob("*.sql")):
            yield from [*_changed(folder.name, path)][::stride]


def _pair(group: str, folder: Path) -> Case:
    sides = (folder / "current.sql", folder / "desired.sql")
    return _case(group, folder.name, *(path.read_text() for path in sides))


def _states(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.sql") if path.stem.isdigit())


def _steps(folder: Path) -> Iterator[Case]:
    for one, other in pairwise(_states(folder)):
        name = f"{folder.name}/{one.stem}-{other.stem}"
        yield _case(folder.name, name, one.read_text(), other.read_text())


def _changed(group: str, path: Path) -> Iterator[Case]:
    text = path.read_text()
    statements = [*_statements(text)]
    creates = [one for one in statements if _is_a(one, "CREATE")]
    for number, statement in enumerate(creates):
        for what, instead in _edits(statement):
            name = f"{path.stem}:{what}:{_named(statement)}"
            other = [*creates[:number], instead, *creates[number + 1 :]]
            yield _case(group, name, text, "\n".join(other))


def _edits(statement: str) -> Iterator[tuple[str, str]]:
    """One thing changed. What SQLite rejects is passed over later."""
    if re.match(r"CREATE\s+(?:UNIQUE\s+)?INDEX\b", _bare(statement), re.IGNORECASE):
        yield "index dropped", ""
    elif re.match(r"CREATE\s+TABLE\b", _bare(statement), re.IGNORECASE):
        start, end = _brackets(statement)
        if not end:
            return
        head, body, tail = statement[: start + 1], statement[start + 1 : end], statement[end:]
        yield "check", f"{head}{body}\n, CONSTRAINT ck_added CHECK (1 = 1)\n{tail}"
        yield "column", f"{head}added TEXT, {body}{tail}"
        yield "column last", f"{head}{body}\n, added INTEGER NOT NULL DEFAULT 7\n{tail}"
        yield (
            "column with a check",
            f"{head}added INT NOT NULL DEFAULT 1 CHECK (added > 0),{body}{tail}",
        )
        looser, count = re.subn(r"(?i)\bNOT\s+NULL\b", "", body, count=1)
        if count:
            yield "not null dropped", f"{head}{looser}{tail}"


def _brackets(statement: str) -> tuple[int, int]:
    """Where the body of a CREATE TABLE begins and ends; zeroes where it has none."""
    depth, start = 0, 0
    for token in _TOKEN.finditer(statement):
        if token.group() == "(":
            start, depth = (token.start() if not depth else start), depth + 1
        elif token.group() == ")":
            depth -= 1
            if not depth:
                return start, token.start()
    return 0, 0


def _case(group: str, name: str, current: str, desired: str) -> Case:
    statements = [*_statements(current)]
    return Case(
        group,
        name,
        _creates(current),
        _creates(desired),
        tuple(one for one in statements if _is_a(one, "INSERT")),
    )


def _creates(text: str) -> str:
    return "".join(one for one in _statements(text) if _is_a(one, "CREATE"))


def _statements(text: str) -> Iterator[str]:
    """What stands between two of them goes with the second."""
    held = ""
    for piece in re.split(r"(?<=;)", text):
        held += piece
        if sqlite3.complete_statement(held):
            yield held
            held = ""
    if _bare(held):
        yield f"{held};"


def _bare(statement: str) -> str:
    """Without what stands before it."""
    return re.sub(r"\A(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/|;)*", "", statement, flags=re.DOTALL)


def _is_a(statement: str, verb: str) -> bool:
    return _bare(statement).upper().startswith(verb)


def _named(statement: str) -> str:
    """A few words of it."""
    words = re.sub(r"(?i)\bIF\s+NOT\s+EXISTS\b", "", _bare(statement)).partition("(")[0].split()
    return " ".join(words[2:4] if words[1].upper() in ("UNIQUE", "TABLE") else words[2:3])


# ---------------------------------------------------------------------------------------- projects


def write_project(folder: Path, case: Case) -> Settings:
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True)
    (folder / "alembic.ini").write_text(_INI.format(database=folder / "none.db"))
    (folder / "migrations" / "env.py").write_text(_environment())
    for template in MIGRATIONS.glob("*.mako"):
        shutil.copy(template, folder / "migrations")
    statements = [one.strip() for one in _statements(case.current)]
    (versions / "base1.py").write_text(_FIRST.format(statements=statements))
    (folder / "current.sql").write_text(case.current)
    (folder / "schema.sql").write_text(case.desired)
    return read_settings(folder / "alembic.ini")


def _environment() -> str:
    """The one of this repository, for a project that has no models."""
    text = (MIGRATIONS / "env.py").read_text()
    text = text.replace("from database_api.tables import metadata\n", "metadata = None\n")
    text = text.replace("if config.config_file_name is not None:", "if False:")
    return text.replace(
        '    connection.execute("PRAGMA foreign_keys = OFF")\n',
        '    on = context.get_x_argument(as_dictionary=True).get("keys", "OFF")\n'
        '    connection.execute(f"PRAGMA foreign_keys = {on}")\n',
    )


@dataclass(frozen=True, slots=True)
class Database:
    """One file, and the project whose history it follows."""

    folder: Path
    name: str
    settings: Settings

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.db"

    def copy(self, name: str) -> Database:
        shutil.copyfile(self.path, self.folder / f"{name}.db")
        return Database(self.folder, name, self.settings)

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def upgrade(self, revision: str, keys: str = "OFF") -> None:
        _moved(partial(command.upgrade, self._config(keys=keys), revision))

    def downgrade(self, revision: str) -> None:
        _moved(partial(command.downgrade, self._config(), revision))

    def script(self, move: Callable[..., None], between: str) -> str:
        written = io.StringIO()
        config = self._config(written)
        _moved(partial(move, config, between, sql=True))
        return written.getvalue()

    def run(self, script: str) -> None:
        with closing(self.connect()) as connection:
            connection.executescript(script)
            if connection.in_transaction:
                raise AssertionError("the script leaves a transaction open")

    def _config(self, written: io.StringIO | None = None, keys: str = "OFF") -> Config:
        said = argparse.Namespace(x=[f"url=sqlite:///{self.path}", f"keys={keys}"])
        file = str(self.folder / "alembic.ini")
        config = Config(file, output_buffer=written or io.StringIO(), cmd_opts=said)
        config.set_main_option("script_location", str(self.folder / "migrations"))
        return config


def _moved(move: Callable[[], None]) -> None:
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            move()
    except IntegrityError as error:
        raise RowsRefused(str(error.orig)) from error
    except CommandError as error:
        if "without a parent" in str(error):
            raise RowsRefused("a row without a parent") from error
        raise


# ------------------------------------------------------------------------------------------- trials


def tried(case: Case, style: Style, keep: Path | None) -> Outcome:
    outcome = Outcome(case, style)
    if wrong := _rejected(case.current) or _rejected(case.desired):
        outcome.verdict, outcome.kind = "skipped", wrong
        return outcome
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        folder = Path(name).resolve() / "project"
        settings = write_project(folder, case)
        if _revised(outcome, settings):
            _run(outcome, settings)
        outcome.warned = [f"{one.category.__name__}: {one.message}" for one in warned]
        if keep and outcome.verdict not in ("same", "held"):
            goal = keep / re.sub(r"\W+", "_", f"{case.name}_{style}")
            shutil.rmtree(goal, ignore_errors=True)
            shutil.copytree(folder, goal)
    return outcome


def _rejected(sql: str) -> str:
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.executescript(sql)
        except sqlite3.Error as error:
            return str(error)
    return ""


def _revised(outcome: Outcome, settings: Settings) -> bool:
    wish = ReviseOptions(
        message="x", style=outcome.style, allow=allowance(["destructive"]), rev_id="next1"
    )
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            written = revise(wish, settings)
    except PlumbError as error:
        outcome.verdict, outcome.kind = "refused", _kind(str(error), outcome.case)
        outcome.failures = [f"exit {error.exit_code}: {error}"]
        return False
    except Exception as error:
        outcome.verdict, outcome.kind = "crashed", _kind(repr(error), outcome.case)
        outcome.failures = [traceback.format_exc()]
        return False
    if not written.files:
        outcome.verdict = "same"
        return False
    ((path, _),) = written.files
    _read_revision(outcome, path.read_text())
    return True


def _read_revision(outcome: Outcome, text: str) -> None:
    outcome.revision = text
    outcome.batches = text.count("op.batch_alter_table(")
    for reason in _REASON.findall(text):
        words = re.sub(r"\n\s*# ", " ", reason)
        outcome.reasons.append(_kind(words, outcome.case))
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        outcome.verdict = "failed"
        outcome.failures.append(f"the revision does not compile: {error}")
        return
    for name in _imported(tree):
        if name.partition(".")[0] not in ("alembic", "sqlalchemy"):
            outcome.verdict = "failed"
            outcome.failures.append(f"the revision imports {name}")


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def _run(outcome: Outcome, settings: Settings) -> None:
    """With rows; and where they are refused, without."""
    for rows in (True, False):
        try:
            failures = [*_trial(outcome.case, settings, rows)]
        except RowsRefused as refused:
            if rows:
                outcome.refused_rows = _kind(str(refused), outcome.case)
                continue
            failures = [f"rows are refused where there are none: {refused}"]
        except Exception:
            failures = [traceback.format_exc()]
        outcome.failures += failures
        break
    if outcome.failures:
        outcome.verdict = "failed"
        outcome.kind = _kind(outcome.failures[0].strip().splitlines()[-1], outcome.case)


def _trial(case: Case, settings: Settings, rows: bool) -> Iterator[str]:
    folder = settings.root
    (folder / "online.db").unlink(missing_ok=True)
    online = Database(folder, "online", settings)
    online.upgrade("base1")
    if rows:
        _filled(online, case)
    first, offline, guarded = (online.copy(name) for name in ("first", "offline", "guarded"))
    online.upgrade("head")
    yield from _measured(online, "schema.sql", "online, up")
    yield from _kept(first, online, "online, up", "@backfill" in case.desired)
    yield from _guarded(first, guarded, online)
    up = online.script(command.upgrade, "base1:head")
    yield from _scripted(offline, up, online, "script, up")
    yield from _measured(offline, "schema.sql", "script, up")
    down = online.script(command.downgrade, "head:base1")
    upgraded = online.copy("upgraded")
    online.downgrade("-1")
    yield from _measured(online, "current.sql", "online, down")
    yield from _kept(upgraded, online, "online, down", "@backfill" in case.desired)
    yield from _scripted(offline, down, online, "script, down")


def _filled(database: Database, case: Case) -> None:
    with closing(database.connect()) as connection:
        for statement in case.rows:
            with suppress(sqlite3.Error):
                connection.execute(statement)
        fill(connection, left_alone=("alembic_version",))
        if connection.in_transaction:
            connection.commit()


def _scripted(database: Database, script: str, online: Database, when: str) -> Iterator[str]:
    """It leaves the same file as the run online."""
    try:
        database.run(script)
    except (sqlite3.Error, AssertionError) as error:
        yield f"{when}: {error}"
        return
    sides = _content(database), _content(online)
    for name in sorted(sides[0].keys() | sides[1].keys()):
        here, there = (side.get(name) for side in sides)
        if here != there:
            yield f"{when}: {name} is not what it is online: {here!r} for {there!r}"


def _guarded(first: Database, guarded: Database, online: Database) -> Iterator[str]:
    """With foreign keys on, it comes to the same or is refused and leaves everything alone."""
    try:
        guarded.upgrade("head", keys="ON")
    except Exception:
        before, after = _content(first), _content(guarded)
        if before != after:
            lost = [name for name in before if before[name] != after.get(name)]
            yield f"refused with foreign keys on, and yet changed: {lost}"
        return
    same, other = _content(online), _content(guarded)
    changed = [name for name in same.keys() | other if same.get(name) != other.get(name)]
    if changed:
        yield f"with foreign keys on it comes to something else: {changed}"


def _measured(database: Database, file: str, when: str) -> Iterator[str]:
    """Against a file of the project."""
    source = database.folder / file
    options = DiffOptions(
        settings=database.settings, current=f"sqlite:///{database.path}", desired=str(source)
    )
    found = compare(options)
    for change in found.changes:
        yield f"{when}: {change.verb} {change.ref.kind} {change.ref} is left to differ from {file}"
    with closing(database.connect()) as connection:
        yield from (f"{when}: {wrong}" for wrong in _unsound(connection))
        wanted = sqlite3.connect(":memory:")
        wanted.executescript(source.read_text())
        sides = _facts(connection), _facts(wanted)
        wanted.close()
    for name in sorted(sides[0].keys() | sides[1].keys()):
        here, there = (side.get(name, set()) for side in sides)
        if here != there:
            yield f"{when}: by its pragmas {name} is {here - there} and not {there - here}"


def _unsound(connection: sqlite3.Connection) -> Iterator[str]:
    for (said,) in connection.execute("PRAGMA integrity_check"):
        if said != "ok":
            yield f"integrity_check: {said}"
    with suppress(sqlite3.OperationalError):  # a reference that fits nothing
        for row in connection.execute("PRAGMA foreign_key_check"):
            yield f"foreign_key_check: {row}"
    for name, sql in connection.execute("SELECT name, sql FROM sqlite_master"):
        if name.startswith(_OURS) or "_alembic_tmp_" in (sql or ""):
            yield f"{name} is left behind"


Facts = dict[str, set[tuple[object, ...]]]


def _facts(connection: sqlite3.Connection) -> Facts:
    """What SQLite itself says of each table; the words of a default as far as they are simple."""
    found: Facts = {}
    for name, kind in _tables(connection):
        columns = _columns(connection, name)
        facts: set[tuple[object, ...]] = {("is a", kind)}
        for _, column, type_, not_null, default, key, hidden in columns:
            facts.add((column.lower(), _plain(type_), not_null, _plain(default), key, hidden))
        keys = connection.execute("SELECT * FROM pragma_foreign_key_list(?)", [name])
        parts = [tuple(str(one).lower() for one in key[2:]) for key in keys]
        facts |= {("references", part, count) for part, count in Counter(parts).items()}
        facts |= {*_indexes(connection, name)}
        found[name.lower()] = facts
    return found


def _columns(connection: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    """None of a view that calls what this SQLite does not have."""
    try:
        return connection.execute("SELECT * FROM pragma_table_xinfo(?)", [table]).fetchall()
    except sqlite3.OperationalError:
        return []


def _indexes(connection: sqlite3.Connection, table: str) -> Iterator[tuple[object, ...]]:
    listed = connection.execute("SELECT * FROM pragma_index_list(?)", [table]).fetchall()
    for _, name, unique, origin, partial_ in listed:
        parts = connection.execute("SELECT * FROM pragma_index_xinfo(?)", [name]).fetchall()
        said = tuple(
            (str(column).lower(), down, str(collation).lower())
            for _, _, column, down, collation, in_key in parts
            if in_key
        )
        yield (name.lower() if origin == "c" else origin, unique, partial_, said)


def _plain(default: str | None) -> str | None:
    """Without brackets around it, or spaces, or case."""
    if default is None:
        return None
    text = "".join(default.split()).lower()
    while text.startswith("(") and _brackets(text)[1] == len(text) - 1:
        text = text[1:-1]
    return text


def _tables(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    listed = connection.execute("PRAGMA main.table_list").fetchall()
    found = ((row[1], f"{row[2]} {row[4]} {row[5]}") for row in listed)
    return sorted(one for one in found if not one[0].startswith(_SYSTEM))


def _content(database: Database) -> dict[str, object]:
    """The stored text of everything, without its layout, and every row."""
    with closing(database.connect()) as connection:
        found: dict[str, object] = {
            f"{kind} {name}": _unordered(sql or "")
            for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master")
        }
        for name, kind in _tables(connection):
            if kind.startswith("table"):
                found[f"rows of {name}"] = _rows(connection, name, ["*"])
        if "table sqlite_sequence" in found:
            counts = connection.execute(
                "SELECT name, seq FROM sqlite_sequence WHERE seq"
            ).fetchall()
            found["counts"] = sorted(counts)
    return found


def _unordered(sql: str) -> list[str]:
    """Without its layout; batch mode writes the rules of a table in any order."""
    start, end = _brackets(sql)
    pieces, depth = [""], 0
    for token in _TOKEN.finditer(sql, start + 1, end):
        depth += (token.group() == "(") - (token.group() == ")")
        if token.group() == "," and not depth:
            pieces.append("")
        else:
            pieces[-1] += token.group()
    said = [sql[:start], *sorted(pieces), sql[end:]] if end else [sql]
    return sorted(" ".join(one.split()) for one in said)


def _rows(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], numbered: bool = True
) -> list[str]:
    """With their rowids, if they have any and they count."""
    listed = ", ".join(one if one == "*" else _quoted(one) for one in columns)
    for rowid in ("rowid, ", "") if numbered else ("",):
        with suppress(sqlite3.OperationalError):
            query = f"SELECT {rowid}{listed} FROM {_quoted(table)}"
            return sorted(map(repr, connection.execute(query)))
    return ["unreadable"]


def _kept(first: Database, then: Database, when: str, backfilled: bool) -> Iterator[str]:
    """Rows of the columns that both have, unless the key itself is another."""
    with closing(first.connect()) as one, closing(then.connect()) as other:
        former, latter = _shapes(one), _shapes(other)
        for name in former.keys() & latter.keys():
            columns = [column for column in former[name] if column in latter[name]]
            keys = [{c for c in side[name] if c[2]} for side in (former, latter)]
            if backfilled or keys[0] != keys[1] or not columns:
                continue
            names = [column for column, _, _ in columns]
            numbered = _has_rowid(one, name) and _has_rowid(other, name)
            sides = [_rows(side, name, names, numbered) for side in (one, other)]
            if sides[0] != sides[1]:
                yield f"{when}: rows of {name} were {sides[0][:3]} and are {sides[1][:3]}"


def _has_rowid(connection: sqlite3.Connection, table: str) -> bool:
    query = "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND lower(name) = ?"
    return bool(connection.execute(query, [table]).fetchone() == (0,))


def _shapes(connection: sqlite3.Connection) -> dict[str, list[tuple[str, str, int]]]:
    found = {}
    for name, kind in _tables(connection):
        if kind.startswith("table"):
            listed = _columns(connection, name)
            found[name.lower()] = [
                (row[1].lower(), row[2].lower(), row[5]) for row in listed if not row[6]
            ]
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _kind(message: str, case: Case) -> str:
    """The message without the names of this case."""
    line = message.partition("\n")[0]
    line = re.sub(r"'[^']*'|\"[^\"]*\"|schema\.sql:\d+(:\d+)?:?", "~", line)
    line = re.sub(r"(?:\.\./)*\S*/", "", line)
    known = {word.lower() for word in _names(case.current) | _names(case.desired)} - _WORDS
    said = re.sub(r"\w+", lambda w: "~" if w.group().lower() in known else w.group(), line)
    return re.sub(r"~(?:[.( ,]*~\)?)+", "~", re.sub(r"\d+", "N", said))[:200]


def _names(sql: str) -> set[str]:
    with closing(sqlite3.connect(":memory:")) as connection:
        with suppress(sqlite3.Error):
            connection.executescript(sql)
        tables = [name for name, _ in _tables(connection)]
        indexes = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        columns = {row[1] for name in tables for row in _columns(connection, name)}
    return {*tables, *indexes, *columns, *re.findall(r"(?i)CONSTRAINT\s+\W?(\w+)", sql)}


# ------------------------------------------------------------------------------------------- report


def ruffled(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """What ruff says of the revisions."""
    with tempfile.TemporaryDirectory() as name:
        written = {}
        for number, one in enumerate(outcomes):
            if one.revision:
                path = Path(name) / f"r{number}.py"
                path.write_text(one.revision)
                written[path.name] = f"{one.case.name} [{one.style}]"
        for options in (("format", "--check"), ("check", "--select", "F,E9")):
            for line in _ruff(*options, folder=Path(name)):
                yield re.sub(r"r\d+\.py", lambda m: f"{written[m.group()]} {m.group()}", line)


def _ruff(*options: str, folder: Path) -> list[str]:
    extra = ("--output-format", "concise") if options[0] == "check" else ()
    ruff = str(Path(sys.executable).with_name("ruff"))
    arguments = [ruff, *options, *extra, "--isolated", "--no-cache", "."]
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)
    if not done.returncode:
        return []
    return [line for line in done.stdout.splitlines() if re.search(r"r\d+\.py", line)] or [
        done.stderr
    ]


def print_table(outcomes: Sequence[Outcome]) -> None:
    counted = Counter((one.case.group, one.style, one.verdict) for one in outcomes)
    rows = Counter((one.case.group, one.style) for one in outcomes if one.refused_rows)
    groups = dict.fromkeys((one.case.group, one.style) for one in outcomes)
    print(f"| cases | style | {' | '.join(VERDICTS)} | rows refused first |")
    print(f"| --- | --- | {'---: | ' * (len(VERDICTS) + 1)}")
    for group, style in groups:
        numbers = [counted[group, style, verdict] for verdict in VERDICTS]
        print(f"| {group} | {style} | {' | '.join(map(str, numbers))} | {rows[group, style]} |")


def print_kinds(outcomes: Sequence[Outcome]) -> None:
    for verdict in ("refused", "crashed", "failed", "skipped"):
        _print_counted(verdict, [(o.kind, o) for o in outcomes if o.verdict == verdict])
    _print_counted("rows refused", [(o.refused_rows, o) for o in outcomes if o.refused_rows])
    _print_counted("warned", [(_kind(one, o.case), o) for o in outcomes for one in o.warned])
    batches = sum(one.batches for one in outcomes if one.style == "batch")
    print(f"\nrebuilds in the words of batch mode: {batches}")
    _print_counted("as SQL, for", [(why, o) for o in outcomes for why in o.reasons])


def _print_counted(title: str, found: Sequence[tuple[str, Outcome]]) -> None:
    """Each kind, and the first case that is of it."""
    first = {kind: one.case.name for kind, one in reversed(found)}
    for kind, count in Counter(kind for kind, _ in found).most_common():
        print(f"{title}: {count} x {kind}  [{first[kind]}]")


def print_failures(outcomes: Sequence[Outcome], lines: int) -> None:
    for one in outcomes:
        if one.verdict in ("refused", "crashed", "failed"):
            print(f"\n{one.verdict}  {one.case.name} [{one.style}]")
            for failure in one.failures[:lines]:
                shown = failure if one.verdict == "refused" else failure[-OPEN_WORDS:]
                print(f"    {shown.strip()[:OPEN_WORDS]}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--only", default="", help="cases with this in their names")
    parser.add_argument("--style", choices=STYLES)
    parser.add_argument("--stride", type=int, default=1, help="every Nth case")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--lines", type=int, default=4, help="of each failure")
    parser.add_argument("--keep", type=Path, help="a folder for the projects that fail")
    return parser.parse_args()


def main() -> None:
    arguments = _arguments()
    found = [one for folder in arguments.folders for one in cases(folder, arguments.stride)]
    chosen = [one for one in found if arguments.only in one.name]
    styles = (arguments.style,) if arguments.style else STYLES
    work = [(case, style, arguments.keep) for case in chosen for style in styles]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        outcomes = list(pool.map(tried, *zip(*work, strict=True))) if work else []
    unruly = [*ruffled(outcomes)]
    print_failures(outcomes, arguments.lines)
    print()
    for line in unruly:
        print(f"ruff: {line}")
    print_kinds(outcomes)
    print()
    print_table(outcomes)
    bad = [one for one in outcomes if one.verdict in ("crashed", "failed")]
    raise SystemExit(1 if bad or unruly else 0)


if __name__ == "__main__":
    main()
