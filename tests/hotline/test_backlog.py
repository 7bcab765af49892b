"""What waits to be sent: staff see it, and put back what was set aside."""

import json
from collections.abc import Iterator

import pytest

from hotline import alarms, backlog
from hotline.line import Line, open_line
from hotline.store import Row, row_id
from hotline.web import create_app
from tests.hotline.edges import PERSON, TOKEN, run, settings_for

ON_CALL = "+12025550190"


@pytest.fixture
def line(clean_redis: str) -> Iterator[Line]:
    own = open_line(settings_for(clean_redis, on_call_number=ON_CALL, metrics_token="a-long-secret"))
    yield own
    own.store.close()


def a_row(line: Line, step: str = "day1", purpose: str = "reminder") -> str:
    """A text to the person that is due."""
    at, contact = line.now().timestamp(), line.sealer.contact_of(PERSON)
    id = row_id(contact, purpose, step, "2027-01-11")
    row = Row(id, contact, purpose, (("tip_heat", {}),), "en", at, at + 3600)
    line.store.outbox.add((row,), line.now())
    return id


def queue(line: Line, *more: str) -> tuple[int, str]:
    """What the command says, and its exit code."""
    environment = {"BACKLINE_REDIS_URL": line.settings.redis_url, "BACKLINE_AUTH_TOKEN": TOKEN}
    done = run("queue", *more, environment=environment)
    return done.returncode, done.stdout


def test_staff_see_what_is_due_being_sent_unknown_and_settled(line: Line) -> None:
    due, sending, unknown = (a_row(line, step) for step in ("day1", "day2", "day3"))
    urgent = a_row(line, "x", "urgent")
    now = line.now()
    assert line.store.outbox.claim(sending, now, 30)
    claimed = line.store.outbox.claim(unknown, now, 30)
    assert claimed and line.store.outbox.unknown(unknown, claimed.token, now, now.timestamp() + 120)
    assert line.store.outbox.callback(urgent, "SM1", "delivered", "", now)
    line.store.pace.take("+18005550100", 2, 0, now, reminder=True, first=False)
    line.store.pace.take("+18005550100", 1, 0, now, reminder=False, first=False, call=True)
    code, told = queue(line, "--json")
    report = json.loads(told)
    assert code == 0 and {"pending": 1, "sending": 1, "unknown": 1}.items() <= report["texts"].items()
    assert report["settled"] == {"delivered": 1} and report["due"]["reminders"] == 1
    assert report["senders"] == [{"sender": "+18005550100", "segments_per_s": 3.0, "pause_s": 0.0}]
    assert (report["segments_today"], report["calls_today"]) == (2, 1)
    assert report["halted"] is None and PERSON not in told
    assert line.store.outbox.ring(now, 9, 30) == [due]


@pytest.mark.parametrize("job", [backlog.DELIVER, backlog.REMIND, backlog.WAKE])
def test_what_was_set_aside_is_told_and_put_back(line: Line, job: str) -> None:
    now, contact = line.now(), line.sealer.contact_of(PERSON)
    id = a_row(line) if job == backlog.DELIVER else contact
    backlog.give_back(line, job, [id], now.timestamp()) if job != backlog.DELIVER else None
    for _ in range(2):
        backlog.set_aside(line, job, id, "failed_again_and_again", now)
    assert handed_out(line, job) == [] and line.store.parking.tries(job, [id])[0] > 1000
    assert line.store.signs.alarms() == {alarms.PARKED: 1}
    code, told = queue(line)
    assert code == 1 and f"{id} {job} since" in told
    assert queue(line, "--unpark", id)[0] == 0 and queue(line, "--unpark", id)[0] == 1
    assert handed_out(line, job) == [id] and line.store.parking.tries(job, [id]) == [0]


def handed_out(line: Line, job: str) -> list[str]:
    """What the clock would ring for, without the alarm's notice."""
    now, store = line.now(), line.store
    if job == backlog.DELIVER:
        return store.outbox.ring(now, 9, 0.001, reminders=True)
    return store.due.claim(now, 9, 0.001) if job == backlog.REMIND else store.turns.waiting(now, 9, 0.001)


def test_an_alarm_is_told_once_an_hour_and_names_nobody(line: Line) -> None:
    for _ in range(3):
        rung = alarms.ring(line, alarms.CLOCK_SILENT, line.now())
    assert line.store.signs.alarms() == {alarms.CLOCK_SILENT: 1} and len(rung) == 1
    stored = line.store.outbox.read(rung[0])
    assert stored is not None and stored.row.contact == ""
    assert "python -m workers clock" in alarms.text_of(stored.row.texts[0][1])


def test_prometheus_gets_what_waits_and_never_a_person(line: Line) -> None:
    a_row(line)
    line.store.signs.beat("clock")
    backlog.set_aside(line, backlog.WAKE, line.sealer.contact_of(PERSON), "failed", line.now())
    client = create_app(line).test_client()
    told = client.get("/metrics", headers={"Authorization": "Bearer a-long-secret"}).text
    assert 'backline_texts{state="pending"} 2.0' in told and 'backline_due{kind="reminders"} 1.0' in told
    assert 'backline_parked{job="wake"} 1.0' in told and 'backline_alarms{name="parked"} 1.0' in told
    assert 'backline_beat_age_seconds{process="clock"}' in told and "backline_halted 0.0" in told
    assert PERSON[1:] not in told and line.sealer.contact_of(PERSON) not in told


def test_without_redis_the_metrics_have_a_gap_and_no_wrong_zero() -> None:
    line = open_line(settings_for("redis://127.0.0.1:1/0", metrics_token="a-long-secret"))
    answer = create_app(line).test_client().get("/metrics", headers={"Authorization": "Bearer a-long-secret"})
    assert answer.status_code == 200 and "backline_texts" not in answer.text
