"""A place in a list of tokens, moving forward. Owns no grammar; whoever reads a statement moves it.

It is a class because it is the one thing here that changes: everything it yields is frozen.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlplumb.engines.sqlite.parse.lexer import Token, tokens, unquoted


class Unreadable(Exception):
    """The text is not what this grammar knows; `offset` says where it stopped."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


class Cursor:
    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.tokens = tokens(sql)
        self.words = [*(token.upper for token in self.tokens), ""]
        self.index = 0

    @property
    def done(self) -> bool:
        return self.index >= len(self.tokens)

    @property
    def word(self) -> str:
        """The keyword or sign that comes next, in upper case; empty for anything else."""
        return self.words[self.index]

    @property
    def start(self) -> int:
        return len(self.sql) if self.done else self.tokens[self.index].start

    @property
    def end(self) -> int:
        """Where the token before this place ends."""
        return self.tokens[self.index - 1].end if self.index else 0

    def looks_at(self, *words: str) -> bool:
        if self.words[self.index] != words[0]:
            return False
        return len(words) == 1 or self.words[self.index : self.index + len(words)] == [*words]

    def accept(self, *words: str) -> bool:
        """Step over these words if they are what comes next."""
        if not self.looks_at(*words):
            return False
        self.index += len(words)
        return True

    def expect(self, *words: str) -> None:
        if not self.accept(*words):
            raise self.unreadable(f"expected {' '.join(words)}")

    def take(self) -> Token:
        if self.done:
            raise self.unreadable("unexpected end")
        self.index += 1
        return self.tokens[self.index - 1]

    def name(self) -> str:
        token = self.take()
        if token.kind not in ("word", "quoted", "string"):
            raise Unreadable(f"expected a name, not {token.text!r}", token.start)
        return unquoted(token.text)

    def bracketed(self) -> Sequence[Token]:
        """The tokens between this opening bracket and the one that closes it."""
        self.expect("(")
        first, depth = self.index, 1
        while depth:
            sign = self.take().text
            depth += (sign == "(") - (sign == ")")
        return self.tokens[first : self.index - 1]

    def text_of(self, said: Sequence[Token]) -> str:
        return text_of(self.sql, said)

    def skip_to(self, *words: str) -> Sequence[Token]:
        """The tokens up to the first of these words that stands in no bracket, or to the end."""
        first, depth = self.index, 0
        while not self.done and (depth or self.word not in words):
            depth += (self.word == "(") - (self.word == ")")
            self.index += 1
        return self.tokens[first : self.index]

    def unreadable(self, message: str) -> Unreadable:
        found = "the end" if self.done else repr(self.tokens[self.index].text)
        return Unreadable(f"{message}, found {found}", self.start)


def text_of(sql: str, said: Sequence[Token]) -> str:
    """These tokens as they stand in their text."""
    return sql[said[0].start : said[-1].end] if said else ""
