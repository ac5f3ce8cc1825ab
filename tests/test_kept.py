"""What was proved stands in a file of its own, line by line, and goes when it fails."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.applied import Ground, ground
    from tests.conftest import Project, Run
else:
    from applied import Ground, ground


@pytest.fixture
def laid(project: Project, run: Run) -> Ground:
    made = ground(project, run)
    made.begin()
    return made


def proofs(ground: Ground) -> Path:
    return ground.root / "migrations" / "proofs.toml"


def names(ground: Ground) -> list[str]:
    lines = proofs(ground).read_text("utf-8").splitlines()
    return [line.split('"')[1] for line in lines if line.startswith('"')]


def test_the_same_proofs_are_the_same_bytes(laid: Ground) -> None:
    assert names(laid) == ["first", "second"]
    written, when = proofs(laid).read_bytes(), proofs(laid).stat().st_mtime_ns
    assert laid.history.run("prove").code == 0
    assert (proofs(laid).read_bytes(), proofs(laid).stat().st_mtime_ns) == (written, when)
    proofs(laid).unlink()
    assert laid.history.run("prove").code == 0
    # Who wrote the bytes of a revision, only `revise` knows: without the ledger, nobody does.
    assert proofs(laid).read_bytes() == written.replace(b', by = "revise"', b"")


def test_one_revision_alone(laid: Ground) -> None:
    proofs(laid).unlink()
    assert laid.history.run("prove", "second").code == 0
    assert names(laid) == ["second"]


def test_what_fails_is_not_kept(laid: Ground) -> None:
    second = laid.history.second()
    idle = "def upgrade():\n    pass\n\n\ndef other()"
    second.write_text(second.read_text("utf-8").replace("def upgrade()", idle), "utf-8")
    assert laid.history.run("prove").code == 1
    assert names(laid) == ["first"]


def test_what_is_gone_is_not_kept(laid: Ground) -> None:
    laid.history.second().unlink()
    laid.history.run("prove")
    assert "second" not in names(laid)


def test_a_merge_that_nobody_finished(laid: Ground) -> None:
    before = laid.bytes()
    proofs(laid).write_text("<<<<<<< ours\n" + proofs(laid).read_text("utf-8"), "utf-8")
    done = laid.apply()
    assert (done.code, laid.bytes(), laid.left()) == (2, before, [])
    assert "proofs.toml" in done.err
