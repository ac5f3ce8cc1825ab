"""Every check this project makes of itself, each one word: `nox`, or `nox -s drift`.

The same sessions run on a person's machine and in CI.
"""

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import nox

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False  # a Python that is not here is told, not failed
nox.options.sessions = ["lint", "types", "floors", "drift", "findings", "prove", "tests"]
nox.options.sessions += ["sqlglots", "alembics", "docs", "tour"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"  # the Python that runs nox
if shutil.which("pyenv") and "PYENV_VERSION" not in os.environ:  # it offers those that are named
    listed = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True)
    wanted = tuple(f"{python}." for python in PYTHONS)
    found = [one for one in listed.stdout.split() if one.startswith(wanted)]
    os.environ["PYENV_VERSION"] = ":".join(found)
# What can differ between two Pythons: how they import, parse, format, start and end. What asks a
# database, a browser or a disk gets the same answer under each of them.
ELSEWHERE = """
    alembic_features apply_faults column_types command core_spellings editor env_file fleet history
    init layouts lint_command log logger lsp metadata models_imported names plugin process prove_env
    pytest_plugin python queries redo settings startup status uncreatable values versions
""".split()


def _needs(session: nox.Session, *groups: str) -> None:
    """This project as its users install it, and the tools of these dependency groups."""
    session.install("-e", ".", *nox.project.dependency_groups(PYPROJECT, *groups))


@nox.session(python=sorted({*PYTHONS, OWN}))
def tests(session: nox.Session) -> None:
    """The whole suite on the Python that runs nox; on the others what can differ between them."""
    _needs(session, "test", "floors")
    few = [f"tests/test_{name}.py" for name in ELSEWHERE] + ["tests/layer", "tests/service"]
    named = [] if session.python == OWN else few
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *named, *session.posargs)


@nox.session
@nox.parametrize("version", ["sqlglot==29.0.1", "sqlglot[c]==30.*"], ids=["oldest", "compiled"])
def sqlglots(session: nox.Session, version: str) -> None:
    """What is asked of sqlglot, with the oldest that is allowed and the newest, compiled."""
    _needs(session, "test")
    session.install(version)
    session.run("pytest", "tests/test_relation.py", "tests/test_core_spellings.py")


ALEMBICS = {
    "oldest": ("alembic==1.13.0", "sqlalchemy==2.0.0"),
    "plugins": ("alembic==1.18.0", "sqlalchemy==2.0.0"),  # the newest are those of `tests`
}


@nox.session(python=PYTHONS[0])  # which runs every SQLAlchemy that is allowed
@nox.parametrize("which", list(ALEMBICS), ids=list(ALEMBICS))
def alembics(session: nox.Session, which: str) -> None:
    """What is asked of Alembic and SQLAlchemy, with the oldest that are allowed."""
    _needs(session, "test")
    session.install("--upgrade", *ALEMBICS[which])
    files = "versions history env_file metadata revisions prove_env".split()
    files += ["plugin"] if which != "oldest" else []
    session.run("pytest", "-n", "auto", *(f"tests/test_{name}.py" for name in files))


@nox.session
def postgres(session: nox.Session) -> None:
    """What is asked of PostgreSQL: of the machine's version and the extra's, or of those that
    SQLPLUMB_MAJORS names."""
    _needs(session, "test")
    names = sorted(path.name for path in Path("tests").glob("test_postgres*.py"))
    session.run("pytest", *(f"tests/{name}" for name in names), *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """ruff: style and format."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict."""
    _needs(session, "types")
    session.run("mypy", "tools", "tests", "bench", "migrations", "examples")


@nox.session
def floors(session: nox.Session) -> None:
    """import-linter: an import only ever points down."""
    _needs(session, "floors")
    session.run("lint-imports", "--no-cache")


@nox.session
def drift(session: nox.Session) -> None:
    """sqlplumb on itself: models and history against schema.sql, and is the module stale?"""
    session.install(".")  # as its users do: what the wheel forgot shows here
    session.run("sqlplumb", "check", *session.posargs)
    session.run("sqlplumb", "tables", "--check")


@nox.session
def rules(session: nox.Session) -> None:
    """Writes docs/rules anew from the rules themselves; a test holds the two together."""
    _needs(session)
    session.run("python", "docs/write_rules.py")


@nox.session
def outputs(session: nox.Session) -> None:
    """Writes docs/reference/outputs.md anew by running the commands; a test holds it."""
    session.install("-e", ".[draw,lsp]")
    session.run("python", "docs/write_outputs.py")


@nox.session
def docs(session: nox.Session) -> None:
    """The site, into site/, with no link that leads nowhere; then its pages, run with the wheel."""
    session.install(".", "pytest>=8.4", *nox.project.dependency_groups(PYPROJECT, "docs"))
    session.run("sphinx-build", "-q", "-W", "--keep-going", "-b", "html", "docs", "site")
    session.run("pytest", "--noconftest", "tests/test_site.py", *session.posargs)


@nox.session(python="3.13")  # what the Python that runs nox shows of it, `docs` has seen
def tour(session: nox.Session) -> None:
    """The tour once more, with the wheel in an empty folder, on a newer Python."""
    session.install(".", "pytest>=8.4")
    session.run("pytest", "--noconftest", "tests/test_site.py", "-k", "tour", *session.posargs)


@nox.session
def release(session: nox.Session) -> None:
    """Into dist/, checked and signed off in SHA256SUMS: all that is left to do is to upload it."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "release"))
    dist = Path("dist")
    shutil.rmtree(dist, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", "dist")  # the wheel, from the sdist
    # Its schema and its history lie outside of its folder, which no sdist can hold.
    session.run("python", "-m", "build", "--wheel", "--outdir", "dist", "tools/database_api")
    files = sorted(dist.iterdir())
    session.run("twine", "check", "--strict", *map(str, files))
    wheels = [str(file) for file in files if file.suffix == ".whl"]
    # A template of each style is a file, whatever it holds; a revision is no module of anybody.
    session.run("check-wheel-contents", "--ignore", "W002,W004", *wheels)
    session.install("--force-reinstall", *wheels)
    session.run("sqlplumb", "check")  # as whoever installs them does
    session.run("python", "-I", "-c", "import database_api.head, sqlplumb.cli")
    sums = [f"{sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (dist / "SHA256SUMS").write_text("".join(sums))
    session.log(f"{len(files)} files in dist/: `twine upload dist/*.whl dist/*.tar.gz`")


@nox.session
def findings(session: nox.Session) -> None:
    """sqlplumb on itself: the rules against our own schema and history."""
    session.install(".")
    session.run("sqlplumb", "lint", *session.posargs)
    session.run("sqlplumb", "lint", "base:heads", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Side by side with Alembic: the tables of docs/guide/speed.md. `-- --large` for 10,000."""
    _needs(session)
    session.run("python", "bench/check.py", *session.posargs)
    session.run("python", "bench/rebuild.py")
    session.run("python", "bench/history.py")
    session.run("python", "bench/revise.py")
    session.run("python", "bench/review.py")
    session.run("python", "bench/apply.py")
    session.run("python", "bench/postgres.py", *session.posargs)


@nox.session
def prove(session: nox.Session) -> None:
    """sqlplumb on itself: every revision with rows, and the history's end against schema.sql."""
    session.install(".")
    session.run("sqlplumb", "prove", *session.posargs)


@nox.session
def nightly(session: nox.Session) -> None:
    """Properties over ten thousand pairs of schemas; hundreds of kills and starts; a fleet."""
    _needs(session, "test", "floors")
    session.env["SQLPLUMB_CLOCK"] = "held"  # durations count here, and nowhere else
    session.env["SQLPLUMB_PAIRS"] = "20000"
    session.env["SQLPLUMB_RELATIONS"] = "24000"
    files = ("tests/test_properties.py", "tests/test_relation.py")
    session.run("pytest", *files, *session.posargs)
    session.env["SQLPLUMB_EXAMPLES"] = "10000"
    session.env["SQLPLUMB_CLIENTS"] = "all"
    session.env["SQLPLUMB_ROADS"] = "all"  # a file of each of three systems
    files = ("tests/test_plans.py", "tests/test_revised.py", "tests/test_clients.py")
    session.run("pytest", *files, *session.posargs)
    session.env.update({"SQLPLUMB_KILLS": "400", "SQLPLUMB_FLEET": "1000"})
    session.run("pytest", "tests/test_apply_killed.py", "tests/test_fleet.py", *session.posargs)
    session.env["SQLPLUMB_EXAMPLES"] = "1000"
    names = ["tests/test_postgres_pairs.py"]
    if "SQLPLUMB_PROGRAMS" in os.environ:  # folders of those of 16 and 17
        session.env["SQLPLUMB_MAJORS"] = "15 16 17 18"
        names = sorted(str(path) for path in Path("tests").glob("test_postgres*.py"))
    session.run("pytest", *names, *session.posargs)
    session.env["SQLPLUMB_LOCKED_ROWS"] = "200000"
    session.run("pytest", "tests/test_postgres_locks.py", *session.posargs)
    session.env["SQLPLUMB_FAULTS"] = "100000"  # every write and every flush
    session.env["SQLPLUMB_LOOKS"] = "2000"  # while another process writes
    files = ("tests/test_apply_journal.py", "tests/test_apply_faults.py", "tests/test_live.py")
    files += ("tests/test_limits.py", "tests/test_restore.py", "tests/test_rows.py")
    session.run("pytest", *files, *session.posargs)
