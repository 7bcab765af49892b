"""Somebody who went through everything that the line has is forgotten, and nothing of them is left over."""

import inspect
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import redis

from hotline import backlog, calls, erasing
from hotline.channels import sms
from hotline.conversation import take_turn, wake
from hotline.errors import StillOwed
from hotline.playing import Caller, Texter
from hotline.store import Change, Row, State, keys, row_id
from tests.hotline.edges import run
from tests.hotline.phone.lines import PERSON
from tests.workers.conftest import House
from workers import jobs

OTHER = "+12025550188"
SELF_CARE = ("BACK", "no", "no", "no", "1", "1", "1", "none", "40", "3", "1")
NOON = 12 * 60
STAYS = {
    "o": "the mark of an opt-out",
    "i": "that a message was answered: a hash of its id, for 48 hours, so that a repeat changes nothing",
    "x": "the record that somebody was erased",
    "n": "how many rows there are in each state",
    "u": "how many segments a shard answered in a day, of nobody in particular",
    "pace": "the pace of our senders",
    "clock": "the clock of the trial",
    "beats": "the processes' signs of life",
    "alarms": "how often each alarm rang",
    "rq": "the queue's own names of workers and jobs; a job that is over is gone",
}
"""The kinds of keys that may differ from a Redis that never heard of somebody, and why."""
OF_NOBODY = {
    "p": "protocols",
    "ring": "texts wait here for minutes",
    "ringr": "reminders likewise",
    "f": "texts that are being sent bar forgetting",
    "w": "so do open encounters",
    "k": "the days of who left the programme",
}
"""Kinds that hold nothing of that person at the moment, and tests of their own see to them."""


@pytest.fixture
def raw(house: House) -> Any:
    with redis.Redis.from_url(house.line.settings.redis_url) as client:
        yield client


def kind_of(key: str) -> str:
    """What a key is: its name without the shard and whose it is."""
    found = re.match(r"\{..\}:(\w+)", key)
    return found[1] if found else key.partition(":")[0]


def everything(raw: Any) -> Mapping[str, bytes]:
    """Every key of Redis with all that stands in it."""
    reads: Mapping[bytes, Callable[[str | bytes], Any]] = {
        b"string": lambda key: raw.get(key), b"hash": lambda key: sorted(raw.hgetall(key).items()),
        b"list": lambda key: raw.lrange(key, 0, -1), b"set": lambda key: sorted(raw.smembers(key)),
        b"zset": lambda key: raw.zrange(key, 0, -1, withscores=True), b"stream": lambda key: raw.xrange(key),
    }  # fmt: skip
    return {key.decode(): repr(reads[raw.type(key)](key)).encode() for key in raw.keys("*")}


def naming(raw: Any, *needles: str) -> set[str]:
    """The kinds of keys in whose name or value one of these stands."""
    told = everything(raw).items()
    return {kind_of(key) for key, value in told for one in needles if one in key or one.encode() in value}


def talk(house: House, number: str) -> Texter:
    """Somebody finishes a triage by text and joins; the next morning's check-in reaches them."""
    house.go_to(0, NOON)
    person = Texter(house.line, house.line.now(), number)
    for text in (*SELF_CARE, "JOIN"):
        person.text(text)
    house.go_to(1)
    house.tick()
    return person


def go_through_everything(house: House) -> Texter:
    """A triage by text, the programme, a check-in and its answer, a call, a task that staff closed, and what
    was set aside."""
    line, person = house.line, talk(house, PERSON)
    assert house.texts(), "the check-in of the first day arrived"
    person.at = line.now()
    person.text("better")
    caller = Caller(line, line.now(), PERSON)
    caller.dial()
    caller.press("9")
    caller.hang_up()
    person.at = line.now()
    person.text("i want to kill myself")
    for task in line.store.tasks.list("open"):
        line.store.tasks.claim(task.id, "Nurse Ada", line.now())
        line.store.tasks.close(task.id, "Nurse Ada", "talked at length", line.now())
    backlog.set_aside(line, backlog.WAKE, house.contact, "failed_again_and_again", line.now())
    line.store.parking.begin(backlog.REMIND, [house.contact])
    return person


def forget(house: House) -> int:
    return erasing.forget(house.line, house.contact, "Nurse Ada", house.line.now())


@pytest.mark.parametrize("stops", [True, False])
def test_nothing_of_somebody_who_went_through_everything_is_left(house: House, raw: Any, stops: bool) -> None:
    talk(house, OTHER)
    before = everything(raw)
    person = go_through_everything(house)
    met = changed(raw, before)
    if stops:
        person.text("STOP")
        met |= changed(raw, before)
    assert forget(house) > 20
    left = changed(raw, before)
    assert left <= set(STAYS), left - set(STAYS)
    assert not [key for key in everything(raw) if key.startswith("rq:job:")]
    assert naming(raw, house.contact) == ({"o"} if stops else set())
    assert naming(raw, PERSON, PERSON.removeprefix("+1")) == set()
    unmet = known_kinds() - met - set(OF_NOBODY) - (set() if stops else {"o"})
    assert not unmet, "lead the person of this test through the new key"


def changed(raw: Any, before: Mapping[str, bytes]) -> set[str]:
    """The kinds of keys that were not there before, or not like this."""
    return {kind_of(key) for key, value in everything(raw).items() if before.get(key) != value}


def known_kinds() -> set[str]:
    """The kinds of all keys that the store can name."""
    makers = [make for name, make in inspect.getmembers(keys, inspect.isfunction) if "tag" in _words(make)]
    return {kind_of(make("{00}", *["7"] * (len(_words(make)) - 1))) for make in makers if make.__name__ not in
            ("nobody", "enrolments")} | {"e"}  # fmt: skip


def _words(make: Any) -> list[str]:
    return list(inspect.signature(make).parameters)


def test_others_keep_all_that_is_theirs(house: House, raw: Any) -> None:
    other = talk(house, OTHER)
    before = {key: value for key, value in everything(raw).items() if other.contact in key}
    state = house.line.store.turns.read(other.contact)
    go_through_everything(house)
    forget(house)
    assert {key: value for key, value in everything(raw).items() if other.contact in key} == before
    assert house.line.store.turns.read(other.contact) == state


def test_the_record_of_it_says_who_erased_when_and_nobodys_name_or_hash(house: House) -> None:
    go_through_everything(house)
    forget(house)
    shard = house.line.sealer.shard_of(house.contact)
    [(_, event)] = house.line.store.turns.events(shard)
    assert event == {
        "kind": "erased", "by": "Nurse Ada", "at": event["at"],
        "who": house.line.sealer.erased_name(house.contact),
    }  # fmt: skip
    assert event["who"] != house.contact
    assert calls.of(house.line).began == 0, "the record is no turn of a call"


def test_who_said_stop_stays_opted_out_and_an_enrolment_alone_brings_no_text(house: House) -> None:
    go_through_everything(house).text("STOP")
    forget(house)
    assert house.state() == State(opted_out=True)
    told = len(house.texts())
    house.join()
    house.go_to(2)
    house.tick()
    assert len(house.texts()) == told and house.state().opted_out


def test_who_never_said_stop_leaves_no_mark_and_is_a_stranger(house: House, raw: Any) -> None:
    person = talk(house, PERSON)
    forget(house)
    assert house.state() == State() and naming(raw, house.contact) == set()
    person.at = house.line.now()
    assert "back pain" in person.text("hello").lower() or person.question is not None


def test_the_command_forgets_and_refuses_by_its_exit_code(house: House) -> None:
    """By the number or by the contact's id; it prints no number."""
    person = talk(house, PERSON)
    person.at = house.line.now()
    person.text("i want to kill myself")
    person.text("STOP")
    [task] = house.line.store.tasks.list("open")
    code, _, why = command(house, PERSON, "--by", "Ada")
    assert code == 1 and task.id in why and PERSON.removeprefix("+1") not in why
    house.line.store.tasks.close(task.id, "Ada", "", house.line.now())
    assert command(house, PERSON)[0] == 2, "--by is needed"
    code, told, _ = command(house, PERSON, "--by", "Ada", "--json")
    report = json.loads(told)
    assert code == 0 and report["erased"] > 0 and report["opted_out"] and report["contact"] == house.contact
    code, told, _ = command(house, house.contact, "--by", "Ada")
    assert code == 0 and told.startswith("nothing is kept of this person; the mark of their opt-out stays")
    assert command(house, "nobody", "--by", "Ada")[0] == 1


def command(house: House, *more: str) -> tuple[int, str, str]:
    """What `hotline forget` says."""
    done = run("forget", *more, environment={"BACKLINE_REDIS_URL": house.line.settings.redis_url})
    return done.returncode, done.stdout, done.stderr


def test_forgetting_again_finds_nothing_and_writes_no_second_record(house: House) -> None:
    talk(house, PERSON)
    assert forget(house) > 0
    assert forget(house) == 0
    shard = house.line.sealer.shard_of(house.contact)
    assert len(house.line.store.turns.events(shard)) == 1


def test_who_is_owed_something_is_not_forgotten_until_staff_closed_it(house: House) -> None:
    person = talk(house, PERSON)
    person.at = house.line.now()
    person.text("i want to kill myself")
    tasks = house.line.store.tasks
    for task in tasks.list("open"):
        with pytest.raises(StillOwed, match=task.id):
            forget(house)
        assert house.state().enrolment and person.session
        tasks.close(task.id, "Nurse Ada", "", house.line.now())
    assert forget(house) > 0


def test_whose_questions_are_open_is_not_forgotten(house: House) -> None:
    house.go_to(0, NOON)
    person = Texter(house.line, house.line.now(), PERSON)
    person.text("BACK")
    with pytest.raises(StillOwed, match="questions are open"):
        forget(house)
    assert person.question is not None


def test_who_is_on_the_phone_is_not_forgotten(house: House) -> None:
    talk(house, PERSON)
    caller = Caller(house.line, house.line.now(), PERSON)
    caller.dial()
    with pytest.raises(StillOwed, match="call"):
        forget(house)
    caller.hang_up()
    assert forget(house) > 0


@pytest.mark.parametrize("purpose", ["reminder", "urgent"])
def test_to_whom_a_text_is_being_sent_is_not_forgotten(house: House, purpose: str) -> None:
    talk(house, PERSON)
    line, now = house.line, house.line.now()
    at = now.timestamp()
    id = row_id(house.contact, purpose, "x", "")
    house.change(outbox=(Row(id, house.contact, purpose, (("tip_heat", {}),), "en", at, at + 60),))
    claimed = line.store.outbox.claim(id, now, 30)
    assert claimed is not None
    with pytest.raises(StillOwed, match="under way"):
        forget(house)
    assert line.store.outbox.holds(id, claimed.token, now), "it still goes out"
    line.store.outbox.accepted(id, claimed.token, "SM" + "0" * 32, now)
    if purpose == "urgent":  # whoever misses it is owed a call
        with pytest.raises(StillOwed, match="under way"):
            forget(house)
        line.store.outbox.callback(id, "SM" + "0" * 32, "delivered", "", now)
    assert forget(house) > 0 and line.store.outbox.read(id) is None


def test_a_worker_that_claims_too_late_sends_nothing(house: House) -> None:
    talk(house, PERSON)
    line, now = house.line, house.line.now()
    at = now.timestamp()
    id = row_id(house.contact, "reminder", "x", "")
    house.change(outbox=(Row(id, house.contact, "reminder", (("tip_heat", {}),), "en", at, at + 60),))
    forget(house)
    assert line.store.outbox.claim(id, now, 30) is None
    assert line.store.outbox.counts().get("pending", 0) == 0


def test_a_text_that_comes_in_between_is_answered_and_the_look_taken_again(house: House) -> None:
    person = talk(house, PERSON)
    line, erasure = house.line, house.line.store.erasure
    found = erasure.find(house.contact, house.state().version)
    person.at = line.now()
    person.text("better")
    assert erasure.erase(house.contact, found, {"kind": "erased"}).refusal == "moved"
    assert house.state().session
    assert forget(house) > 0 and house.state() == State()


def test_a_turn_that_began_before_is_decided_again_on_an_empty_state(house: House) -> None:
    talk(house, PERSON)
    seen: list[State] = []

    def decide(state: State) -> Change:
        if not seen:
            forget(house)
        seen.append(state)
        return Change(b"", session="[]")

    house.line.store.turns.take(house.contact, "SM1", decide, house.line.now())
    assert seen[0].enrolment and seen[1:] == [State()]


def test_jobs_that_were_rung_before_bring_nobody_back(house: House, raw: Any) -> None:
    talk(house, PERSON)
    forget(house)
    jobs.remind([house.contact])
    wake(house.line, house.contact, house.line.now())
    for job in (backlog.REMIND, backlog.WAKE):
        backlog.give_back(house.line, job, [house.contact], house.line.now().timestamp())
    assert naming(raw, house.contact) == set()


def test_a_repeated_message_of_before_changes_nothing(house: House, raw: Any) -> None:
    person = talk(house, PERSON)
    form = {"From": PERSON, "To": house.line.settings.text_sender, "Body": "JOIN", "MessageSid": "SM1"}
    take_turn(house.line, sms, sms.read(form), house.line.now())
    forget(house)
    assert take_turn(house.line, sms, sms.read(form), house.line.now()) == b""
    assert person.session is None and naming(raw, house.contact) == set()


def test_an_erasure_that_was_cut_off_is_ended_by_the_next(house: House, raw: Any) -> None:
    """What was set aside lies in another shard: here the process died right before."""
    talk(house, PERSON)
    forget(house)
    row = row_id(house.contact, "reminder", "x", "")
    for job, id in ((backlog.DELIVER, row), (backlog.REMIND, house.contact)):
        house.line.store.parking.park(job, id, "poison", house.line.now())
        house.line.store.parking.begin(job, [id])
    forget(house)
    assert naming(raw, house.contact, row) == set()
    assert house.line.store.parking.listed() == []
