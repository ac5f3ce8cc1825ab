"""One line at the bottom of a terminal that says how far a command is, once it takes long.

It is gone before anything else is written, and stays away as long as a line is not ended. Imported
for a terminal alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, RLock, Thread
from typing import Any, TextIO

from sqlplumb import progress
from sqlplumb.progress import Board
from sqlplumb.render.paint import one_line

_EVERY = 0.2  # seconds between two looks
_CLEAR = "\r\x1b[K"
_WIDE = 80  # columns of a terminal that does not say


class Drawing:
    """The line of a board on a terminal."""

    def __init__(self, board: Board, terminal: TextIO) -> None:
        self.board, self.terminal = board, terminal
        self.drawn, self.drawn_at, self.line_is_open = "", 0.0, False
        self.lock = RLock()

    def changed(self) -> None:
        """Draw, unless that was done a moment ago."""
        now = progress.now()
        if now - self.drawn_at >= _EVERY:
            self.drawn_at = now
            self.draw()

    def draw(self) -> None:
        with self.lock:
            width = _columns(self.terminal) - 1
            line = one_line(self.board.line(width)).replace("\t", " ")[:width]
            if line != self.drawn and not self.line_is_open:
                self._write(f"{_CLEAR}{line}")
                self.drawn = line

    def clear(self) -> None:
        with self.lock:
            if self.drawn:
                self._write(_CLEAR)
                self.drawn = ""

    def _write(self, text: str) -> None:
        """A terminal that is gone ends no work."""
        with suppress(OSError, ValueError):
            self.terminal.write(text)
            self.terminal.flush()


class _Above:
    """A stream to the same terminal: what is written to it takes the place of the line."""

    def __init__(self, stream: TextIO, drawing: Drawing) -> None:
        self._stream, self._drawing = stream, drawing

    def write(self, text: str) -> int:
        with self._drawing.lock:
            self._drawing.clear()
            if text:
                self._drawing.line_is_open = not text.endswith("\n")
            return self._stream.write(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def drawn(board: Board, answers: TextIO) -> Iterator[TextIO]:
    """Draw this board on the terminal of stderr meanwhile; yield the stream for answers."""
    terminal, out = sys.stderr, sys.stdout
    drawing = Drawing(board, terminal)
    board.changed = drawing.changed
    above: Any = _Above(terminal, drawing)
    ended = Event()
    thread = Thread(target=_draw_on, args=(drawing, ended), daemon=True)
    try:
        sys.stderr = above
        sys.stdout = above if out is terminal else out
        thread.start()
        with progress.shown_on(board):
            shown: Any = _Above(answers, drawing) if answers.isatty() else answers
            yield shown
    finally:
        ended.set()
        thread.join()
        drawing.clear()
        sys.stderr, sys.stdout = terminal, out


def _draw_on(drawing: Drawing, ended: Event) -> None:
    """Show that time goes by while one statement runs."""
    while not ended.wait(_EVERY):
        drawing.draw()


def _columns(terminal: TextIO) -> int:
    try:
        return os.get_terminal_size(terminal.fileno()).columns or _WIDE
    except (OSError, ValueError):
        return _WIDE
