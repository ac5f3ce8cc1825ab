"""Which databases are meant, what may be, and each receipt written down where it lasts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sqlplumb.config import Settings
from sqlplumb.errors import Problem, WrongInput
from sqlplumb.journeys.apply import apply
from sqlplumb.journeys.course import Wish
from sqlplumb.journeys.lint import rules
from sqlplumb.journeys.plan import leave
from sqlplumb.receipts import Receipt
from sqlplumb.render.receipt import as_json
from sqlplumb.sources import from_environment, is_database

_OURS = (".backup", ".replaced", ".partial")


def databases(written: Sequence[str], settings: Settings) -> Sequence[str]:
    """Those that are named, or else all that are configured."""
    named = tuple(written) or settings.databases
    found = [url for one in named for url in _meant(one)]
    if not found:
        hint = "name a URL, or set databases in [tool.sqlplumb]"
        raise WrongInput(Problem("there is no database to apply anything to", hint))
    return found


def _meant(written: str) -> Iterator[str]:
    """@FILE holds URLs, one a line; a folder, whatever is a database and no backup of ours."""
    if written.startswith("@"):
        lines = (line.strip() for line in Path(written[1:]).read_text("utf-8").splitlines())
        yield from (line for line in lines if line and not line.startswith("#"))
        return
    scheme, slashes, rest = from_environment(written).partition(":///")
    folder = Path(rest)
    if not (slashes and rest and folder.is_dir()):
        yield written
        return
    for file in sorted(folder.iterdir()):
        if file.suffix not in _OURS and file.is_file() and is_database(file):
            yield f"{scheme}:///{file}"


def may(written: Collection[str], settings: Settings) -> frozenset[str]:
    """Losses, rules by code or name, and `rows:TABLE` for what triggers may change."""
    names = {word.lower() for rule in rules(settings) for word in (rule.code, rule.name)}
    own = {one for one in written if one.lower() in names or one.startswith("rows:")}
    return frozenset((*own, *leave([one for one in written if one not in own]).named))


def applied(url: str, wish: Wish) -> Receipt:
    """Written down beside the backup, if anything was changed."""
    receipt = apply(url, wish)
    if not receipt.revisions or receipt.outcome == "rehearsed":
        return receipt
    folder = (wish.backup or receipt.path.parent).resolve()
    stamp = "".join(sign for sign in receipt.began if sign.isalnum())
    file = folder / f"{receipt.path.name}.{stamp}.receipt.json"
    kept = replace(receipt, file=file)
    draft = file.with_name(f"{file.name}.partial")
    folder.mkdir(parents=True, exist_ok=True)
    draft.write_text(f"{as_json([kept])}\n", "utf-8")
    draft.replace(file)
    return kept
