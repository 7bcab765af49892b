"""The hour of check-in calls: which key chooses it, and that every call falls into it or says why not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import call_slots
from flows.draft import Moment
from flows.effects import Enrol, Tell
from flows.engine import Turn, advance
from flows.enrolment import BY_CALL, EVENING, NOON, Enrolment
from flows.keys import press
from flows.programme import Due, next_due, passed_over, sent
from flows.protocol import Level, Medium, Protocol
from flows.session import Session, Stage, blank
from flows.window import Window, instant
from tests.flows.talk import MONDAY

LANDLINE = Moment(MONDAY, can_call=True, textable=False)
HOURS = Window(time(9), time(20))
CHECKINS = ("checkin1", "checkin3", "checkin7", "checkin14")
REASONS = {"late", "holiday", "weekly_cap", "replaced"}
NEW_YORK = ZoneInfo("America/New_York")
# Before the clocks change, forward and back, on both halves of the earth.
BEFORE_A_CHANGE = {
    "America/New_York": (date(2026, 2, 23), date(2026, 10, 19)),
    "Europe/London": (date(2026, 3, 14), date(2026, 10, 10)),
    "Australia/Lord_Howe": (date(2026, 3, 22), date(2026, 9, 20)),
    "America/Santiago": (date(2026, 3, 22), date(2026, 8, 23)),
}
SLOTS = st.sampled_from([*call_slots.CONFIRMED])


def offered(protocol: Protocol, moment: Moment) -> Session:
    """Somebody grown up, told self-care a minute ago, who pressed 8 in the menu."""
    session = blank(protocol, "en", Medium.voice)
    age = protocol.places["age"]
    answers = tuple(40 if place == age else told for place, told in enumerate(session.answers))
    menu = session.changed(
        {"stage": Stage.menu, "back_to": Stage.told, "text": "S", "ended_at": int(MONDAY) - 60,
         "answers": answers}
    )  # fmt: skip
    return key(protocol, menu, "8", moment).session


def key(protocol: Protocol, session: Session, keys: str, moment: Moment = LANDLINE) -> Turn:
    return advance(protocol, session, press(protocol, session, keys), moment)


def said(turn: Turn) -> list[str]:
    return [str(effect.text) for effect in turn.effects if isinstance(effect, Tell)]


def in_calls(slot: str, now: datetime) -> Enrolment:
    tags = call_slots.tags(slot)
    return Enrolment("en", "e", int(now.timestamp()), 3, Level.self_care, tags)


def begins(protocol: Protocol, slot: str) -> time:
    return time.fromisoformat(protocol.programme.call_slots[slot])


def calls(protocol: Protocol, slot: str, joined: datetime, zone: ZoneInfo) -> Iterator[Due]:
    """Every call, the clock looking just when one is due, and nobody answering."""
    enrolment: Enrolment | None = in_calls(slot, joined)
    now = joined
    while enrolment is not None:
        due = next_due(protocol.programme, enrolment, now, (zone,), HOURS)
        if due is None or not due.text:
            return
        yield due
        now, enrolment = due.at, sent(protocol.programme, enrolment, due, due.at)


@pytest.mark.parametrize(
    ("pressed", "slot", "words"),
    [("1", "morning", "voice_confirm"), ("3", "noon", "voice_confirm_noon"),
     ("4", "evening", "voice_confirm_evening")],
)  # fmt: skip
def test_keys_one_three_and_four_choose_the_hour_and_are_told_it(
    protocol: Protocol, pressed: str, slot: str, words: str
) -> None:
    turn = key(protocol, offered(protocol, LANDLINE), pressed)
    assert said(turn)[0] == words and Enrol("voice_optin", slot) in turn.effects


def test_key_two_is_no_and_a_key_that_chooses_nothing_hears_the_offer_again(protocol: Protocol) -> None:
    offer = offered(protocol, LANDLINE)
    no, wrong = key(protocol, offer, "2"), key(protocol, offer, "5")
    assert no.session.stage is Stage.menu and said(wrong) == ["WRONG_KEY", "voice_optin"]
    assert not any(isinstance(effect, Enrol) for effect in (*no.effects, *wrong.effects))


@pytest.mark.parametrize("pressed", ["3", "4"])
def test_who_cannot_be_called_is_offered_texts_alone_and_chooses_no_hour(
    protocol: Protocol, pressed: str
) -> None:
    texted = Moment(MONDAY)
    turn = key(protocol, offered(protocol, texted), pressed, texted)
    assert said(turn) == ["WRONG_KEY", "optin"]
    assert not any(isinstance(effect, Enrol) for effect in turn.effects)
    yes = key(protocol, offered(protocol, texted), "1", texted)
    assert Enrol("optin") in yes.effects


def test_calls_are_offered_beside_the_texts_as_few_numbers_tell_whether_they_get_them(
    protocol: Protocol,
) -> None:
    either = Moment(MONDAY, can_call=True)
    offer = offered(protocol, either)
    assert Enrol("optin") in key(protocol, offer, "1", either).effects
    assert said(key(protocol, offer, "4", either)) == ["WRONG_KEY", "optin", "voice_instead"]
    asked = key(protocol, offer, "3", either)
    assert said(asked) == ["voice_optin"] and not any(isinstance(effect, Enrol) for effect in asked.effects)
    yes, no = (key(protocol, asked.session, pressed, either) for pressed in "42")
    assert Enrol("voice_optin", "evening") in yes.effects and yes.session.stage is Stage.menu
    assert no.effects and not any(isinstance(effect, Enrol) for effect in no.effects)


def test_who_joined_by_text_meanwhile_is_not_enrolled_twice(protocol: Protocol) -> None:
    either = Moment(MONDAY, can_call=True)
    asked = key(protocol, offered(protocol, either), "3", either).session
    turn = key(protocol, asked, "1", Moment(MONDAY, can_call=True, enrolled=True))
    assert turn.session.stage is Stage.menu and not any(isinstance(effect, Enrol) for effect in turn.effects)


def test_the_offer_names_every_key_and_the_confirmation_its_hour(protocol: Protocol) -> None:
    named = {"en": ("in the morning", "at noon", "in the evening"),
             "es": ("en la mañana", "al mediodía", "en la tarde")}  # fmt: skip
    for language, hours in named.items():
        texts = protocol.languages[language].texts
        offer = (texts["voice_optin"].voice or "").lower()
        assert all(hour in offer for hour in hours) and all(f"{digit}." in offer for digit in "1234")
        for words, hour in zip(call_slots.CONFIRMED.values(), hours, strict=True):
            assert hour in (texts[words].voice or "")


def test_an_enrolment_from_before_there_was_a_choice_is_called_in_the_morning() -> None:
    old = Enrolment("en", "e", int(MONDAY), 3, Level.self_care, (BY_CALL,))
    assert call_slots.of(old) == "morning"
    for tag in (NOON, EVENING):
        chosen = replace(old, left_out=call_slots.tags(tag))
        assert call_slots.of(Enrolment.decode(chosen.encode())) == tag


@pytest.mark.parametrize("slot", [*call_slots.CONFIRMED])
@pytest.mark.parametrize("name", [*BEFORE_A_CHANGE])
def test_on_every_day_across_a_change_of_the_clocks_the_call_comes_at_its_hour(
    protocol: Protocol, slot: str, name: str
) -> None:
    zone = ZoneInfo(name)
    for first in BEFORE_A_CHANGE[name]:
        for later in range(18):
            day = first + timedelta(days=later)
            dues = [*calls(protocol, slot, instant(day, time(18, 45), zone), zone)]
            local = [due.at.astimezone(zone) for due in dues]
            assert [at.time() for at in local] == [begins(protocol, slot)] * 4
            assert [(at.date() - day).days for at in local] == [1, 3, 7, 14]


@settings(deadline=None, max_examples=100)
@given(
    slot=SLOTS, name=st.sampled_from([*BEFORE_A_CHANGE]), back=st.booleans(),
    minute=st.integers(0, 14 * 1440),
    late_min=st.lists(st.one_of(st.just(0), st.integers(0, 3000)), min_size=1, max_size=20),
    rests=st.sets(st.integers(1, 30), max_size=6), cap=st.integers(1, 7),
)  # fmt: skip
def test_however_late_the_clock_looks_a_call_falls_into_its_hour_or_has_its_reason(
    protocol: Protocol, slot: str, name: str, back: bool, minute: int, late_min: list[int],
    rests: set[int], cap: int,
) -> None:  # fmt: skip
    zone, first = ZoneInfo(name), BEFORE_A_CHANGE[name][back]
    now = instant(first, time(12), zone) + timedelta(minutes=minute)
    window = replace(HOURS, rests=frozenset(first + timedelta(days=day) for day in rests))
    programme = replace(protocol.programme, weekly_cap=cap)
    enrolment: Enrolment | None = in_calls(slot, now)
    called, passed = dict[str, datetime](), dict[str, str]()
    for turn in range(100):
        due = next_due(programme, enrolment, now, (zone,), window) if enrolment else None
        if enrolment is None or due is None:
            break
        if due.at <= now and due.text:
            called[due.step], enrolment = now, sent(programme, enrolment, due, now)
            passed |= dict(due.skipped)
            assert now < due.until <= now + call_slots.LENGTH
        else:
            now = due.at + timedelta(minutes=late_min[turn % len(late_min)])
    assert due is None and enrolment is not None, "it ends"
    passed |= dict(passed_over(programme, enrolment, now, (zone,), window))
    starts = datetime.combine(first, begins(protocol, slot))
    for at in called.values():
        local = at.astimezone(zone).replace(tzinfo=None)
        assert starts.time() <= local.time() < (starts + call_slots.LENGTH).time()
        assert local.date() not in window.rests
    assert len({at.astimezone(zone).date() for at in called.values()}) == len(called)
    assert set(called) <= set(CHECKINS)
    assert {passed.get(step) for step in CHECKINS if step not in called} <= REASONS


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute, tzinfo=NEW_YORK).astimezone(UTC)


def test_a_clock_that_missed_the_hour_calls_at_it_on_the_next_day(protocol: Protocol) -> None:
    enrolment = in_calls(NOON, at(1, 14))
    in_time = next_due(protocol.programme, enrolment, at(2, 13, 29), (NEW_YORK,), HOURS)
    missed = next_due(protocol.programme, enrolment, at(2, 13, 30), (NEW_YORK,), HOURS)
    assert in_time is not None and (in_time.step, in_time.at) == ("checkin1", at(2, 13, 29))
    assert missed is not None and (missed.step, missed.at) == ("checkin1", at(3, 12, 30))


def test_after_a_holiday_the_call_comes_at_its_hour_and_not_when_the_window_opens(protocol: Protocol) -> None:
    rests = replace(HOURS, rests=frozenset({date(2026, 6, 2)}))
    due = next_due(protocol.programme, in_calls(EVENING, at(1, 14)), at(1, 14), (NEW_YORK,), rests)
    assert due is not None and (due.step, due.at) == ("checkin1", at(3, 17, 30))


def test_silence_on_a_call_of_day_seven_that_came_late_brings_no_call_to_say_goodbye(
    protocol: Protocol,
) -> None:
    """Four check-in calls were agreed to: the one of day 14 still comes."""
    late = replace(
        in_calls(NOON, at(1, 14)), done_day=8, asks="checkin", asked_day=8,
        asked_at=int(at(9, 12, 30).timestamp()), last_at=int(at(9, 12, 30).timestamp()),
    )  # fmt: skip
    due = next_due(protocol.programme, late, at(9, 15), (NEW_YORK,), HOURS)
    assert due is not None and (due.step, due.at) == ("checkin14", at(15, 12, 30))


def test_in_several_zones_the_call_comes_at_the_first_common_hour_of_its_day(protocol: Protocol) -> None:
    zones = (NEW_YORK, ZoneInfo("America/Los_Angeles"))
    due = next_due(protocol.programme, in_calls("morning", at(1, 14)), at(1, 14), zones, HOURS)
    assert due is not None and due.at == at(2, 12)
