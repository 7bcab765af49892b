"""Check-in calls: what the line says in a call of its own, and which days it calls on."""

from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from flows.draft import Moment
from flows.effects import Leave, NoCalls, OptOut, Owe, Progress, Tell
from flows.engine import Turn, advance
from flows.enrolment import BY_CALL, Enrolment
from flows.heard import Heard, Kind
from flows.keys import press
from flows.programme import Action, Meaning, Waiting, next_due, sent
from flows.protocol import Level, Medium, Protocol
from flows.session import Session, Stage, blank
from flows.window import Window
from tests.flows.talk import CHECKIN, MONDAY

ASKED = Waiting("checkin", CHECKIN, 3, over_week=False, day7=False)
CALLED = Moment(MONDAY, enrolled=True, can_call=True, by_call=True, waiting=ASKED)


def answered(protocol: Protocol, machine: bool = False, moment: Moment = CALLED, **more: object) -> Turn:
    """Our call, as soon as it is answered."""
    session = blank(protocol, "en", Medium.voice).changed({"stage": Stage.told, "text": "S", **more})
    return advance(protocol, session, Heard(Kind.reminded, machine), moment)


def key(protocol: Protocol, session: Session, keys: str, moment: Moment = CALLED) -> Turn:
    return advance(protocol, session, press(protocol, session, keys), moment)


def said(turn: Turn) -> list[str]:
    return [str(effect.text) for effect in turn.effects if isinstance(effect, Tell)]


@pytest.mark.parametrize(("keys", "meaning", "words"), [("1", "better", "better"), ("2", "same", "same_lt8")])
def test_better_and_the_same_are_noted_and_end_the_call(
    protocol: Protocol, keys: str, meaning: str, words: str
) -> None:
    turn = key(protocol, answered(protocol).session, keys)
    assert said(turn) == [words, "voice_bye"]
    assert Progress(meaning) in turn.effects
    assert turn.session.stage is Stage.over


def test_worse_starts_the_questions(protocol: Protocol) -> None:
    turn = key(protocol, answered(protocol).session, "3")
    assert said(turn) == ["worse", "HOW"] and turn.session.stage is Stage.asking
    assert Progress(Meaning.worse) in turn.effects and turn.session.from_checkin


def test_key_nine_ends_the_calls_and_no_more_than_the_calls(protocol: Protocol) -> None:
    turn = key(protocol, answered(protocol).session, "9")
    assert NoCalls("key 9") in turn.effects and Leave("no_calls") in turn.effects
    assert not any(isinstance(effect, OptOut | Owe) for effect in turn.effects)
    assert said(turn) == ["voice_stopped"]
    assert said(key(protocol, turn.session, "11")) == ["E_911", "END"]


def test_a_machine_is_told_who_called_and_nothing_else(protocol: Protocol) -> None:
    turn = answered(protocol, machine=True)
    assert said(turn) == ["voice_machine"] and turn.session.stage is Stage.over
    for texts in protocol.languages.values():
        words = (texts.texts["voice_machine"].voice or "").lower().replace("backline", "")
        assert not [word for word in ("back", "pain", "espalda", "dolor", "check") if word in words]


def test_two_silences_end_the_call_and_owe_nothing(protocol: Protocol) -> None:
    """It may be a machine that was taken for a person."""
    first = advance(protocol, answered(protocol).session, Heard(Kind.silence), CALLED)
    assert said(first) == ["SILENT_1", "voice_checkin"]
    second = advance(protocol, first.session, Heard(Kind.silence), CALLED)
    assert said(second) == ["voice_bye"] and second.session.stage is Stage.over
    assert not any(isinstance(effect, Owe) for effect in second.effects)


def test_who_left_the_programme_while_it_rang_is_asked_nothing(protocol: Protocol) -> None:
    gone = replace(CALLED, enrolled=False, by_call=False, waiting=None)
    assert said(answered(protocol, moment=gone)) == ["voice_bye"]
    assert said(key(protocol, answered(protocol).session, "1", gone)) == ["voice_bye"]


def test_a_question_that_a_broken_call_left_open_stays_open(protocol: Protocol) -> None:
    turn = answered(protocol, stage=Stage.asking, asked=0, unfinished=True)
    after = key(protocol, turn.session, "1").session
    assert (after.stage, after.back_to) == (Stage.over, Stage.asking)


def test_key_eight_offers_calls_only_where_no_text_arrives(protocol: Protocol) -> None:
    menu = blank(protocol, "en", Medium.voice).changed(
        {"stage": Stage.menu, "back_to": Stage.told, "text": "S", "ended_at": int(MONDAY) - 60}
    )
    age = protocol.places["age"]
    answers = tuple(40 if place == age else told for place, told in enumerate(menu.answers))
    menu = menu.changed({"answers": answers})
    landline = Moment(MONDAY, can_call=True, textable=False)
    assert said(key(protocol, menu, "8", landline)) == ["voice_optin"]
    assert said(key(protocol, menu, "8", Moment(MONDAY))) == ["optin"]
    assert said(key(protocol, menu, "8", CALLED)) == ["voice_already_in"]
    ends = key(protocol, key(protocol, menu, "8", CALLED).session, "2", CALLED)
    assert NoCalls("key 2") in ends.effects and said(ends)[0] == "voice_stopped"


@pytest.mark.parametrize("level", [Level.self_care, Level.clinician_soon])
def test_four_check_ins_are_called_for_and_nothing_else(protocol: Protocol, level: Level) -> None:
    zones, hours = (ZoneInfo("America/New_York"),), Window(time(9), time(20))
    now = datetime(2026, 6, 1, 18, 30, tzinfo=UTC)
    enrolment: Enrolment | None = Enrolment("en", "e", int(now.timestamp()), 3, level, (BY_CALL,))
    called, skipped = [], set[tuple[str, str]]()
    while enrolment is not None:
        due = next_due(protocol.programme, enrolment, now, zones, hours)
        if due is None or due.action is not Action.send:
            break
        called.append((due.day, due.asks))
        skipped |= set(due.skipped)
        now, enrolment = due.at, sent(protocol.programme, enrolment, due, due.at)
    assert called == [(day, "checkin") for day in (1, 3, 7, 14)]
    assert ("heat", BY_CALL) in skipped and ("checkin8", BY_CALL) in skipped
