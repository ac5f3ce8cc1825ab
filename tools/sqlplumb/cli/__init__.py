"""argv in, text and an exit code out: the only room that prints.

Nothing heavy is imported before it is known that it is needed: `sqlplumb --help` costs little more
than Python itself.
"""

from sqlplumb.cli.main import main

__all__ = ["main"]
