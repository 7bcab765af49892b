"""The carrier's official OpenAPI document judges our requests and the stand-in's answers, through Prism.

twilio-python -> Prism (proxy) -> the stand-in: Prism refuses whatever the document does not allow."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from hotline.outbound import Message as Text
from hotline.outbound import Outbound
from hotline.phone.app import create_carrier
from hotline.phone.carrier import Carrier
from hotline.phone.clock import OwnClock
from hotline.phone.http import LocalHttpClient
from hotline.phone.messages import Message
from hotline.settings import Settings
from tests.hotline.phone import overlay
from tests.hotline.phone.lines import ACCOUNT, PERSON
from tests.hotline.phone.prism import judging
from tests.hotline.phone.twiml_from_npm import NODE_MODULES

PATH = f"/2010-04-01/Accounts/{ACCOUNT.sid}/Messages.json"
AUTH = (ACCOUNT.sid, ACCOUNT.auth_token)
pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Carrier, str]]:
    """A carrier, and the address of Prism in front of it."""
    carrier = Carrier(ACCOUNT, "http://127.0.0.1:9", pace_s=0.01)
    with judging(tmp_path_factory.mktemp("prism")) as judge:
        judge.carrier = create_carrier(carrier, OwnClock())
        yield carrier, judge.url


@pytest.fixture
def client(judged: tuple[Carrier, str]) -> Client:
    """twilio-python through Prism."""
    return Client(ACCOUNT.sid, ACCOUNT.auth_token, http_client=LocalHttpClient(judged[1], timeout_s=20))


@pytest.fixture
def carrier(judged: tuple[Carrier, str]) -> Carrier:
    """The carrier behind Prism."""
    return judged[0]


def own_sender(prism: str) -> Outbound:
    """The line's own sender, through Prism."""
    settings = Settings(
        account_sid=ACCOUNT.sid,
        auth_token=SecretStr(ACCOUNT.auth_token),
        carrier_url=prism,
        public_base_url="https://line.example",
        send_timeout_s=20,
    )
    return Outbound(settings)


def refused(client: Client) -> TwilioRestException:
    """What a text gets that somebody refuses."""
    with pytest.raises(TwilioRestException) as caught:
        client.messages.create(PERSON, from_=ACCOUNT.text_sender, body="Hello")
    return caught.value


def test_a_text_as_the_line_sends_it_and_its_answers_are_as_the_document_says(
    client: Client, carrier: Carrier
) -> None:
    made = client.messages.create(
        PERSON,
        from_=ACCOUNT.text_sender,
        body="Day 1: how is your back? é",
        status_callback="https://line.example/status/AAAAAAAAAAAAAAAAAAAAAA",
        validity_period=3600,
    )
    assert str(made.status) == "queued"
    assert carrier.settle(20)
    found = client.messages(str(made.sid)).fetch()
    assert (str(found.status), found.body) == ("delivered", "Day 1: how is your back? é")
    today = datetime.now(UTC).date()
    assert [m.sid for m in client.messages.list(to=PERSON, date_sent=today)] == [made.sid]
    # Prism drops names that the document does not know instead of refusing them: compared here.
    assert set(carrier.ledger()[0].form) <= overlay.names(NODE_MODULES)


def test_the_lines_own_sender_speaks_as_the_document_says(judged: tuple[Carrier, str]) -> None:
    """`hotline.outbound` itself, through Prism: what the worker sends, and what it looks up afterwards."""
    carrier, prism = judged
    sender, now = own_sender(prism), datetime.now(UTC)
    row = "0aAAAAAAAAAAAAAAAAAAAAAA"
    text = Text(row, PERSON, ACCOUNT.text_sender, "Day 3: how is your back?", now + timedelta(hours=1))
    receipt = sender.send(text, now)
    assert carrier.settle(20)
    found = sender.look_up(PERSON, now, "Day 3: how is your back?")
    assert found is not None and (found.sid, found.status) == (receipt.sid, "delivered")
    sent = [asked.form for asked in carrier.ledger() if asked.form]
    assert sent and all(set(form) <= overlay.names(NODE_MODULES) for form in sent)


def test_a_text_that_ended_badly_is_as_the_document_says(client: Client, carrier: Carrier) -> None:
    carrier.faults.order("undelivered", code=30005)
    made = client.messages.create(PERSON, from_=ACCOUNT.text_sender, body="Hello")
    assert carrier.settle(20)
    assert client.messages(str(made.sid)).fetch().error_code == 30005


@pytest.mark.parametrize("code", [21610, 21614, 30007])
def test_a_refusal_is_as_the_document_says(client: Client, carrier: Carrier, code: int) -> None:
    carrier.faults.order("refuse", code=code)
    problem = refused(client)
    assert (problem.status, problem.code) == (400, code)


def test_busy_broken_wrong_password_and_not_found_are_as_the_document_says(
    client: Client, carrier: Carrier, judged: tuple[Carrier, str]
) -> None:
    carrier.faults.order("limit")
    assert refused(client).code == 20429
    carrier.faults.order("error")
    assert refused(client).status == 500
    assert refused(Client(ACCOUNT.sid, "wrong", http_client=LocalHttpClient(judged[1], 20))).code == 20003
    with pytest.raises(TwilioRestException) as missing:
        client.messages("SM" + "0" * 32).fetch()
    assert missing.value.code == 20404


def test_a_check_in_call_is_placed_and_looked_up_as_the_document_says(judged: tuple[Carrier, str]) -> None:
    carrier, prism = judged
    sender, now = own_sender(prism), datetime.now(UTC)
    asked = Text("0aAAAAAAAAAAAAAAAAAAAAAA", PERSON, ACCOUNT.voice_sender, "", now + timedelta(hours=1))
    placed = sender.call(asked)
    found = sender.look_up_call(PERSON, now)
    assert found is not None and found.sid == placed.sid
    assert sender.call_status(placed.sid).sid == placed.sid
    assert set(carrier.ledger()[-1].form) <= overlay.names(NODE_MODULES)


def test_calls_are_as_the_document_says(client: Client, carrier: Carrier) -> None:
    made = client.calls.create(to=PERSON, from_=ACCOUNT.voice_sender, url="https://line.example/voice")
    assert str(made.status) == "queued"
    assert made.sid is not None
    assert client.calls(made.sid).fetch().to == PERSON
    assert made.sid in {call.sid for call in client.calls.list(to=PERSON)}
    assert not client.calls.list(to="+12025550199")


@pytest.mark.parametrize(
    "wrong",
    [
        {"To": "hello"},
        {"Body": "x" * 1601},
        {"From": ""},
        {"Body": ""},
        {"ValidityPeriod": "0"},
        {"ScheduleType": "tomorrow"},
    ],
)
def test_the_judge_refuses_a_wrong_request_before_the_carrier_sees_it(
    client: Client, carrier: Carrier, wrong: dict[str, str]
) -> None:
    before = len(carrier.ledger())
    asked = {"To": PERSON, "From": ACCOUNT.text_sender, "Body": "Hello"} | wrong
    form: dict[str, object] = {name: value for name, value in asked.items() if value}
    reply = client.request("POST", f"https://api.twilio.com{PATH}", data=form, auth=AUTH)
    assert reply.status_code == 422
    assert len(carrier.ledger()) == before
    right: dict[str, object] = {"To": PERSON, "From": ACCOUNT.text_sender, "Body": "Hello"}
    assert client.request("POST", f"https://api.twilio.com{PATH}", data=right, auth=AUTH).status_code == 201


def test_the_judge_refuses_a_wrong_answer(
    client: Client, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = Message.shown
    monkeypatch.setattr(Message, "shown", lambda self, sid: {**right(self, sid), "status": "flying"})
    assert refused(client).status == 500


def test_the_judges_log_tells_of_what_was_not_allowed(tmp_path: Path) -> None:
    with judging(tmp_path) as judge:
        judge.carrier = create_carrier(Carrier(ACCOUNT, "http://127.0.0.1:9", pace_s=0.01), OwnClock())
        client = Client(ACCOUNT.sid, ACCOUNT.auth_token, http_client=LocalHttpClient(judge.url, timeout_s=20))
        client.messages.create(PERSON, from_=ACCOUNT.text_sender, body="Hello")
        assert judge.violations() == []
        with pytest.raises(TwilioRestException):
            client.messages.create("hello", from_=ACCOUNT.text_sender, body="Hello")
        # Prism writes its log in its own time, and loses what it has not written when it is ended.
        until = time.monotonic() + 30
        while not judge.violations() and time.monotonic() < until:
            time.sleep(0.1)
    assert judge.violations()
