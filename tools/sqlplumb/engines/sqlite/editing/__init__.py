"""Reading text for an editor: statements that may be half typed, and what each name in them means.

`pieces` cuts a file, `scopes` knows which columns an expression sees, `queries` walks SELECT and
the statements of triggers, `names` walks CREATE statements. Must never refuse a text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlplumb.engines.editing import Columns, Mention, Piece
from sqlplumb.engines.sqlite.editing.names import mentions, outputs
from sqlplumb.engines.sqlite.editing.pieces import KEYWORDS, TYPES, pieces, restart
from sqlplumb.engines.sqlite.parse.lexer import RESERVED, WORD, fold, in_quotes, tokens

_PLAIN = re.compile(rf"{WORD}\Z")


class SQLiteEditing:
    keywords: Sequence[str] = KEYWORDS
    types: Sequence[str] = TYPES

    def pieces(self, text: str) -> Sequence[Piece]:
        return pieces(text)

    def restart(self, text: str) -> int:
        return restart(text)

    def mentions(self, text: str, columns: Columns) -> Sequence[Mention]:
        return mentions(text, columns)

    def outputs(self, text: str, columns: Columns) -> Sequence[Mention]:
        return outputs(text, columns)

    def word_at(self, text: str, offset: int) -> tuple[int, int]:
        touching = [
            token
            for token in tokens(text)
            if token.start <= offset <= token.end and token.kind in ("word", "quoted")
        ]
        # Between two of them, the one that begins here is meant.
        return (touching[-1].start, touching[-1].end) if touching else (offset, offset)

    def fold(self, name: str) -> str:
        return fold(name)

    def spelled(self, name: str) -> str:
        is_plain = _PLAIN.match(name) and fold(name) not in RESERVED
        return name if is_plain else in_quotes(name)
