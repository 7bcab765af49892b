"""Check-in calls in place of texts, over the carrier's REST and back by its webhooks: a real worker places
the call, the carrier rings the phone, and asks the line what to say."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from flows.enrolment import BY_CALL, Enrolment
from flows.health_words import words_of_health
from flows.protocol import Level
from flows.session import Session
from hotline.consent import read
from hotline.line import Line, open_line
from hotline.phone.app import create_phone
from hotline.phone.call import Call
from hotline.phone.carrier import Carrier
from hotline.phone.clock import OwnClock
from hotline.playing import Caller
from hotline.settings import Settings
from hotline.store import Change, State
from hotline.web import create_app
from tests.hotline.phone.lines import ACCOUNT, served
from tests.workers.conftest import House
from workers import clock, jobs

PHONE = "+442071234567"  # a landline that gets no texts
SELF_CARE = ("2", "2", "2", "1", "1", "1", "0#", "0#", "40#", "3#", "1")
MORNING = 5 * 60 + 30  # half past ten in London, in New York's minutes
NOON = 7 * 60 + 30  # half past twelve in London
HEALTH = ("back", "pain", "spine", "leg", "care", "check-in")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def house(clean_redis: str) -> Iterator[House]:
    """The line with its web server, its worker, and the carrier that calls back."""
    port = free_port()
    carrier = Carrier(ACCOUNT, f"http://127.0.0.1:{port}", pace_s=0.01)
    with served(create_phone(carrier, None, OwnClock())) as url:
        line = open_line(
            Settings(
                redis_url=clean_redis, account_sid=ACCOUNT.sid, auth_token=SecretStr(ACCOUNT.auth_token),
                text_sender=ACCOUNT.text_sender, voice_sender=ACCOUNT.voice_sender, carrier_url=url,
                public_base_url=f"http://127.0.0.1:{port}", send_timeout_s=2, send_threads=4,
                desk_zone="Europe/London",
            )
        )  # fmt: skip
        carrier.now = line.now
        jobs.use(line)
        own = House(line, clock.queue_of(line), carrier)
        with served(create_app(line), port):
            own.go_to(0, 12 * 60)
            yield own
        line.store.close()
        own.queue.connection.close()


def joined(house: House, hour: str = "1") -> Caller:
    """Somebody well who called from that landline and pressed 8, then 1 or the key of another hour."""
    person = Caller(house.line, house.line.now(), PHONE)
    person.begin()
    for key in (*SELF_CARE, "3", "8", hour):
        person.press(key)
    person.hang_up()
    return person


def state(house: House) -> State:
    return house.line.store.turns.read(house.line.sealer.contact_of(PHONE))


def calls(house: House) -> list[Call]:
    return [call for call in house.carrier.calls() if call.direction == "outbound-api"]


def called(house: House, day: int) -> Call:
    """The call of that day's check-in, placed and ringing."""
    before = len(calls(house))
    house.go_to(day, MORNING)
    house.tick()
    (placed,) = calls(house)[before:]
    return placed


def ledger(house: House, line: Line) -> list[tuple[str, str, str]]:
    lines = line.store.turns.ledger(line.sealer.contact_of(PHONE))
    return [(entry.purpose.value, entry.decision.value, entry.method) for entry in map(read, lines)]


def events(house: House) -> list[dict[str, str]]:
    turns = house.line.store.turns
    return [dict(event) for shard in range(64) for _, event in turns.events(shard)]


def test_the_opt_in_to_calls_is_recorded_with_its_exact_words(house: House) -> None:
    joined(house)
    assert ledger(house, house.line) == [
        ("voice_reminders", "offered", "shown"), ("voice_reminders", "granted", "key 1")
    ]  # fmt: skip
    offer, yes = map(read, house.line.store.turns.ledger(house.line.sealer.contact_of(PHONE)))
    assert "up to 4 times in 14 days" in offer.wording and yes.wording
    assert BY_CALL in Enrolment.decode(state(house).enrolment).left_out


def test_whoever_chose_noon_is_called_at_noon_and_the_ledger_says_so(house: House) -> None:
    joined(house, "3")
    assert ledger(house, house.line)[-1] == ("voice_reminders", "granted", "key 3")
    offer, yes = map(read, house.line.store.turns.ledger(house.line.sealer.contact_of(PHONE)))
    assert "At noon, 3." in offer.wording
    assert (yes.key, "at noon" in yes.wording) == ("voice_confirm_noon", True)
    for minute, placed in ((MORNING, 0), (NOON - 1, 0), (NOON, 1), (NOON + 120, 1)):
        house.go_to(1, minute)
        house.tick()
        assert len(calls(house)) == placed, minute


def test_the_call_comes_on_the_day_and_key_one_is_better(house: House) -> None:
    joined(house)
    call = called(house, 1)
    assert (call.to, call.from_) == (PHONE, ACCOUNT.voice_sender)
    assert PHONE not in call.url and call.url.startswith(
        f"{house.line.settings.public_base_url}/voice/checkin/"
    )
    house.carrier.answer(call.sid)
    assert "a computer, with the check-in call you asked for" in " ".join(call.spoken())
    house.carrier.press(call.sid, "1")
    assert call.state == "ended" and "Good to hear" in " ".join(call.spoken())
    house.carrier.settle()
    assert Enrolment.decode(state(house).enrolment).asks == ""
    assert any(
        event.get("kind") == "checkin_call" and event["status"] == "completed" for event in events(house)
    )


def test_whoever_may_not_be_overheard_gets_calls_without_a_word_of_health(house: House) -> None:
    joined(house)
    person = Caller(house.line, house.line.now(), PHONE)
    person.dial()
    for key in ("3", "8", "3"):
        person.press(key)
    person.hang_up()
    assert ledger(house, house.line)[-1] == ("discreet", "granted", "key 3")
    call = called(house, 1)
    house.carrier.answer(call.sid)
    house.carrier.press(call.sid, "1")
    spoken = " ".join(call.spoken())
    assert "If it is better, press 1." in spoken and "call us" in spoken
    assert words_of_health(house.line.protocol.languages["en"], spoken) == []


def test_worse_starts_the_questions_in_the_call(house: House) -> None:
    joined(house)
    call = called(house, 1)
    house.carrier.answer(call.sid)
    house.carrier.press(call.sid, "3")
    assert "chest pain" in " ".join(call.spoken()).lower()
    house.carrier.press(call.sid, "1")
    assert any("9 1 1" in words for words in call.spoken())
    assert state(house).enrolment == ""  # an emergency ends the programme


def test_a_machine_hears_no_word_of_health_and_the_call_ends(house: House) -> None:
    joined(house)
    call = called(house, 1)
    house.carrier.answer(call.sid, "machine_end_beep")
    words = " ".join(call.spoken()).lower()
    assert call.state == "ended" and "a call you asked for" in words
    assert not [word for word in HEALTH if word in words.replace("backline", "").replace("call us back", "")]


def test_a_call_that_nobody_takes_is_not_placed_again_that_day(house: House) -> None:
    joined(house)
    call = called(house, 1)
    house.carrier.ring_out(call.sid, "no-answer")
    house.carrier.settle()
    for minute in (MORNING + 60, MORNING + 300, MORNING + 420):
        house.go_to(1, minute)
        house.tick()
    assert len(calls(house)) == 1
    assert any(event.get("status") == "no-answer" for event in events(house))
    assert called(house, 3) is not call


def test_key_nine_ends_the_calls_and_leaves_the_line_open(house: House) -> None:
    joined(house)
    call = called(house, 1)
    house.carrier.answer(call.sid)
    house.carrier.press(call.sid, "9")
    assert "I will not call you again" in " ".join(call.spoken())
    house.carrier.wait(call.sid)
    assert call.state == "ended" and "9 1 1" in list(call.spoken())[-1]
    assert ledger(house, house.line)[-1] == ("voice_reminders", "withdrawn", "key 9")
    assert state(house).enrolment == "" and not state(house).opted_out
    house.go_to(3, MORNING)
    house.tick()
    assert len(calls(house)) == 1


def test_at_most_four_calls_and_no_text_in_the_whole_programme(house: House) -> None:
    joined(house)
    for day in range(1, 17):
        for minute in (MORNING, MORNING + 240):
            house.go_to(day, minute)
            house.tick(2)
    days = [(call.started_at - datetime(2027, 1, 11, tzinfo=UTC)).days for call in calls(house)]
    assert days == [1, 3, 7, 14]
    assert house.carrier.messages() == []


def test_who_stopped_while_it_rings_is_asked_nothing(house: House) -> None:
    person = joined(house)
    call = called(house, 1)
    person.dial()
    person.wait()
    house.line.store.turns.take(
        person.contact, "", lambda now: Change(b"", enrolment=""), house.line.now()
    )  # staff ended the programme
    house.carrier.answer(call.sid)
    assert "press 1" not in " ".join(call.spoken())


def test_a_call_of_another_address_or_row_is_hung_up(house: House) -> None:
    joined(house)
    call = called(house, 1)
    call.url = call.url.rpartition("/")[0] + "/" + "0" * 12
    house.carrier.answer(call.sid)
    assert list(call.spoken()) == [] and call.state == "ended"


def test_the_carriers_refusal_of_a_call_drops_it_and_tells_staff(house: House) -> None:
    joined(house)
    contact, line = house.line.sealer.contact_of(PHONE), house.line
    nowhere = line.sealer.seal(contact, "address", json.dumps(["nobody", ACCOUNT.text_sender]).encode())
    line.store.turns.take(contact, "", lambda state: Change(b"", address=nowhere), line.now())
    house.go_to(1, MORNING)
    house.tick()
    assert calls(house) == []
    assert [task.reason for task in house.line.store.tasks.list()] == ["undeliverable"]


def test_911_keyed_in_a_check_in_call_is_an_emergency_though_its_nine_ends_the_calls(house: House) -> None:
    joined(house)
    call = called(house, 1)
    house.carrier.answer(call.sid)
    house.carrier.press(call.sid, "911")
    house.carrier.wait(call.sid)
    session = Session.decode(state(house).session)
    assert session.level is Level.emergency_now
