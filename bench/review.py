"""`sqlplumb review`, proof and all, of a revision that changes one table of a thousand.

    python bench/review.py [--tables 1000] [--runs 5]

Whole processes. Nobody else does this job; beside it stands what only writes such a revision,
`alembic revision --autogenerate`.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from measured import in_turn, once
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
    if (autogenerate.code, written.code, review.code) != (0, 0, 0):
        raise SystemExit(f"they ended with {autogenerate.code}, {written.code}, {review.code}")
    ratio = review.seconds / autogenerate.seconds
    print(f"| a review, {arguments.tables} tables | {review.seconds:.2f} s |"
          f" {autogenerate.seconds:.2f} s | {ratio:.1f} |")  # fmt: skip


if __name__ == "__main__":
    main()
