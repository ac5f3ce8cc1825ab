"""Keys of requests, to know a repeated one by.

A key is counted by one statement: of any number that come at once, exactly one is new.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, delete
from sqlalchemy.dialects.sqlite import insert

from database_api.engine import whole
from database_api.rows import now, sure_row
from database_api.tables import nonces


@whole
def get_or_create_nonce(
    connection: Connection, key: str, context: Any = None
) -> tuple[RowMapping, bool]:
    """The row of this key, counted once more, and whether it is new. The first context stays."""
    at = now()
    first = insert(nonces).values(
        nonce_key=key, created_at=at, last_accessed_at=at, request_count=1, context=context
    )
    said = {
        "request_count": nonces.c.request_count + 1,
        "last_accessed_at": first.excluded.last_accessed_at,
    }
    again = first.on_conflict_do_update(index_elements=[nonces.c.nonce_key], set_=said)
    one = sure_row(connection, again.returning(nonces))
    return one, one["request_count"] == 1


@whole
def cleanup_old_nonces(connection: Connection, days_old: int = 30) -> int:
    """Forgets keys that did not come for so many days; says how many.

    A key that still comes is not forgotten, however old: its next repetition would pass as new.
    """
    old = delete(nonces).where(nonces.c.last_accessed_at < now() - timedelta(days=days_old))
    return connection.execute(old).rowcount
