"""Accounts, and the logins at other providers that lead to them.

The balance of an account is moved in ``credits`` alone, with the row in the ledger that says why.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, String, cast, insert, select, update
from sqlalchemy.dialects import sqlite

from database_api.engine import whole
from database_api.rows import found, now, row, sure_row
from database_api.tables import user_account, user_provider

PROFILE = ("email", "name", "given_name", "family_name", "locale", "avatar_url")


@dataclass(frozen=True, slots=True)
class Login:
    """What a provider says of who comes."""

    provider: str
    provider_user_id: str
    email: str | None = None
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    locale: str | None = None
    avatar_url: str | None = None
    raw_profile: Any = None


@whole
def log_in(connection: Connection, login: Login) -> tuple[RowMapping, bool]:
    """The account behind a login, made where it is the first, and whether it is new.

    Known is who has the same id at the same provider. The same address at another provider is
    another account: nobody has proved that both are one person.
    """
    link = row(connection, _link(login))
    user_id = link["user_id"] if link else _made(connection, login)
    at = now()
    seen = sqlite.insert(user_provider).values(
        id=uuid.uuid4(),
        user_id=user_id,
        provider=login.provider,
        provider_user_id=login.provider_user_id,
        email=login.email,
        raw_profile=login.raw_profile,
        created_at=at,
        last_login_at=at,
    )
    said = {name: seen.excluded[name] for name in ("email", "raw_profile", "last_login_at")}
    identity = [user_provider.c.provider, user_provider.c.provider_user_id]
    connection.execute(seen.on_conflict_do_update(index_elements=identity, set_=said))
    known = update(user_account).where(user_account.c.id == user_id)
    known = known.values(last_login_at=at, updated_at=at).returning(user_account)
    return sure_row(connection, known), link is None


def get_account(connection: Connection, user_id: uuid.UUID) -> RowMapping:
    """The account; raises NotFound."""
    return found(connection, user_account, user_id)


def is_machai_user(connection: Connection, user_id: str | None) -> bool:
    """Whether this comes from elsewhere: it is no UUID, and no account of ours has it."""
    if not user_id or _is_uuid(user_id):
        return False
    ours = select(user_account.c.id).where(cast(user_account.c.id, String) == user_id)
    return not connection.execute(select(ours.exists())).scalar()


def _link(login: Login) -> Any:
    return select(user_provider.c.user_id).where(
        user_provider.c.provider == login.provider,
        user_provider.c.provider_user_id == login.provider_user_id,
    )


def _made(connection: Connection, login: Login) -> uuid.UUID:
    user_id, at = uuid.uuid4(), now()
    profile = {name: getattr(login, name) for name in PROFILE}
    new = insert(user_account).values(id=user_id, created_at=at, updated_at=at, **profile)
    connection.execute(new)
    return user_id


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
