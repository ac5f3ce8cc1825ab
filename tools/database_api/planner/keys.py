"""API keys: shown once, kept as a hash, recognised by their first letters.

A key is 256 bits of chance, so one round of SHA-256 is enough: there is nothing to guess.
"""

import secrets
import uuid
from hashlib import sha256

from sqlalchemy import Connection, RowMapping, insert, select, update

from database_api.engine import whole
from database_api.rows import found, known, now, row, rows, sure_row
from database_api.tables import user_account, user_api_key

START = "pex_"
SHOWN = 12  # of them 8 of the key's own: enough to recognise it, too little to use it
COLUMNS = [column for column in user_api_key.c if column.name not in ("key_hash", "key_plaintext")]


@whole
def create_api_key(
    connection: Connection, user_id: uuid.UUID, *, label: str | None = None, keep: bool = False
) -> tuple[RowMapping, str]:
    """The row without its secrets, and the key, which is not stored unless ``keep`` says so."""
    found(connection, user_account, user_id)
    key = START + secrets.token_urlsafe(32)
    new = insert(user_api_key).values(
        id=uuid.uuid4(),
        user_id=user_id,
        key_hash=_hash(key),
        key_prefix=key[:SHOWN],
        label=label,
        key_plaintext=key if keep else None,
        created_at=now(),
    )
    return sure_row(connection, new.returning(*COLUMNS)), key


@whole
def use_api_key(connection: Connection, key: str) -> RowMapping | None:
    """Whose key this is, with the time of use; None if there is none such, or it was revoked."""
    this = update(user_api_key).where(
        user_api_key.c.key_hash == _hash(key), user_api_key.c.revoked_at.is_(None)
    )
    return row(connection, this.values(last_used_at=now()).returning(*COLUMNS))


def get_api_keys(connection: Connection, user_id: uuid.UUID) -> list[RowMapping]:
    """All keys of an account, revoked ones too, never with their secrets."""
    of_user = select(*COLUMNS).where(user_api_key.c.user_id == user_id)
    return rows(connection, of_user.order_by(user_api_key.c.created_at))


@whole
def revoke_api_key(connection: Connection, key_id: uuid.UUID) -> RowMapping:
    """The key is of no use from now on, and what was stored of its text is gone."""
    this = update(user_api_key).where(user_api_key.c.id == key_id)
    gone = this.values(revoked_at=now(), key_plaintext=None).returning(*COLUMNS)
    return known(row(connection, gone), user_api_key, key_id)


def _hash(key: str) -> str:
    return sha256(key.encode()).hexdigest()
