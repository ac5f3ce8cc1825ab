"""Write JSON that is the same in every terminal, and no command in any log."""

from __future__ import annotations

import json


def json_text(value: object) -> str:
    """Return JSON in ASCII, over several lines. `##[` begins a command of a CI's log, wherever it
    stands."""
    return json.dumps(value, indent=2).replace("##", "#\\u0023")
