"""twilio-python speaks to the stand-in as it speaks to the carrier, faults included."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from hotline.phone.carrier import Carrier
from hotline.phone.http import LocalHttpClient, WrongHost
from tests.hotline.phone.lines import ACCOUNT, PERSON, SmallLine

SENDER = ACCOUNT.text_sender


def code_of(client: Client, **wrong: str) -> object:
    """The error code that a text gets."""
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(**{"to": PERSON, "from_": SENDER, "body": "Hello", **wrong})
    return refused.value.code


def test_a_text_is_queued_then_sent_then_delivered_and_the_line_is_told(
    client: Client, carrier: Carrier, line: SmallLine
) -> None:
    made = client.messages.create(PERSON, from_=SENDER, body="Hello", status_callback=f"{line.url}/status/x1")
    assert (str(made.status), made.num_segments, made.error_code) == ("queued", "1", None)
    assert carrier.settle()
    assert str(client.messages(str(made.sid)).fetch().status) == "delivered"
    assert [form["MessageStatus"] for form in line.forms("/status/x1")] == ["sent", "delivered"]
    assert [message.body for message in carrier.thread(PERSON)] == ["Hello"]


def test_the_line_finds_a_text_again_by_number_and_day(client: Client, carrier: Carrier) -> None:
    for body in ("one", "two"):
        client.messages.create(PERSON, from_=SENDER, body=body)
    client.messages.create("+12025550102", from_=SENDER, body="three")
    carrier.settle()
    today = datetime.now(UTC).date()
    assert [found.body for found in client.messages.list(to=PERSON, date_sent=today)] == ["two", "one"]
    assert client.messages.list(to=PERSON, date_sent=today + timedelta(days=1)) == []
    assert len(client.messages.list(date_sent_after=today)) == 3
    assert client.messages.list(date_sent_before=today - timedelta(days=1)) == []


def test_a_long_list_comes_in_pages(client: Client, carrier: Carrier) -> None:
    for number in range(5):
        client.messages.create(PERSON, from_=SENDER, body=str(number))
    assert [m.body for m in client.messages.list(page_size=2)] == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        (21211, {"to": "hello"}),
        (21606, {"from_": "+12025550199"}),
        (21602, {"body": ""}),
        (21617, {"body": "x" * 1601}),
        (21609, {"status_callback": "no address"}),
    ],
)
def test_the_carrier_refuses_a_wrong_text_by_its_own_code(
    client: Client, carrier: Carrier, code: int, wrong: dict[str, str]
) -> None:
    assert code_of(client, **wrong) == code
    assert carrier.messages() == []
    assert carrier.ledger()[-1].sid is None


def test_a_number_that_opted_out_at_the_carrier_is_refused(client: Client, carrier: Carrier) -> None:
    carrier.opted_out.add(PERSON)
    assert code_of(client) == 21610


def test_a_wrong_password_is_20003_and_an_unknown_text_20404(client: Client, phone: str) -> None:
    stranger = Client(ACCOUNT.sid, "not the secret", http_client=LocalHttpClient(phone))
    assert code_of(stranger) == 20003
    with pytest.raises(TwilioRestException) as missing:
        client.messages("SM" + "0" * 32).fetch()
    assert (missing.value.status, missing.value.code) == (404, 20404)


def test_a_storm_of_429_accepts_nothing_and_ends(client: Client, carrier: Carrier) -> None:
    carrier.faults.order("limit", times=2)
    assert [code_of(client), code_of(client)] == [20429, 20429]
    client.messages.create(PERSON, from_=SENDER, body="through")
    assert [request.status for request in carrier.ledger()] == [429, 429, 201]
    assert len(carrier.messages()) == 1


@pytest.mark.parametrize("kind", ["hang", "reset", "hang_after", "reset_after", "error_after", "garbage"])
def test_a_lost_answer_leaves_the_line_in_doubt_and_the_ledger_tells_the_truth(
    client: Client, carrier: Carrier, kind: str
) -> None:
    carrier.faults.order(kind, seconds=2.5)
    with pytest.raises((requests.RequestException, TwilioRestException, ValueError)):
        client.messages.create(PERSON, from_=SENDER, body="once")
    accepted = kind in ("hang_after", "reset_after", "error_after", "garbage")
    assert len(carrier.messages()) == int(accepted)
    assert [(request.fault, request.sid is not None) for request in carrier.ledger()] == [(kind, accepted)]


def test_a_text_can_end_undelivered_with_the_ordered_code(
    client: Client, carrier: Carrier, line: SmallLine
) -> None:
    carrier.faults.order("undelivered", code=30003, to=PERSON)
    made = client.messages.create(PERSON, from_=SENDER, body="Hello", status_callback=f"{line.url}/status/x")
    carrier.settle()
    found = client.messages(str(made.sid)).fetch()
    assert (str(found.status), found.error_code) == ("undelivered", 30003)
    assert line.forms("/status/x")[-1]["ErrorCode"] == "30003"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("callback_dropped", []),
        ("callback_twice", ["sent", "sent", "delivered", "delivered"]),
        ("callback_swapped", ["delivered", "sent"]),
        ("callback_delayed", ["sent", "delivered"]),
        ("callback_early", ["sent", "delivered"]),
    ],
)
def test_status_callbacks_can_be_dropped_doubled_swapped_late_or_early(
    client: Client, carrier: Carrier, line: SmallLine, kind: str, told: list[str]
) -> None:
    carrier.faults.order(kind, seconds=0.2)
    made = client.messages.create(PERSON, from_=SENDER, body="Hello", status_callback=f"{line.url}/status/x")
    before = [form["MessageStatus"] for form in line.forms("/status/x")]
    assert before == (told if kind == "callback_early" else before)
    assert carrier.settle()
    assert [form["MessageStatus"] for form in line.forms("/status/x")] == told
    assert str(client.messages(str(made.sid)).fetch().status) == "delivered"


def test_the_line_can_place_a_call_and_the_person_answers_it(
    client: Client, carrier: Carrier, line: SmallLine
) -> None:
    line.says("/voice/reminder", "<Say>Good day</Say>")
    url = f"{line.url}/voice/reminder"
    made = client.calls.create(to=PERSON, from_=ACCOUNT.voice_sender, url=url)
    assert str(made.status) == "queued"
    assert made.sid is not None
    assert list(carrier.answer(made.sid).spoken()) == ["Good day"]
    assert str(client.calls(made.sid).fetch().status) == "completed"


@pytest.mark.parametrize("by", ["human", "machine_end_beep"])
def test_the_line_hears_who_picked_up_where_it_asks(
    client: Client, carrier: Carrier, line: SmallLine, by: str
) -> None:
    line.says("/voice/reminder", "<Say>Good day</Say>")
    line.answers["/ended"] = lambda form: ""
    url, ended = f"{line.url}/voice/reminder", f"{line.url}/ended"
    made = client.calls.create(
        to=PERSON,
        from_=ACCOUNT.voice_sender,
        url=url,
        status_callback=ended,
        machine_detection="DetectMessageEnd",
    )
    carrier.answer(str(made.sid), by)
    assert carrier.settle()
    (asked,), (told,) = line.forms("/voice/reminder"), line.forms("/ended")
    assert (asked["AnsweredBy"], asked["Direction"], asked["To"]) == (by, "outbound-api", PERSON)
    assert told["CallStatus"] == "completed"
    assert str(client.calls(str(made.sid)).fetch().answered_by) == by


def test_a_call_that_nobody_takes_ends_with_its_reason(
    client: Client, carrier: Carrier, line: SmallLine
) -> None:
    line.answers["/ended"] = lambda form: ""
    made = client.calls.create(
        to=PERSON, from_=ACCOUNT.voice_sender, url=f"{line.url}/x", status_callback=f"{line.url}/ended"
    )
    carrier.ring_out(str(made.sid), "busy")
    assert carrier.settle()
    assert [told["CallStatus"] for told in line.forms("/ended")] == ["busy"]
    assert line.forms("/x") == []
    with pytest.raises(ValueError, match="does not ring"):
        carrier.ring_out(str(made.sid), "no-answer")


def test_no_request_leaves_for_another_host(phone: str) -> None:
    with pytest.raises(WrongHost):
        LocalHttpClient(phone).request("GET", "https://lookups.twilio.com/v2/PhoneNumbers/1")
    with pytest.raises(WrongHost):
        LocalHttpClient(phone).request("GET", "https://api.twilio.com.example.org/")
