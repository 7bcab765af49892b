"""The carrier's official OpenAPI document judges a tape: what is as it says passes, and each way to break it
is found, in a request and in an answer."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from hotline.errors import OutboundError
from hotline.outbound import Message, Outbound
from hotline.phone.app import create_carrier
from hotline.phone.carrier import Carrier
from hotline.phone.clock import OwnClock
from hotline.phone.faults import LOSSES, REFUSALS
from hotline.phone.http import LocalHttpClient
from hotline.phone.tap import FOLDER
from hotline.settings import Settings
from tests.hotline.phone import tape
from tests.hotline.phone.lines import ACCOUNT, PERSON, served
from tests.hotline.phone.replay import judge
from tests.hotline.phone.tape import Answer, Exchange

ROW = "0aAAAAAAAAAAAAAAAAAAAAAA"
JSON = "application/json"
BODY = "Day 3: how is your back? é"
pytestmark = pytest.mark.node


def own_sender(url: str) -> Outbound:
    """The line's own sender, at that carrier."""
    return Outbound(
        Settings(
            account_sid=ACCOUNT.sid, auth_token=SecretStr(ACCOUNT.auth_token), carrier_url=url,
            public_base_url="https://line.example", send_timeout_s=0.3,
        )
    )  # fmt: skip


def talk(url: str, carrier: Carrier) -> None:
    """What the line says to its carrier, and every way in which it is answered."""
    sender, now = own_sender(url), datetime.now(UTC)
    text = Message(ROW, PERSON, ACCOUNT.text_sender, BODY, now + timedelta(hours=1))
    sender.send(text, now)
    carrier.settle(20)
    assert sender.look_up(PERSON, now, BODY) is not None
    placed = sender.call(replace(text, sender=ACCOUNT.voice_sender, body=""))
    assert sender.look_up_call(PERSON, now) is not None and sender.call_status(placed.sid).sid == placed.sid
    carrier.faults.order("undelivered", code=30005)
    ended = sender.send(text, now)
    carrier.settle(20)
    for kind in REFUSALS | LOSSES:
        carrier.faults.order(kind, code=21211, seconds=0.5)  # to a number that is well written, but nobody's
        with pytest.raises(OutboundError):
            sender.send(text, now)
    client = Client(ACCOUNT.sid, ACCOUNT.auth_token, http_client=LocalHttpClient(url, 2))
    assert client.messages(ended.sid).fetch().error_code == 30005
    refuse(client, Client(ACCOUNT.sid, "wrong", http_client=LocalHttpClient(url, 2)), carrier)


def refuse(client: Client, stranger: Client, carrier: Carrier) -> None:
    """Each of these the carrier refuses."""
    told: dict[str, str] = {"to": PERSON, "from_": ACCOUNT.text_sender, "body": "Hello"}
    wrong: list[Mapping[str, str]] = [
        {"to": "hello"}, {"body": ""}, {"body": "x" * 1601}, {"from_": "+12025550199"},
        {"validity_period": "0"}, {"status_callback": "no address"},
    ]  # fmt: skip
    for one in wrong:
        with pytest.raises(TwilioRestException):
            client.messages.create(**{**told, **one})
    for call in ({"to": "hello", "url": "https://line.example"}, {"to": PERSON}):
        with pytest.raises(TwilioRestException):
            client.calls.create(from_=ACCOUNT.voice_sender, **call)
    carrier.opted_out.add(PERSON)
    for who in (client, stranger):
        with pytest.raises(TwilioRestException):
            who.messages.create(**told)
    with pytest.raises(TwilioRestException):
        client.messages("SM" + "0" * 32).fetch()


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> list[Exchange]:
    """The tape of that talk."""
    folder, carrier = tmp_path_factory.mktemp("tape"), Carrier(ACCOUNT, "http://127.0.0.1:9", pace_s=0.01)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER, str(folder))
        with served(create_carrier(carrier, OwnClock())) as url:
            talk(url, carrier)
    until = time.monotonic() + 20
    while any(one.answer is None for one in tape.read(folder)) and time.monotonic() < until:
        time.sleep(0.05)  # what hangs is still to be cut off
    return list(tape.read(folder))


def test_what_the_line_says_and_is_answered_is_as_the_document_says(heard: list[Exchange]) -> None:
    statuses = {one.answer.status for one in heard if one.answer is not None}
    assert {200, 201, 400, 401, 404, 429, 500} <= statuses
    assert {one.fault for one in heard} == {None, *REFUSALS, *LOSSES}
    assert judge(heard) == []


def of(one: Exchange, **form: str | None) -> Exchange:
    """That request with other values; None leaves a name out."""
    pairs = dict(pair.split("=", 1) for pair in one.body.split("&")) | form
    kept = [f"{name}={value}" for name, value in pairs.items() if value is not None]
    return replace(one, body="&".join(kept))


def told(one: Exchange, status: int | None = None, /, **fields: object) -> Exchange:
    """That exchange with another answer; a field of `...` is left out."""
    assert one.answer is not None and one.answer.body is not None
    known = json.loads(one.answer.body) | fields
    body = json.dumps({name: value for name, value in known.items() if value is not ...})
    return replace(one, answer=Answer(status or one.answer.status, one.answer.headers, body))


ERROR = {"code": 21999, "message": "No", "more_info": "https://carrier.example/21999", "status": 400}
REQUESTS: Mapping[str, Callable[[Exchange, Exchange], Exchange]] = {
    "no number": lambda text, seen: of(text, To=None),
    "not a number": lambda text, seen: of(text, To="hello"),
    "a bare plus, which is a space": lambda text, seen: of(text, To="+12025550101"),
    "nobody sends": lambda text, seen: of(text, From=None),
    "nothing said": lambda text, seen: of(text, Body=None),
    "too long": lambda text, seen: of(text, Body="x" * 1601),
    "no time to live": lambda text, seen: of(text, ValidityPeriod="0"),
    "a choice that is none": lambda text, seen: of(text, ScheduleType="tomorrow"),
    "an unknown name": lambda text, seen: of(text, Boddy="Hello"),
    "a name twice": lambda text, seen: replace(text, body=text.body + "&To=%2B12025550101"),
    "no password": lambda text, seen: replace(text, headers={"Content-Type": text.headers["Content-Type"]}),
    "JSON": lambda text, seen: replace(text, headers=text.headers | {"Content-Type": JSON}),
    "no such address": lambda text, seen: replace(text, target="/2010-04-01/Accounts/x/Letters.json"),
    "an unknown name asked for": lambda text, seen: replace(seen, target=seen.target + "&Colour=red"),
    "half a page": lambda text, seen: replace(seen, target=seen.target + "&PageSize=half"),
    "lost with its answer": lambda text, seen: replace(of(text, To="hello"), answer=None),
    "refused, but well written": lambda text, seen: told(text, 400, **ERROR),
}
ANSWERS: Mapping[str, Callable[[Exchange, Exchange], Exchange]] = {
    "no such status": lambda text, seen: told(text, status="flying"),
    "a field is missing": lambda text, seen: told(text, sid=...),
    "a field too many": lambda text, seen: told(text, colour="red"),
    "a number for a word": lambda text, seen: told(text, num_segments=1),
    "a date of its own kind": lambda text, seen: told(text, date_created="2027-01-11T00:00:00Z"),
    "an unknown code": lambda text, seen: told(text, 418, **ERROR),
    "an error of another shape": lambda text, seen: told(text, 500),
    "a page": lambda text, seen: replace(text, answer=Answer(500, {"Content-Type": "text/html"}, "<p>Oh")),
    "a refusal that is a page": lambda text, seen: replace(
        of(text, To="hello"), answer=Answer(400, {"Content-Type": "text/html"}, "<p>No")
    ),
    "a refusal that is a list": lambda text, seen: replace(
        of(text, To="hello"), answer=Answer(400, {"Content-Type": JSON}, "[]")
    ),
    "no JSON": lambda text, seen: replace(text, answer=Answer(201, {"Content-Type": JSON}, "<p>Oh")),
    "a list without its texts": lambda text, seen: told(seen, messages=...),
    "a broken text in a list": lambda text, seen: told(seen, messages=[{"sid": "x"}]),
    "garbage that is none": lambda text, seen: replace(text, fault="garbage"),
}


@pytest.fixture(scope="module")
def planted(heard: list[Exchange]) -> dict[str, list[str]]:
    """What the judge says of each planted exchange."""
    text = next(one for one in heard if one.method == "POST" and one.answer and one.answer.status == 201)
    seen = next(one for one in heard if one.method == "GET" and "Messages.json?" in one.target)
    makes = {**REQUESTS, **ANSWERS}
    made = [replace(make(text, seen), where=name) for name, make in makes.items()]
    says: dict[str, list[str]] = {name: [] for name in makes}
    for finding in judge([text, seen, *made, seen, text]):
        says[finding.one.where].append(finding.words)  # a KeyError for one of the good ones
    return says


@pytest.mark.parametrize("name", REQUESTS)
def test_a_wrong_request_is_found(planted: dict[str, list[str]], name: str) -> None:
    assert any(words.startswith("request: ") for words in planted[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_a_wrong_answer_is_found_and_its_request_is_not_blamed(
    planted: dict[str, list[str]], name: str
) -> None:
    assert planted[name] and all(words.startswith("answer: ") for words in planted[name])


def test_a_finding_names_the_exchange_and_what_was_said(heard: list[Exchange]) -> None:
    text = next(one for one in heard if one.method == "POST")
    [finding] = judge([replace(of(text, To="hello"), where="tests.workers 12.jsonl 12-3")])
    assert "must match pattern" in str(finding)
    assert "tape tests.workers 12.jsonl 12-3" in str(finding) and "To=hello" in str(finding)


def test_the_same_again_is_judged_once_and_what_differs_is_not(heard: list[Exchange]) -> None:
    """Other numbers, ids and dates are the same; badly written ones (a bare plus is a space in a form), other
    names and no answer are not."""
    text = told(next(one for one in heard if one.method == "POST"))
    later = told(text, sid="SM" + "1" * 32, date_created="Mon, 11 Jan 2027 05:00:00 +0000")
    others = [of(text, To="%2B120255"), of(text, Colour="red"), told(text, sid="SM1")]
    others += [replace(text, answer=None), replace(text, fault="garbage"), of(text, To="+12025550101")]
    assert of(later, To="%2B442071234567").shape == text.shape
    assert len({one.shape for one in [text, *others]}) == 7


def test_a_line_torn_by_a_kill_is_left_out_at_the_end_and_nowhere_else(
    tmp_path: Path, heard: list[Exchange]
) -> None:
    whole = json.dumps({"id": "1-0", "method": "GET", "target": "/x", "headers": {}, "body": ""}) + "\n"
    (tmp_path / "1.jsonl").write_text(whole + whole[:20])
    [one] = tape.read(tmp_path)
    assert (one.where, one.answer) == ("1.jsonl 1-0", None)
    (tmp_path / "1.jsonl").write_text(whole[:20] + "\n" + whole)
    with pytest.raises(ValueError):
        tape.sum_up(tmp_path)


def test_a_request_whose_process_died_is_kept_when_its_number_comes_again(tmp_path: Path) -> None:
    rows = [{"id": "1-0", "method": "GET", "target": f"/{n}", "headers": {}, "body": ""} for n in range(2)]
    answer = {"id": "1-0", "status": 200, "headers": {}, "body": "", "fault": None}
    (tmp_path / "1.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*rows, answer]))
    assert [(one.target, one.answer is None) for one in tape.read(tmp_path)] == [("/0", True), ("/1", False)]


def test_a_run_is_summed_up_with_what_it_heard_and_where(tmp_path: Path) -> None:
    rows = [{"id": f"1-{n}", "method": "GET", "target": "/x", "headers": {}, "body": ""} for n in range(3)]
    answer = {"id": "1-1", "status": 200, "headers": {}, "body": "", "fault": None}
    for folder, lines in (("tests.a", rows), ("tests.b", [*rows, answer])):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lines))
    heard = tape.sum_up(tmp_path)
    assert heard.exchanges == 6 and heard.folders == {"tests.a", "tests.b"}
    assert [one.answer is None for one in heard.distinct] == [True, False]
