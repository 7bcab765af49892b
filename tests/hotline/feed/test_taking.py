"""Opt-outs that the clinic's other programmes heard: through the door, signed, to what they change here."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient
from pydantic import SecretStr

from hotline import consent_proof
from hotline.consent import Decision, Purpose, read
from hotline.embedded import embedded_redis
from hotline.line import Line, open_line
from hotline.playing import Texter
from hotline.store import State
from hotline.web import create_app
from tests.hotline.edges import PERSON, environment_for, serving, settings_for
from tests.hotline.feed.others import SECRET, THEIRS, body_of, signed
from tests.hotline.phone.lines import served

SELF_CARE = ("BACK", "no", "no", "no", "1", "1", "1", "none", "40", "3", "1")


@pytest.fixture
def line(clean_redis: str) -> Iterator[Line]:
    own = open_line(settings_for(clean_redis, optout_feed_secret=SecretStr(SECRET)))
    yield own
    own.store.close()


@pytest.fixture
def client(line: Line) -> FlaskClient:
    return create_app(line).test_client()


def sent(client: FlaskClient, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """What the other programme got for an answer."""
    answer = client.post("/optouts", data=body, headers=signed(body) if headers is None else headers)
    return answer.status_code, answer.text


def state_of(line: Line, number: str) -> State:
    return line.store.turns.read(line.sealer.contact_of(number))


def ledger_of(line: Line, number: str) -> list[str]:
    return line.store.turns.ledger(line.sealer.contact_of(number))


def test_somebody_on_the_programme_who_said_no_elsewhere_is_out_here(client: FlaskClient, line: Line) -> None:
    person = Texter(line, line.now(), PERSON)
    for text in (*SELF_CARE, "JOIN"):
        person.text(text)
    assert state_of(line, PERSON).enrolment
    assert sent(client, body_of(number=PERSON)) == (204, "")
    state = state_of(line, PERSON)
    assert state.opted_out and state.enrolment == ""
    report = consent_proof.proof(line, person.contact, line.now())
    assert report["whole"] and report["may_be_sent"]["reminders"] == {"may": False, "why": "opted_out"}
    shown = consent_proof.shown(report)
    told = "withdrawn everything, feed, webhook, source r-1 2027-01-11T14:30:00+00:00 pharmacy texts STOP"
    assert told in shown and PERSON not in shown


def test_somebody_whom_we_never_heard_of_gets_a_mark_and_a_line_and_nothing_more(
    client: FlaskClient, line: Line
) -> None:
    before = line.now().replace(microsecond=0)
    assert sent(client, body_of())[0] == 204
    state = state_of(line, THEIRS)
    assert (state.opted_out, state.session, state.enrolment, state.addressed) == (True, "", "", False)
    (entry,) = map(read, ledger_of(line, THEIRS))
    assert (entry.purpose, entry.decision) == (Purpose.everything, Decision.withdrawn)
    assert (entry.channel, entry.method, entry.wording) == ("feed", "webhook", "")
    assert before <= entry.at <= line.now(), "our time of receipt; theirs stands in the source"
    assert sum(line.store.outbox.counts().values()) == 0, "nobody is texted, and nothing goes back"


def test_the_same_revocation_again_is_answered_well_and_changes_nothing(
    client: FlaskClient, line: Line
) -> None:
    assert [sent(client, body_of())[0] for _ in range(3)] == [204] * 3
    assert len(ledger_of(line, THEIRS)) == 1


def test_a_second_revocation_of_somebody_who_is_out_is_a_line_of_its_own(
    client: FlaskClient, line: Line
) -> None:
    assert [sent(client, body_of(id=id))[0] for id in ("a", "b")] == [204, 204]
    assert [read(told).source.split()[0] for told in ledger_of(line, THEIRS)] == ["a", "b"]


def test_who_came_back_with_start_is_not_put_out_by_an_old_request_that_is_repeated(
    client: FlaskClient, line: Line
) -> None:
    """Within the five minutes too: the id is known, whatever has happened since."""
    body = body_of(number=PERSON)
    overheard = signed(body)
    assert sent(client, body, overheard)[0] == 204 and state_of(line, PERSON).opted_out
    Texter(line, line.now(), PERSON).text("START")
    assert not state_of(line, PERSON).opted_out
    before = ledger_of(line, PERSON)
    assert sent(client, body, overheard)[0] == 204
    assert not state_of(line, PERSON).opted_out and ledger_of(line, PERSON) == before


def test_a_new_stop_under_an_id_that_was_used_before_is_not_lost(client: FlaskClient, line: Line) -> None:
    """Some programmes number people, not what they say."""
    assert sent(client, body_of(number=PERSON))[0] == 204
    Texter(line, line.now(), PERSON).text("START")
    assert not state_of(line, PERSON).opted_out
    same_moment = "2027-01-11T14:30:00.5Z"
    assert sent(client, body_of(number=PERSON, at=same_moment))[0] == 204
    assert not state_of(line, PERSON).opted_out
    assert sent(client, body_of(number=PERSON, at="2027-02-20T08:00:00Z"))[0] == 204
    assert state_of(line, PERSON).opted_out


def test_two_spellings_of_a_number_are_one_person(client: FlaskClient, line: Line) -> None:
    assert sent(client, body_of(number="+1 (202) 555-0177"))[0] == 204
    assert state_of(line, THEIRS).opted_out


WRONG: dict[str, Callable[[bytes], dict[str, str]]] = {
    "another secret": lambda body: signed(body, secret="guessed"),
    "no secret": lambda body: signed(body, secret=""),
    "another body": lambda body: signed(body + b" "),
    "too old": lambda body: signed(body, off_s=-302),
    "from the future": lambda body: signed(body, off_s=302),
    "no headers": lambda body: {},
    "no signature": lambda body: {"X-BackLine-Time": signed(body)["X-BackLine-Time"]},
    "no time": lambda body: {"X-BackLine-Signature": signed(body)["X-BackLine-Signature"]},
    "another time": lambda body: (
        signed(body) | {"X-BackLine-Time": signed(body, off_s=-9)["X-BackLine-Time"]}
    ),
    "no ascii": lambda body: signed(body) | {"X-BackLine-Signature": "sha256=é"},
}


@pytest.mark.parametrize("how", WRONG)
def test_a_request_that_is_not_signed_now_by_the_other_side_changes_nothing(
    client: FlaskClient, line: Line, how: str
) -> None:
    body = body_of()
    assert sent(client, body, WRONG[how](body))[0] == 403
    assert not state_of(line, THEIRS).opted_out and ledger_of(line, THEIRS) == []


def test_what_is_signed_and_cannot_be_read_is_not_looked_at_before_its_signature(client: FlaskClient) -> None:
    assert sent(client, b"no json", {})[0] == 403
    assert sent(client, b"no json", signed(b"no json", off_s=-1000))[0] == 403
    assert sent(client, b"no json")[0] == 400


def test_the_secret_before_still_opens_the_door_while_it_is_rotated(clean_redis: str) -> None:
    old = {"optout_feed_secret": SecretStr("n" * 40), "optout_feed_secret_old": SecretStr(SECRET)}
    line = open_line(settings_for(clean_redis, **old))
    assert sent(create_app(line).test_client(), body_of())[0] == 204
    line.store.close()


def test_without_a_secret_there_is_no_such_page(clean_redis: str) -> None:
    line = open_line(settings_for(clean_redis, optout_feed_secret_old=SecretStr(SECRET)))
    body = body_of()
    for headers in ({}, signed(body), signed(body, secret="")):
        assert sent(create_app(line).test_client(), body, headers)[0] == 404
    line.store.close()


UNREADABLE = {
    "not json": b"{",
    "a list": b"[]",
    "no id": json.dumps({"number": THEIRS, "at": "2027-01-11T09:30:00Z", "source": "x"}).encode(),
    "an id of two words": body_of(id="r 1"),
    "a number that is none": body_of(number="2025550177"),
    "a number that cannot exist": body_of(number="+1202555"),
    "a withheld number": body_of(number="+266696687"),
    "a number as a number": body_of(number=12025550177),
    "a time without a zone": body_of(at="2027-01-11T09:30:00"),
    "no time": body_of(at="yesterday"),
    "the end of time": body_of(at="9999-12-31T23:59:59-12:00"),
    "two lines": body_of(source="a\nb"),
    "half a character": b'{"id":"r","number":"+12025550177","at":"2027-01-11T09:30:00Z","source":"\\ud800"}',
    "the number in the id": body_of(id="optout-12025550177"),
    "the number in the source": body_of(source="texted from (202) 555-0177"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_refused_by_name_and_without_the_number(
    client: FlaskClient, line: Line, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    status, told = sent(client, UNREADABLE[what])
    assert status == 400 and told.strip()
    for digits in ("5550177", "555-0177", "26669668"):
        assert digits not in told + caplog.text
    assert line.store.turns.opted_out() == []


def test_a_body_beyond_four_kilobytes_is_not_even_read(client: FlaskClient, line: Line) -> None:
    body = body_of(more="x" * 5000)
    assert sent(client, body)[0] == 413
    assert line.store.turns.opted_out() == []


@pytest.mark.parametrize(("more", "expected"), [("", (204,)), ("x" * 5000, (403, 413))])
def test_a_body_that_does_not_tell_its_length_is_read_no_further_than_that(
    line: Line, more: str, expected: tuple[int, ...]
) -> None:
    """Cut off, its signature cannot fit."""
    body = body_of(more=more)
    with served(create_app(line)) as url:
        pieces = (body[place : place + 100] for place in range(0, len(body), 100))
        answer = requests.post(f"{url}/optouts", pieces, headers=signed(body), timeout=10)
    assert answer.status_code in expected
    assert len(line.store.turns.opted_out()) == (204 in expected)


def test_the_real_server_takes_one_and_refuses_a_forged_and_a_large_one(line: Line, tmp_path: Path) -> None:
    good, large = body_of(), body_of(id="large", more="x" * 5000)
    environment = environment_for(line.settings.redis_url, OPTOUT_FEED_SECRET=SECRET)
    with serving(environment, tmp_path / "log", workers=1) as url:
        statuses = [
            requests.post(f"{url}/optouts", body, headers=headers, timeout=10).status_code
            for body, headers in (
                (good, signed(good)),
                (good, signed(good, secret="guessed")),
                (large, signed(large)),
            )
        ]
        pieces = requests.post(f"{url}/optouts", iter([good]), headers=signed(good), timeout=10)
    assert statuses == [204, 403, 413] and pieces.status_code == 204
    assert line.store.turns.opted_out() == [line.sealer.contact_of(THEIRS)]
    assert "5550177" not in (tmp_path / "log").read_text("utf-8")


def test_only_a_post_is_taken(client: FlaskClient) -> None:
    assert client.get("/optouts").status_code == 405


def test_while_the_store_is_away_the_other_side_is_asked_to_come_again() -> None:
    """And then it counts: 503 is no loss."""
    with embedded_redis() as redis:
        line = open_line(settings_for(redis.url, optout_feed_secret=SecretStr(SECRET)))
        client = create_app(line).test_client()
        assert sent(client, body_of())[0] == 204
    assert sent(client, body_of(id="r-2")) == (503, "")
    line.store.close()


def test_a_page_for_machines_counts_what_came(client: FlaskClient, line: Line) -> None:
    line.settings.metrics_token = SecretStr("m")
    sent(client, body_of())
    sent(client, body_of(), {})
    told = client.get("/metrics", headers={"Authorization": "Bearer m"}).text
    assert 'backline_requests_total{endpoint="optouts",status="204"} 1.0' in told
    assert 'backline_requests_total{endpoint="optouts",status="403"} 1.0' in told
