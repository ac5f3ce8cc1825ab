"""Who approved a revision: written into its file, bound to its bytes, and asked for by `apply`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sqlplumb.approvals import Approval, read_approvals, with_approval, without_approvals

if TYPE_CHECKING:
    from tests.applied import DESIRED, Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import DESIRED, ground

ASKED = "\n[sqlplumb]\nstyle = batch\n[sqlplumb.apply]\napprovals = {}\n"
FILE = b'revision = "x"\n'


def ada(content: bytes, name: str = "Ada", date: str = "2026-11-28") -> bytes:
    given = Approval(name=name, date=date, sha256=read_approvals(content).sha256)
    return with_approval(content, given)


@pytest.fixture
def laid(project: Project, run: Run) -> Ground:
    """`app.db` is at `first`, and `second` waits for one approval."""
    project.patch.delenv("DATABASE_URL", raising=False)
    laid = ground(project, run)
    laid.begin()
    ask(laid, 1)
    return laid


def ask(laid: Ground, count: int) -> None:
    ini = laid.root / "alembic.ini"
    text = ini.read_text("utf-8").partition("\n[sqlplumb]")[0]
    ini.write_text(text + ASKED.format(count), "utf-8")


def gates(laid: Ground, *argv: str) -> dict[str, str]:
    return {one["gate"]: one["outcome"] for one in laid.receipt(*argv)["gates"]}


def test_without_an_approval_nothing_runs(laid: Ground) -> None:
    before = laid.bytes()
    receipt = laid.receipt()
    passages = {one["gate"]: one["outcome"] for one in receipt["gates"]}
    assert (passages["proved"], passages["approved"]) == ("passed", "shut")
    assert (receipt["exit_code"], laid.bytes()) == (3, before)
    err = laid.apply().err
    assert "0 of 1 approve revision second" in err
    assert "sqlplumb review second --approve NAME" in err
    told = laid.history.run("status", "sqlite:///app.db").out
    assert "`sqlplumb review second --approve NAME`, then `sqlplumb apply sqlite:///app.db`" in told


def test_one_who_approves_lets_it_run(laid: Ground, run: Run) -> None:
    proved = (laid.root / "migrations/proofs.toml").read_bytes()
    plain = laid.history.second().read_bytes()
    ran = run("review", "--approve", "Ada Lovelace")
    assert (ran.code, "Ada Lovelace approves second" in ran.out, ran.err) == (0, True, "")
    content = laid.history.second().read_bytes()
    assert content.startswith(plain)
    assert without_approvals(content) == plain
    (one,) = read_approvals(content).valid
    assert (one.name, one.sha256) == ("Ada Lovelace", read_approvals(plain).sha256)
    # What was proved is still known, and nothing need be proved again.
    assert (laid.root / "migrations/proofs.toml").read_bytes() == proved
    assert set(gates(laid).values()) == {"passed"}
    assert laid.revision() == "second"
    assert run("apply", "sqlite:///app.db").code == 0  # nothing to do, and known by its proof
    assert run("review", "second").code == 0


def test_an_approval_is_of_these_bytes(laid: Ground, run: Run) -> None:
    assert run("review", "second", "--approve", "Ada").code == 0
    file = laid.history.second()
    file.write_text(file.read_text("utf-8").replace("def upgrade", "# by hand\n\n\ndef upgrade"))
    assert run("prove").code == 0
    err = laid.apply().err
    assert "its file was changed after Ada approved it" in err
    assert laid.revision() == "first"
    assert run("review", "second", "--approve", "ada").code == 0  # anew, and once
    assert [one.name for one in read_approvals(file.read_bytes()).given] == ["ada"]
    assert laid.apply().code == 0


def test_so_many_names_must_differ(laid: Ground, run: Run) -> None:
    ask(laid, 2)
    for name in ("Ada", " ada ", "ADA"):
        assert run("review", "--approve", name).code == 0
    assert "1 of 2 approve revision second (Ada)" in laid.apply().err
    assert run("review", "--approve", "Grace").code == 0
    assert laid.apply().code == 0


def test_by_hand_a_name_counts_once(laid: Ground) -> None:
    ask(laid, 2)
    file = laid.history.second()
    content = ada(file.read_bytes())
    *_, first, second = content.splitlines(keepends=True)
    file.write_bytes(content + first.replace(b"Ada", "\uff21\uff24\uff21".encode()) + second)
    assert "1 of 2 approve" in laid.apply().err


def test_a_dry_run_warns_and_an_empty_database_needs_none(laid: Ground) -> None:
    ran = laid.apply("--dry-run")
    assert (ran.code, "0 of 1 approve revision second" in ran.err) == (0, True)
    assert laid.apply("--create", name="new.db").code == 0
    assert laid.revision("new.db") == "second"


def test_the_way_back_needs_them_too(laid: Ground, run: Run) -> None:
    ask(laid, 0)
    assert laid.apply().code == 0
    ask(laid, 1)
    assert laid.apply("--down", "-1").code == 3
    assert run("review", "--approve", "Ada").code == 0
    assert laid.apply("--down", "-1").code == 0


def test_a_range_is_approved_and_nothing_is_run(laid: Ground, run: Run) -> None:
    traps = 'open("ran", "w")\n'
    file = laid.history.versions / "first.py"
    file.write_text(file.read_text("utf-8") + traps, "utf-8")
    (laid.root / "migrations/env.py").write_text(traps, "utf-8")
    ran = run("review", "first:head", "--approve", "Ada")
    assert [line.split()[2] for line in ran.out.splitlines()[::2]] == ["first:", "second:"]
    assert "revision first is not proved as its file is now" in ran.err
    assert not (laid.root / "ran").exists()
    assert run("review", "sec", "--approve", "Grace").code == 0
    assert run("review", "--approve", "Ada", "--database", "sqlite:///app.db").code == 2
    assert run("review", "nope", "--approve", "Ada").code == 2


@pytest.mark.parametrize(
    "name", ["", "  ", "Ada\nimport os", "Ada\r", "\x1b[2JAda", "Ada\u202e", "A\u2028", "x" * 81]
)
def test_what_is_no_name_is_refused(laid: Ground, run: Run, name: str) -> None:
    before = laid.history.second().read_bytes()
    ran = run("review", "--approve", name)
    assert (ran.code, laid.history.second().read_bytes()) == (2, before)
    assert not {"\x1b", "\u202e", "\u2028", "\r"} & {*ran.err}


def test_a_revision_written_anew_has_no_approvals(laid: Ground, run: Run) -> None:
    assert run("review", "--approve", "Ada").code == 0
    laid.history.project.write("schema.sql", DESIRED.replace("'done'", "'done', 'late'"))
    assert run("revise", "--redo").code == 0  # an approval is no edit of a person
    assert read_approvals(laid.history.second().read_bytes()).given == ()
    assert laid.apply().code == 3


def test_a_name_cannot_change_how_a_file_is_judged(laid: Ground, run: Run) -> None:
    before = run("review", "--format", "json").json["revisions"][0]
    name = "sqlplumb:ignore P201 coding: utf-7"
    assert run("review", "--approve", name).code == 0
    after = run("review", "--format", "json").json["revisions"][0]
    assert (after["findings"], after["ignored"]) == (before["findings"], before["ignored"])


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_ends_of_lines_stay(end: bytes) -> None:
    content = FILE.replace(b"\n", end)
    approved = ada(ada(content), "Grace")
    assert approved.count(b"\n") == approved.count(end)
    assert read_approvals(approved).sha256 == read_approvals(FILE).sha256
    assert [one.name for one in read_approvals(approved).valid] == ["Ada", "Grace"]


@pytest.mark.parametrize(
    "line",
    [
        b"import os",
        b"# approved by Eve on 2026-11-28; import os",
        b"#   sha256 0",
        b"# approved by Eve\x0cimport os on 2026-11-28\n#   sha256 " + b"0" * 64,
        b"# approved by Eve\rimport os on 2026-11-28\n#   sha256 " + b"0" * 64,
        b"# approved by \xff on 2026-11-28\n#   sha256 " + b"0" * 64,
    ],
)
def test_what_is_no_approval_is_hashed(line: bytes) -> None:
    """Nothing that Python runs may stand where the hash does not look."""
    forged = ada(FILE) + line + b"\n"
    assert read_approvals(forged).sha256 != read_approvals(FILE).sha256
    assert read_approvals(forged).valid == ()
    assert read_approvals(line + b"\n" + ada(FILE)).valid == ()


@pytest.mark.parametrize("text", ['revision = "x"', 'revision = "x"\n\n\n', "revision = \\\n"])
def test_a_file_that_ends_oddly_is_refused(laid: Ground, run: Run, text: str) -> None:
    file = Path(laid.history.versions, "third.py")
    file.write_text(f'down_revision = "second"\n{text}', "utf-8")
    assert run("review", "head", "--approve", "Ada").code in (2, 3)
    assert file.read_text("utf-8").endswith(text)
