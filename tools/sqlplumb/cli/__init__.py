"""argv in, text and an exit code out: the only room that prints.

A command is imported when it is called: `sqlplumb --help` costs little more than Python itself.
"""

from sqlplumb.cli.main import main

__all__ = ["main"]
