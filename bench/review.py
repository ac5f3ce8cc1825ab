"""`sqlplumb review`, proof and all, of a revision that changes one table of a thousand.

    python bench/review.py [--tables 1000] [--runs 5]

Whole processes. Nobody else does this job; beside it stands what only writes such a revision,
`alembic revision --autogenerate`.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from measured import expect, in_turn, once
from revise import BIN, prepare, theirs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tables", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, arguments.tables)
        autogenerate = in_turn([theirs()], folder, arguments.runs)[0]
        written = once([f"{BIN}/sqlplumb", "revise", "-m", "a column more"], folder)
        review = in_turn([[f"{BIN}/sqlplumb", "review"]], folder, arguments.runs)[0]
    expect((0, 0, 0), (autogenerate, written, review), "review")
    what = f"`review` with its proof, one of {arguments.tables:,} tables changes"
    print(f"| {what} | {review} | {autogenerate} | {review.cpu / autogenerate.cpu:.1f} |")


if __name__ == "__main__":
    main()
