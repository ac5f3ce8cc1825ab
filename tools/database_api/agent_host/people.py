"""Users: whoever owns agents. One address, however it is spelled, is one user."""

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, RowMapping, select
from sqlalchemy.dialects.sqlite import insert

from database_api.engine import whole
from database_api.rows import choice, found, now, row, sure_row
from database_api.tables import UserRole, users


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of whoever logs in."""

    email: str
    display_name: str | None = None
    provider: str = "google"
    provider_user_id: str | None = None
    role: str = "USER"


@whole
def arrive(connection: Connection, who: Arrival) -> RowMapping:
    """The user with this address, made at the first login; the role is given once and stays."""
    at = now()
    said = {**asdict(who), "role": choice(UserRole, who.role), "last_login": at}
    first = insert(users).values({**said, "created_at": at, "updated_at": at})
    known = first.on_conflict_do_update(
        index_elements=[users.c.email], set_={"last_login": at, "updated_at": at}
    )
    return sure_row(connection, known.returning(users))


def get_user(connection: Connection, user_id: int) -> RowMapping:
    """The user; raises NotFound."""
    return found(connection, users, user_id)


def find_user(connection: Connection, email: str) -> RowMapping | None:
    """The user with this address, in any spelling."""
    return row(connection, select(users).where(users.c.email == email))
