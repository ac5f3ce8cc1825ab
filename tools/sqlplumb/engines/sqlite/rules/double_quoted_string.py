"""S115: a string in double quotes, which are for names."""

from __future__ import annotations

from collections.abc import Iterator

from sqlplumb.engines.sqlite.parse.lexer import literal, unquoted
from sqlplumb.engines.sqlite.read.body_check import strings_in_double_quotes
from sqlplumb.findings import Found, Rule
from sqlplumb.schema import Schema


def find(schema: Schema) -> Iterator[Found]:
    for ref, quoted in dict.fromkeys(strings_in_double_quotes(schema)):
        message = f"{quoted} in {ref.kind} {ref} is a string in double quotes, which are for names"
        yield Found(ref, message, f"Write {literal(unquoted(quoted))}.")


RULE = Rule(
    code="S115",
    name="double-quoted-string",
    severity="warning",
    engines=("sqlite",),
    triggers='A "word" in double quotes that is no name: in a CHECK, a DEFAULT, an index, a body.',
    harms=(
        "SQLite takes it for a string, silently. A column that is misspelled in double quotes"
        " becomes a constant as well, and a column of that name, added later, changes what the"
        " expression means. SQLite can be built without this, and no other engine has it."
    ),
    instead="Write strings in single quotes.",
    bad="""CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT NOT NULL DEFAULT "open");""",
    good="""CREATE TABLE tasks (id INTEGER PRIMARY KEY, status TEXT NOT NULL DEFAULT 'open');""",
    find=find,
)
