"""What the carrier tells of a text afterwards: through the door, signed, to what it changes."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from flows.programme import enrol
from flows.protocol import UNASKED, Level
from hotline import tasks
from hotline.consent import Decision, Purpose, read
from hotline.line import Line, open_line
from hotline.store import Change, Row, State, row_id
from hotline.web import create_app
from tests.hotline.edges import ACCOUNT, BASE, PERSON, headers_for, settings_for

SID = "SM" + "a" * 32


@pytest.fixture
def line(clean_redis: str) -> Iterator[Line]:
    own = open_line(settings_for(clean_redis))
    yield own
    own.store.close()


@pytest.fixture
def client(line: Line) -> FlaskClient:
    return create_app(line).test_client()


def contact_of(line: Line) -> str:
    return line.sealer.contact_of(PERSON)


def enrolled_with_a_text(line: Line, purpose: str = "reminder") -> str:
    """The person is on the programme, and a text to them is with the carrier. The row's id."""
    now, contact = line.now(), contact_of(line)
    answers = [UNASKED] * len(line.protocol.questions)
    enrolment = enrol(line.protocol, answers, Level.self_care, "en", "e", now).encode()
    at, id = now.timestamp(), row_id(contact, purpose, "tip_heat", "2027-01-11")
    told = contact if purpose != tasks.PURPOSE else ""
    row = Row(id, told, purpose, (("tip_heat", {}),), "en", at, at + 3600)
    change = Change(b"", enrolment=enrolment, due_at=at + 86_400, outbox=(row,))
    line.store.turns.take(contact, "", lambda state: change, now)
    claimed = line.store.outbox.claim(id, now, 30)
    assert claimed is not None and line.store.outbox.accepted(id, claimed.token, SID, now)
    return id


def told(client: FlaskClient, id: str, status: str, code: str = "") -> int:
    """The carrier's signed status callback; what it got for an answer."""
    path = f"/status/{id}"
    fields = {"AccountSid": ACCOUNT, "MessageSid": SID, "MessageStatus": status, "ErrorCode": code}
    headers = headers_for(BASE + path, list(fields.items()))
    return client.post(path, data=urlencode(fields), headers=headers).status_code


def state(line: Line) -> State:
    return line.store.turns.read(contact_of(line))


def reasons(line: Line) -> list[str]:
    return [task.reason for task in line.store.tasks.list("open")]


def test_a_landline_ends_the_programme_and_staff_are_told(client: FlaskClient, line: Line) -> None:
    id = enrolled_with_a_text(line)
    assert state(line).enrolment
    assert told(client, id, "undelivered", "30006") == 204
    assert state(line).enrolment == "" and not state(line).opted_out
    assert reasons(line) == ["undeliverable"]


def test_an_opt_out_that_only_the_carrier_heard_counts_here_too(client: FlaskClient, line: Line) -> None:
    id = enrolled_with_a_text(line)
    assert told(client, id, "failed", "21610") == 204
    assert state(line).opted_out and state(line).enrolment == "" and reasons(line) == []
    (entry,) = map(read, line.store.turns.ledger(contact_of(line)))
    assert (entry.purpose, entry.decision) == (Purpose.everything, Decision.withdrawn)
    assert (entry.method, entry.source) == ("carrier", f"row {id}")


def test_a_callback_that_comes_twice_changes_nothing_more(client: FlaskClient, line: Line) -> None:
    id = enrolled_with_a_text(line)
    assert [told(client, id, "failed", "21610") for _ in range(2)] == [204, 204]
    assert len(line.store.turns.ledger(contact_of(line))) == 1


@pytest.mark.parametrize(("status", "code"), [("undelivered", "30003"), ("delivered", ""), ("sent", "30006")])
def test_a_text_that_was_lost_once_or_arrived_ends_nothing(
    client: FlaskClient, line: Line, status: str, code: str
) -> None:
    id = enrolled_with_a_text(line)
    assert told(client, id, status, code) == 204
    assert state(line).enrolment and reasons(line) == []


def test_a_notice_to_staff_that_fails_ends_nobodys_programme(client: FlaskClient, line: Line) -> None:
    id = enrolled_with_a_text(line, tasks.PURPOSE)
    assert told(client, id, "undelivered", "30006") == 204
    assert state(line).enrolment and reasons(line) == []
