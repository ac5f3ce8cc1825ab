"""Credits: each movement is a row in the ledger and the same sum in the balance, together.

The ledger is append-only, by triggers of schema.sql: what was wrong is answered by a row that
takes it back.  A credit has nine decimals.  SQLite keeps NUMERIC as a double, so sums are made
here, in decimals, and not in SQL; they are exact up to 2 ** 23, eight million credits.
"""

import uuid
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, RowMapping, insert, select, update

from database_api.engine import whole
from database_api.errors import Conflict, NotEnoughCredits, WrongValue
from database_api.rows import found, now, page, rows, sure_row
from database_api.tables import credit_history, user_account

TAKEN_BACK = "compensation"
SMALLEST = Decimal("0.000000001")
MOST = 2**23  # above it a double no longer tells two such sums apart


@dataclass(frozen=True, slots=True)
class Movement:
    """A sum, and what it is for; above zero it is added, below zero taken."""

    delta: Decimal
    reason: str
    source: str
    external_id: str | None = None
    api_key_id: uuid.UUID | None = None


@whole
def move_credits(connection: Connection, user_id: uuid.UUID, movement: Movement) -> RowMapping:
    """The new row of the ledger; the balance may fall below zero."""
    delta = _exact(movement.delta)
    balance = found(connection, user_account, user_id)["credits_balance"] + delta
    account = update(user_account).where(user_account.c.id == user_id)
    connection.execute(account.values(credits_balance=balance, updated_at=now()))
    return _written(connection, user_id, delta, movement)


@whole
def spend_credits(
    connection: Connection,
    user_id: uuid.UUID,
    amount: Decimal,
    reason: str,
    *,
    source: str = "usage",
    api_key_id: uuid.UUID | None = None,
) -> RowMapping:
    """Takes an amount above zero, or raises NotEnoughCredits and takes nothing."""
    wanted = _exact(amount)
    if wanted <= 0:
        raise WrongValue(f"{amount} cannot be spent: an amount is above zero")
    balance = found(connection, user_account, user_id)["credits_balance"]
    if balance < wanted:
        raise NotEnoughCredits(f"{wanted} credits are needed, and the account has {balance}")
    return move_credits(
        connection, user_id, Movement(-wanted, reason, source, api_key_id=api_key_id)
    )


@whole
def take_back(connection: Connection, row_id: uuid.UUID, reason: str) -> RowMapping:
    """The row that answers a wrong one with its opposite; raises Conflict if that was done."""
    wrong = found(connection, credit_history, row_id)
    done = select(credit_history.c.id).where(
        credit_history.c.user_id == wrong["user_id"],
        credit_history.c.source == TAKEN_BACK,
        credit_history.c.external_id == str(row_id),
    )
    if connection.execute(done).first():
        raise Conflict(f"the movement {row_id} was taken back before")
    answer = Movement(-wrong["delta"], reason, TAKEN_BACK, str(row_id), wrong["api_key_id"])
    return move_credits(connection, wrong["user_id"], answer)


def get_credit_history(
    connection: Connection, user_id: uuid.UUID, *, skip: int = 0, limit: int = 100
) -> list[RowMapping]:
    """The ledger of an account, the newest first."""
    of_user = select(credit_history).where(credit_history.c.user_id == user_id)
    newest = of_user.order_by(credit_history.c.created_at.desc(), credit_history.c.id)
    return rows(connection, page(newest, skip, limit))


def _written(
    connection: Connection, user_id: uuid.UUID, delta: Decimal, movement: Movement
) -> RowMapping:
    line = insert(credit_history).values(
        id=uuid.uuid4(),
        user_id=user_id,
        delta=delta,
        reason=movement.reason,
        source=movement.source,
        external_id=movement.external_id,
        api_key_id=movement.api_key_id,
        created_at=now(),
    )
    return sure_row(connection, line.returning(credit_history))


def _exact(delta: Decimal) -> Decimal:
    if not delta.is_finite() or abs(delta) >= MOST or delta != delta.quantize(SMALLEST):
        raise WrongValue(f"{delta} is no sum of credits: below {MOST}, with nine decimals at most")
    return delta
