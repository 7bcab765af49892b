"""Sending through twilio-python to the stand-in carrier, over real HTTP."""

import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from hotline.carrier_codes import meaning_of
from hotline.errors import AccountRefused, OptedOut, OutboundError, TryLater, Undeliverable, Unknown
from hotline.outbound import Message, Outbound
from hotline.phone.app import create_phone
from hotline.phone.carrier import Carrier
from hotline.phone.clock import OwnClock
from hotline.settings import Settings
from tests.hotline.phone.lines import ACCOUNT, PERSON, served

BODY = "BackLine: Try heat or ice."
ROW = "0aAAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture
def carrier() -> Carrier:
    return Carrier(ACCOUNT, pace_s=0.01)


@pytest.fixture
def outbound(carrier: Carrier) -> Iterator[Outbound]:
    with served(create_phone(carrier, None, OwnClock())) as url:
        yield Outbound(settings_for(url))


def settings_for(url: str, timeout_s: float = 0.5) -> Settings:
    return Settings(
        account_sid=ACCOUNT.sid,
        auth_token=SecretStr(ACCOUNT.auth_token),
        carrier_url=url,
        send_timeout_s=timeout_s,
    )


def message(to: str = PERSON, left: timedelta = timedelta(hours=2)) -> Message:
    return Message(ROW, to, ACCOUNT.text_sender, BODY, datetime.now(UTC) + left)


def test_a_text_reaches_the_phone_and_its_receipt_names_it(outbound: Outbound, carrier: Carrier) -> None:
    receipt = outbound.send(message(), datetime.now(UTC))
    carrier.settle(5)
    assert [(one.sid, one.body) for one in carrier.thread(PERSON)] == [(receipt.sid, BODY)]
    assert receipt.segments == 1


@pytest.mark.parametrize(
    ("left", "asked"),
    [
        (timedelta(hours=2), range(7195, 7201)),
        (timedelta(seconds=-5), (1,)),
        (timedelta(hours=11), (36_000,)),
    ],
)
def test_nothing_is_delivered_after_the_window(
    outbound: Outbound, carrier: Carrier, left: timedelta, asked: range
) -> None:
    outbound.send(message(left=left), datetime.now(UTC))
    assert int(carrier.ledger()[-1].form["ValidityPeriod"]) in asked


def test_the_callback_address_carries_the_outbox_id_and_no_number(carrier: Carrier) -> None:
    with served(create_phone(carrier, None, OwnClock())) as url:
        settings = settings_for(url).model_copy(update={"public_base_url": "https://line.example/"})
        Outbound(settings).send(message(), datetime.now(UTC))
    assert carrier.ledger()[-1].form["StatusCallback"] == f"https://line.example/status/{ROW}"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("limit", TryLater),
        ("error", Unknown),
        ("hang", Unknown),
        ("reset", Unknown),
        ("error_after", Unknown),
        ("hang_after", Unknown),
        ("reset_after", Unknown),
        ("garbage", Unknown),
    ],
)
def test_each_way_an_answer_can_fail_has_its_own_meaning(
    outbound: Outbound, carrier: Carrier, kind: str, expected: type[OutboundError]
) -> None:
    carrier.faults.order(kind, seconds=1.0)
    with pytest.raises(expected) as told:
        outbound.send(message(), datetime.now(UTC))
    assert type(told.value) is expected
    assert PERSON not in str(told.value) and BODY not in str(told.value)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (21610, OptedOut),
        (21211, Undeliverable),
        (21614, Undeliverable),
        (21635, Undeliverable),
        (21408, Undeliverable),
        (20429, TryLater),
        (21606, AccountRefused),
        (21999, Undeliverable),
    ],
)
def test_each_refusal_of_the_carrier_has_its_meaning(
    outbound: Outbound, carrier: Carrier, code: int, expected: type[OutboundError]
) -> None:
    carrier.faults.order("refuse", code=code)
    with pytest.raises(expected) as told:
        outbound.send(message(), datetime.now(UTC))
    assert told.value.code == code


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, AccountRefused),
        (403, AccountRefused),
        (429, TryLater),
        (500, Unknown),
        (503, Unknown),
        (400, Undeliverable),
    ],
)
def test_a_status_without_a_code_has_a_meaning_too(status: int, expected: type[OutboundError]) -> None:
    assert meaning_of(0, status) is expected


def test_a_wrong_token_is_told_as_our_account_refused(carrier: Carrier) -> None:
    with served(create_phone(carrier, None, OwnClock())) as url:
        wrong = settings_for(url).model_copy(update={"auth_token": SecretStr("another")})
        with pytest.raises(AccountRefused):
            Outbound(wrong).send(message(), datetime.now(UTC))


def test_nobody_listening_is_tried_again_later() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(TryLater):
        Outbound(settings_for(f"http://127.0.0.1:{port}")).send(message(), datetime.now(UTC))


def test_a_text_whose_answer_got_lost_is_found_again(outbound: Outbound, carrier: Carrier) -> None:
    began = datetime.now(UTC)
    carrier.faults.order("error_after")
    with pytest.raises(Unknown):
        outbound.send(message(), began)
    found = outbound.look_up(PERSON, began, BODY)
    assert found is not None and found.sid == carrier.thread(PERSON)[0].sid


def test_a_text_that_never_got_there_is_not_found(outbound: Outbound, carrier: Carrier) -> None:
    outbound.send(message(), datetime.now(UTC))
    assert outbound.look_up(PERSON, datetime.now(UTC), "another text") is None
    assert outbound.look_up(PERSON, datetime.now(UTC) + timedelta(hours=1), BODY) is None
    assert outbound.look_up("+12025550177", datetime.now(UTC), BODY) is None


def test_sending_logs_neither_number_nor_words(
    outbound: Outbound, carrier: Carrier, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        outbound.send(message(), datetime.now(UTC))
        outbound.look_up(PERSON, datetime.now(UTC), BODY)
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith("werkzeug")]
    assert not [line for line in ours if PERSON[1:] in line or BODY in line]
    assert PERSON not in repr(message()) and BODY not in repr(message())
