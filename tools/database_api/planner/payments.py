"""Payments: each is credited once, however often its provider reports it.

What a payment bought goes into the ledger in the same transaction; refunds are movements there.
"""

import uuid
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, RowMapping, select
from sqlalchemy.dialects.sqlite import insert

from database_api.engine import whole
from database_api.errors import Conflict
from database_api.planner.credits import Movement, move_credits
from database_api.rows import choice, found, now, row, sure_row
from database_api.tables import PaymentRecordProvider, payment_record, user_account

SAID = ("user_id", "credits", "amount", "currency")


@dataclass(frozen=True, slots=True)
class Payment:
    """What a provider reports as paid; ``amount`` is in the smallest unit of the currency."""

    user_id: uuid.UUID
    provider: str
    provider_payment_id: str
    credits: Decimal
    amount: int
    currency: str
    status: str = "paid"
    raw_payload: Any = None


@whole
def record_payment(connection: Connection, payment: Payment) -> tuple[RowMapping, bool]:
    """The payment's row, and whether it is new and so was credited now.

    The same payment with another account or another sum is no repetition: it raises Conflict.
    """
    provider = choice(PaymentRecordProvider, payment.provider)
    found(connection, user_account, payment.user_id)
    new = insert(payment_record).values(
        {**asdict(payment), "id": uuid.uuid4(), "provider": provider, "created_at": now()}
    )
    once = new.on_conflict_do_nothing(
        index_elements=[payment_record.c.provider, payment_record.c.provider_payment_id]
    )
    made = row(connection, once.returning(payment_record))
    if made is None:
        return _repeated(connection, payment), False
    bought = Movement(payment.credits, "payment", provider, payment.provider_payment_id)
    move_credits(connection, payment.user_id, bought)
    return made, True


def _repeated(connection: Connection, payment: Payment) -> RowMapping:
    earlier = sure_row(
        connection,
        select(payment_record).where(
            payment_record.c.provider == payment.provider,
            payment_record.c.provider_payment_id == payment.provider_payment_id,
        ),
    )
    other = [name for name in SAID if earlier[name] != getattr(payment, name)]
    if other:
        raise Conflict(
            f"{payment.provider} reported {payment.provider_payment_id!r} before "
            f"with another {' and '.join(other)}: nothing is credited"
        )
    return earlier
