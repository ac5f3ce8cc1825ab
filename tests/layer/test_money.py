"""Accounts, keys, credits and payments: nothing is counted twice, nothing is rewritten."""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DatabaseError

from database_api.engine import make_engine
from database_api.errors import Conflict, NotEnoughCredits, NotFound, WrongValue
from database_api.planner.accounts import Login, get_account, is_machai_user, log_in
from database_api.planner.credits import (
    Movement,
    get_credit_history,
    move_credits,
    spend_credits,
    take_back,
)
from database_api.planner.keys import create_api_key, get_api_keys, revoke_api_key, use_api_key
from database_api.planner.payments import Payment, record_payment
from database_api.sessions import SessionFactory, make_sessionmaker
from database_api.tables import payment_record, user_api_key

TEN = Movement(Decimal(10), "a gift", "admin")


@pytest.fixture
def account(factory: SessionFactory) -> uuid.UUID:
    with factory() as session:
        made: uuid.UUID = log_in(session, Login("google", "g-1", "ann@example.org"))[0]["id"]
    return made


def balance(session: Connection, account: uuid.UUID) -> Decimal:
    found: Decimal = get_account(session, account)["credits_balance"]
    assert session.execute(text("SELECT count(*) FROM credit_mismatch")).scalar() == 0
    return found


def test_a_login_leads_to_one_account(factory: SessionFactory) -> None:
    profile = {"name": "Ann Lee", "given_name": "Ann", "family_name": "Lee", "locale": "en-GB"}
    login = Login("google", "g-1", "ann@example.org", raw_profile={"hd": "x"}, **profile)
    with factory() as session:
        first, is_new = log_in(session, login)
        second, is_again_new = log_in(session, login)
        other, _ = log_in(session, Login("github", "g-1", "ann@example.org"))
    assert (is_new, is_again_new) == (True, False)
    assert first["id"] == second["id"] != other["id"]
    assert {name: second[name] for name in profile} == profile


def test_logins_at_once_make_one_account(factory: SessionFactory) -> None:
    def come(_: int) -> bool:
        with factory() as session:
            return log_in(session, Login("google", "g-1"))[1]

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(come, range(8))) == 1


def test_a_key_is_kept_as_a_hash(factory: SessionFactory, account: uuid.UUID) -> None:
    with factory() as session:
        row, key = create_api_key(session, account, label="laptop")
        stored = session.execute(select(user_api_key)).mappings().one()
        assert key not in str(dict(stored))
        assert (stored["key_plaintext"], stored["key_prefix"]) == (None, key[:12])
        assert not {"key_hash", "key_plaintext"} & set(row)
        used = use_api_key(session, key)
        assert used is not None
        assert (used["user_id"], used["last_used_at"] is None) == (account, False)
        assert use_api_key(session, key[:-1]) is None
        assert len(get_api_keys(session, account)) == 1
        revoke_api_key(session, row["id"])
        assert use_api_key(session, key) is None


def test_the_text_of_a_key_is_kept_only_if_asked_and_goes_when_it_is_revoked(
    factory: SessionFactory, account: uuid.UUID
) -> None:
    with factory() as session:
        row, key = create_api_key(session, account, keep=True)
        plain = select(user_api_key.c.key_plaintext)
        assert session.execute(plain).scalar() == key
        revoke_api_key(session, row["id"])
        assert session.execute(plain).scalar() is None
        with pytest.raises(NotFound):
            create_api_key(session, uuid.uuid4())


def test_every_movement_is_in_the_ledger_and_in_the_balance(
    factory: SessionFactory, account: uuid.UUID
) -> None:
    with factory() as session:
        move_credits(session, account, TEN)
        spend_credits(session, account, Decimal("2.5"), "a plan")
        assert balance(session, account) == Decimal("7.5")
        history = get_credit_history(session, account)
    assert [row["delta"] for row in history] == [Decimal("-2.5"), Decimal(10)]


def test_a_wrong_row_is_answered_and_never_changed(
    factory: SessionFactory, account: uuid.UUID
) -> None:
    with factory() as session:
        wrong = move_credits(session, account, TEN)
        answer = take_back(session, wrong["id"], "not for ann")
        assert balance(session, account) == 0
        with pytest.raises(Conflict, match="was taken back before"):
            take_back(session, wrong["id"], "once more")
        assert balance(session, account) == 0
    assert (answer["delta"], answer["external_id"]) == (Decimal(-10), str(wrong["id"]))
    for statement in (
        "UPDATE credit_history SET delta = 1",
        "DELETE FROM credit_history",
        "INSERT OR REPLACE INTO credit_history SELECT * FROM credit_history",
    ):
        with pytest.raises(DatabaseError, match="append-only"), factory() as session:
            session.execute(text(statement))


REWRITTEN = (
    "UPDATE credit_history SET delta = 1",
    "UPDATE OR REPLACE credit_history SET id = id",
    "DELETE FROM credit_history",
    "INSERT OR REPLACE INTO credit_history SELECT * FROM credit_history",
    "REPLACE INTO credit_history (id, user_id, delta, reason, source)"
    " SELECT 7, user_id, 1, 'r', 's' FROM credit_history",  # 7, and the row has '7'
    "INSERT INTO credit_history SELECT * FROM credit_history WHERE true"
    " ON CONFLICT (id) DO UPDATE SET delta = 1",
)


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize("statement", REWRITTEN)
def test_no_client_rewrites_the_ledger(
    recursive: str, statement: str, url: str, factory: SessionFactory, account: uuid.UUID
) -> None:
    """Of sqlite3 alone, with nothing of what our engine says to a connection."""
    with factory() as session:
        move_credits(session, account, TEN)
        copied = "INSERT INTO credit_history SELECT '7', user_id, delta, reason, source,"
        session.execute(text(f"{copied} external_id, api_key_id, created_at FROM credit_history"))
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as client:
        client.execute(f"PRAGMA recursive_triggers = {recursive}")
        before = client.execute("SELECT * FROM credit_history ORDER BY id").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match="credit_history is append-only"):
            client.execute(statement)
        with pytest.raises(sqlite3.OperationalError, match="no such column: rowid"):
            client.execute("SELECT rowid FROM credit_history")  # by which REPLACE could name it
        assert client.execute("SELECT * FROM credit_history ORDER BY id").fetchall() == before


def test_what_an_account_does_not_have_is_not_spent(
    factory: SessionFactory, account: uuid.UUID
) -> None:
    with factory() as session:
        move_credits(session, account, TEN)
        with pytest.raises(NotEnoughCredits, match="11 credits are needed, and the account has 10"):
            spend_credits(session, account, Decimal(11), "too much")
        for amount in ("0", "-1"):
            with pytest.raises(WrongValue, match="an amount is above zero"):
                spend_credits(session, account, Decimal(amount), "nothing")
        for delta in ("0.0000000001", "NaN", "Infinity", "9000000", "1E+40"):
            with pytest.raises(WrongValue, match="is no sum of credits"):
                move_credits(session, account, Movement(Decimal(delta), "r", "s"))
        assert balance(session, account) == 10
        assert len(get_credit_history(session, account)) == 1


def test_balance_and_ledger_are_undone_together(
    factory: SessionFactory, account: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("the ledger cannot be written")

    monkeypatch.setattr("database_api.planner.credits._written", fails)
    with factory() as session:
        with pytest.raises(RuntimeError):
            move_credits(session, account, TEN)
        assert balance(session, account) == 0


def test_a_thousand_small_sums_are_exact(factory: SessionFactory, account: uuid.UUID) -> None:
    chance = random.Random(7)  # noqa: S311 - sums, not secrets
    sums = [Decimal(chance.randint(-(10**12), 10**12)).scaleb(-9) for _ in range(1000)]
    sums[0] = Decimal("4000000.123456789")
    with factory() as session:
        for delta in sums:
            move_credits(session, account, Movement(delta, "r", "s"))
        assert get_account(session, account)["credits_balance"] == sum(sums)
        stored = get_credit_history(session, account, limit=1000)
    assert sorted(row["delta"] for row in stored) == sorted(sums)


def spend(job: tuple[str, str]) -> int:
    factory, spent = make_sessionmaker(make_engine(job[0])), 0
    for _ in range(20):
        try:
            with factory() as session:
                spend_credits(session, uuid.UUID(job[1]), Decimal(1), "a race")
            spent += 1
        except NotEnoughCredits:
            pass
    return spent


def test_four_processes_cannot_spend_more_than_there_is(
    url: str, factory: SessionFactory, account: uuid.UUID
) -> None:
    with factory() as session:
        move_credits(session, account, Movement(Decimal(50), "r", "s"))
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        spent = pool.map(spend, [(url, str(account))] * 4, chunksize=1)
    assert sum(spent) == 50
    with factory() as session:
        assert balance(session, account) == 0


def paid(account: uuid.UUID, **said: Any) -> Payment:
    known = {"provider": "stripe", "provider_payment_id": "pi_1", "credits": Decimal(5)}
    return Payment(account, **{**known, "amount": 500, "currency": "eur", **said})


def test_a_payment_is_credited_once(factory: SessionFactory, account: uuid.UUID) -> None:
    def report(_: int) -> bool:
        with factory() as session:
            return record_payment(session, paid(account, raw_payload={"id": "evt"}))[1]

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(report, range(8))) == 1
    with factory() as session:
        assert balance(session, account) == 5
        (line,) = get_credit_history(session, account)
        assert (line["source"], line["external_id"]) == ("stripe", "pi_1")
        record_payment(session, paid(account, provider="telegram"))  # an id of somebody else
        assert balance(session, account) == 10


@pytest.mark.parametrize("other", [{"amount": 1}, {"credits": Decimal(50)}, {"currency": "usd"}])
def test_the_same_payment_with_another_sum_is_no_repetition(
    factory: SessionFactory, account: uuid.UUID, other: dict[str, Any]
) -> None:
    with factory() as session:
        record_payment(session, paid(account))
        with pytest.raises(Conflict, match=f"with another {next(iter(other))}: nothing is"):
            record_payment(session, paid(account, **other))
        assert balance(session, account) == 5


def test_a_payment_that_cannot_be_credited_is_not_recorded(
    factory: SessionFactory, account: uuid.UUID
) -> None:
    with factory() as session:
        with pytest.raises(WrongValue):
            record_payment(session, paid(account, credits=Decimal("0.0000000001")))
        with pytest.raises(WrongValue, match="'paypal' is none of stripe, telegram"):
            record_payment(session, paid(account, provider="paypal"))
        with pytest.raises(NotFound):
            record_payment(session, paid(uuid.uuid4()))
        assert session.execute(select(payment_record)).all() == []


def test_a_user_of_elsewhere_is_no_uuid_and_no_account(
    factory: SessionFactory, account: uuid.UUID
) -> None:
    with factory() as session:
        assert is_machai_user(session, "discord:12345") is True
        for ours in (str(account), account.hex, str(uuid.uuid4()), "", None):
            assert is_machai_user(session, ours) is False
        odd = "an id of 36 characters and no UUID!!"
        assert len(odd) == 36
        assert is_machai_user(session, odd) is True
        session.execute(text("INSERT INTO user_account (id) VALUES (:id)"), {"id": odd})
        assert is_machai_user(session, odd) is False
