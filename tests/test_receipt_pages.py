"""Receipts and adoptions as pages: what they say, and that what they show is text."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import cmarkgfm  # type: ignore[import-untyped]
import pytest
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]
from tests.adopted import FIRST, SECOND, Wild
from tests.applied import Ground
from tests.conftest import Project, Run
from tests.histories import History

from sqlplumb.errors import Problem, Refused
from sqlplumb.receipts import Adoption, Done, Passage, Receipt, State, Touched
from sqlplumb.render.receipt_pages import PageFormat, adoption_page, receipts_page

HARM = "<b class=harm>&amp;\"'</b> *x* @who\n# no"


@pytest.fixture
def ground(project: Project, run: Run) -> Ground:
    ground = Ground(History(project, run))
    ground.begin()
    return ground


def test_a_receipt_is_a_page(ground: Ground) -> None:
    run = ground.history.run
    done = run("apply", "sqlite:///app.db", "--format", "md")
    assert done.code == 0, done.err
    assert done.out.startswith("### Applied: 1 revision applied, it is at second; locked for ")
    assert "- Was at: first\n- Is at: second\n" in done.out
    assert "  - tasks: 50 rows, then 50 rows\n" in done.out
    assert "- **passed** known: first\n" in done.out
    assert re.search(r"^- Backup: .*\.backup, [0-9,]+ bytes$", done.out, re.MULTILINE)
    (receipt,) = ground.root.glob("*.receipt.json")
    assert f"```sh\nsqlplumb restore {receipt}\n```" in done.out
    done = run("apply", "sqlite:///app.db", "--format", "html")
    assert "<title>Nothing to do: sqlite:///app.db</title>" in done.out
    assert '<header class="verdict safe">' in done.out


def test_a_dry_run_is_a_page_with_its_statements(ground: Ground) -> None:
    run = ground.history.run
    done = run("apply", "sqlite:///app.db", "--dry-run", "--format", "html")
    assert '<h2 id="d1-revisions">1 revision would run</h2>' in done.out
    assert "INSERT INTO _alembic_tmp_tasks" in done.out
    assert "<b>50 rows</b>" in done.out
    assert "d1-ways" not in done.out
    assert "```sql\n" in run("apply", "sqlite:///app.db", "--dry-run", "--format", "md").out


def test_a_fleet_is_one_page(ground: Ground) -> None:
    shutil.copy(ground.database, ground.root / "b.db")
    ground.history.execute("ALTER TABLE users ADD COLUMN extra TEXT", "b.db")
    urls = ["sqlite:///app.db", "sqlite:///b.db"]
    done = ground.history.run("apply", *urls, "--format", "html", "--dry-run")
    assert done.code == 3
    assert "2 databases: 1 rehearsed, 1 refused" in done.out
    assert '<header class="verdict stop">' in done.out
    assert '<a href="#d2"><span class="badge stop">Refused</span> <b>sqlite:///b.db</b>' in done.out
    assert "users: column extra is not in history@first" in done.out
    assert "b.db: it is not what revision first makes" in done.err


def test_an_adoption_is_a_page(project: Project, run: Run) -> None:
    wild = Wild(History(project, run))
    wild.begin(FIRST, SECOND)
    project.database(FIRST.replace("notes TEXT", "notes TEXT, more INTEGER"))
    done = run("adopt", "sqlite:///app.db", "--format", "md")
    assert done.code == 3
    assert done.out.startswith("### Not adopted: nothing was changed\n")
    assert "- tasks: column more is not in " in done.out
    assert "```diff\n- more INTEGER\n```" in done.out
    assert "#### What leads there" in done.out
    assert "--revise\n```" in done.out
    argv = ("--as", "first", "--revise", "--allow", "destructive")
    done = run("adopt", "sqlite:///app.db", *argv, "--format", "html")
    assert done.code == 0, done.err
    assert '<span class="word">Written<span' in done.out
    assert "--through" in done.out
    (bridge,) = (project.root / "migrations" / "bridges").rglob("*.py")
    done = run(
        *("adopt", "sqlite:///app.db", "--through", str(bridge)),
        *("--allow", "destructive", "--format", "md"),
    )
    assert done.code == 0, done.err
    assert done.out.startswith("### Applied: 1 revision applied, it is at first")


def test_a_project_s_own_page_is_around_it(ground: Ground) -> None:
    ground.history.project.write("pyproject.toml", '[tool.sqlplumb.review]\ntemplates = "mine"\n')
    footer = "{% block footer %}<footer>Ours</footer>{% endblock %}"
    ground.history.project.write("mine/page.html", '{% extends "sqlplumb/page.html" %}' + footer)
    done = ground.history.run("apply", "sqlite:///app.db", "--dry-run", "--format", "html")
    assert done.out.count("<footer>Ours</footer>") == 1


def test_a_mistake_in_a_template_hides_nothing_that_was_done(ground: Ground) -> None:
    run = ground.history.run
    ground.history.project.write("pyproject.toml", '[tool.sqlplumb.review]\ntemplates = "mine"\n')
    done = run("apply", "sqlite:///app.db", "--format", "md")
    assert (done.code, ground.revision()) == (2, "first")
    ground.history.project.write("mine/receipt.md", "{{ nobody }}")
    done = run("apply", "sqlite:///app.db", "--format", "md")
    assert (done.code, ground.revision()) == (2, "second")
    assert "mine/receipt.md:1: the template cannot be rendered: 'nobody'" in done.err
    assert done.out.startswith("### Applied: 1 revision applied, it is at second")
    assert run("apply", "sqlite:///app.db").code == 0


def hostile_receipt() -> Receipt:
    statement = Touched(statement=f"SELECT {HARM}", words=HARM, rows=3)
    dry = Done(revision=HARM, message=HARM, statements=(statement,))
    ran = Done(revision=HARM, message=HARM, rows={HARM: (1, 2)}, renamed={HARM: HARM})
    return Receipt(
        database=HARM,
        path=Path("a.db"),
        outcome="failed",
        began=HARM,
        seconds=1,
        before=State((HARM,)),
        after=State((HARM,)),
        gates=(Passage("known", "shut", HARM),),
        revisions=(dry, ran),
        error=Refused(Problem(HARM, HARM)),
        warnings=(Problem(HARM),),
        file=Path(HARM),
    )


def hostile_adoption() -> Adoption:
    return Adoption(
        database=HARM,
        outcome="not adopted",
        revision=HARM,
        problem=Problem(HARM, HARM),
        ways=((HARM, HARM),),
        warnings=(Problem(HARM),),
    )


def hostile_pages(format: PageFormat) -> list[str]:
    one = hostile_receipt()
    return [
        receipts_page([one], format),
        receipts_page([one, replace(one, outcome="applied")], format, asked=2, file=Path(HARM)),
        adoption_page(hostile_adoption(), format),
    ]


@pytest.mark.parametrize("at", range(3))
def test_hostile_words_stay_words_in_markdown(at: int) -> None:
    told = cmarkgfm.github_flavored_markdown_to_html(
        hostile_pages("md")[at], options=Options.CMARK_OPT_UNSAFE
    )
    plain = re.sub(r"<pre.*?</pre>", "", told, flags=re.DOTALL)  # a fence shows what it holds
    assert re.findall(r"<(?:b|em|h1|a)\b", told) == []
    assert "@who" not in plain.replace("@<!-- -->", "")
    assert "harm" in plain
