"""Two machines never text each other for ever, and a person who is lost among them is heard."""

from dataclasses import replace

import pytest

from flows.effects import Ask, Effect, Owe, Tell
from flows.engine import Moment, advance, at_text, begin
from flows.heard import Heard, Kind
from flows.proof.loops import ever
from flows.protocol import Level, Medium, Protocol
from flows.session import Session, Stage

SOON, LATER = 60, 3700  # seconds; the loop guard forgets after an hour


def texts_of(effects: tuple[Effect, ...]) -> list[str]:
    return [str(effect.text) for effect in effects if isinstance(effect, Tell | Ask)]


def send(protocol: Protocol, session: Session, at: float, heard: Heard) -> tuple[Session, list[str]]:
    turn = advance(protocol, at_text(session), heard, Moment(1_800_000_000 + at))
    return turn.session, texts_of(turn.effects)


def repeated(protocol: Protocol, heard: Heard, times: int) -> tuple[Session, list[list[str]]]:
    session, said = begin(protocol, "en", Medium.sms).session, []
    for number in range(times):
        session, told = send(protocol, session, number * SOON, heard)
        said.append(told)
    return session, said


def test_no_text_over_and_over_is_answered_for_ever(protocol: Protocol) -> None:
    checked, broken = ever(protocol)
    assert broken is None
    assert checked > 500


def test_without_the_guard_a_loop_is_found(protocol: Protocol) -> None:
    _, broken = ever(replace(protocol, limits=replace(protocol.limits, loop=99_999)))
    assert broken is not None
    assert "again and again is answered" in broken[-1]


def test_without_the_limit_of_a_day_two_texts_in_turn_are_found(protocol: Protocol) -> None:
    _, broken = ever(replace(protocol, limits=replace(protocol.limits, texts_a_day=99_999)))
    assert broken is not None
    assert broken[-1].endswith("in turn go on for ever")


@pytest.mark.parametrize("kind", [Kind.help, Kind.thanks, Kind.media, Kind.advice])
def test_the_third_like_text_gets_the_last_words_and_the_fourth_nothing(
    protocol: Protocol, kind: Kind
) -> None:
    _, said = repeated(protocol, Heard(kind), 4)
    assert said[2:] == [["LOOP"], []]


def test_the_line_owes_a_look_at_a_loop(protocol: Protocol) -> None:
    session, _ = repeated(protocol, Heard(Kind.media), 2)
    turn = advance(protocol, session, Heard(Kind.media), Moment(1_800_000_000 + 2 * SOON))
    assert [type(effect).__name__ for effect in turn.effects] == ["Tell", "Owe"]


def test_a_sign_in_doubt_among_the_last_texts_is_owed_at_its_floor(protocol: Protocol) -> None:
    doubt = Heard(Kind.doubt, doubts=("chest_pain_or_breathless",))
    stuck = {"stuck": 2, "stuck_by": "sign:?chest_pain_or_breathless", "stuck_at": 1_800_000_000}
    session = begin(protocol, "en", Medium.sms).session.changed(stuck)
    turn = advance(protocol, session, doubt, Moment(1_800_000_000 + SOON))
    (owed,) = [effect for effect in turn.effects if isinstance(effect, Owe)]
    assert (owed.reason, owed.level) == ("loop", Level.urgent_today)


def test_a_sign_told_once_more_after_its_advice_is_owed_no_less(protocol: Protocol) -> None:
    sign = Heard(Kind.danger, signs=("fever_chills",))
    at = 1_800_000_000
    told = {"told_level": Level.urgent_today, "told_at": at, "stage": Stage.told, "told_text": "U"}
    stuck = {"stuck": 2, "stuck_by": "sign:fever_chills", "stuck_at": at}
    session = begin(protocol, "en", Medium.sms).session.changed(told | stuck)
    turn = advance(protocol, session, sign, Moment(at + SOON))
    (owed,) = [effect for effect in turn.effects if isinstance(effect, Owe)]
    assert (owed.reason, owed.level) == ("loop", Level.urgent_today)


def test_a_doubt_behind_the_last_words_begins_the_questions(protocol: Protocol) -> None:
    session, said = repeated(protocol, Heard(Kind.thanks), 4)
    assert said[-1] == []
    _, told = send(protocol, session, 5 * SOON, Heard(Kind.doubt, doubts=("saddle_numbness",)))
    assert any(text.startswith("ask_") for text in told)


def test_an_hour_later_the_line_answers_again(protocol: Protocol) -> None:
    session, said = repeated(protocol, Heard(Kind.help), 5)
    assert said[-1] == []
    _, told = send(protocol, session, 4 * SOON + LATER, Heard(Kind.help))
    assert told == ["HELP"]


@pytest.mark.parametrize("kind", [Kind.back, Kind.new, Kind.self_harm, Kind.advice])
def test_another_keyword_is_answered_after_the_silence(protocol: Protocol, kind: Kind) -> None:
    session, _ = repeated(protocol, Heard(Kind.help), 5)
    _, told = send(protocol, session, 6 * SOON, Heard(kind))
    assert told


def test_help_over_and_over_in_a_question_ends_with_safe_words(protocol: Protocol) -> None:
    session, _ = repeated(protocol, Heard(Kind.back), 1)
    for number in range(3):
        session, told = send(protocol, session, number * SOON, Heard(Kind.help))
    assert told == ["FAILSAFE_U"]
    assert send(protocol, session, 3 * SOON, Heard(Kind.help))[1] == []


def test_an_emergency_is_told_again_more_often(protocol: Protocol) -> None:
    _, said = repeated(protocol, Heard(Kind.danger, signs=("urinary_retention",)), 11)
    assert said[1:10] == [["E_AGAIN"]] * 9
    assert said[10] == []


def test_too_many_pills_are_heard_as_often_as_a_sign_and_the_last_words_name_the_poison_line(
    protocol: Protocol,
) -> None:
    _, said = repeated(protocol, Heard(Kind.poison), 10)
    assert all("POISON" in told for told in said[:9])
    assert said[8:] == [["POISON"], []]


def test_too_many_pills_in_a_question_end_with_the_poison_line_and_safe_words(protocol: Protocol) -> None:
    session, _ = repeated(protocol, Heard(Kind.back), 1)
    for number in range(8):
        session, told = send(protocol, session, number * SOON, Heard(Kind.poison))
        assert told[0] == "POISON" and len(told) == 2
    session, told = send(protocol, session, 8 * SOON, Heard(Kind.poison))
    assert told == ["POISON", "FAILSAFE_U"]
    assert send(protocol, session, 9 * SOON, Heard(Kind.poison))[1] == []


def test_too_many_pills_after_an_emergency_are_heard_as_often(protocol: Protocol) -> None:
    session, _ = repeated(protocol, Heard(Kind.danger, signs=("urinary_retention",)), 1)
    for number in range(8):
        session, told = send(protocol, session, number * SOON, Heard(Kind.poison))
        assert told[0] == "POISON"
    _, told = send(protocol, session, 8 * SOON, Heard(Kind.poison))
    assert told == ["POISON", "E_AGAIN"]


def test_a_no_for_ever_does_not_begin_the_questions_for_ever(protocol: Protocol) -> None:
    session, rounds = begin(protocol, "en", Medium.sms).session, 0
    for number in range(400):
        heard = Heard(Kind.unclear) if session.stage.name != "asking" else Heard(Kind.unsure)
        session, told = send(protocol, session, number * 5, heard)
        if not told:
            break
        rounds += "ask_heart" in told and "UNSURE" not in told
    assert told == []
    assert rounds == 3


@pytest.mark.parametrize("pause_s", [20, 700, 3000])
def test_unread_texts_end_whatever_the_pauses(protocol: Protocol, pause_s: int) -> None:
    session, last = begin(protocol, "en", Medium.sms).session, ["?"]
    for number in range(12):
        session, last = send(protocol, session, number * pause_s, Heard(Kind.unclear))
    assert last == []


def test_two_texts_in_turn_end_with_the_day(protocol: Protocol) -> None:
    session, answered = begin(protocol, "en", Medium.sms).session, 0
    for number in range(150):
        kind = (Kind.help, Kind.person)[number % 2]
        session, told = send(protocol, session, number * 20, Heard(kind))
        answered += bool(told)
    assert answered == protocol.limits.texts_a_day + 1
    assert send(protocol, session, 4000, Heard(Kind.danger, signs=("urinary_retention",)))[1] == ["E_SPINE"]
    assert send(protocol, session, 87_000, Heard(Kind.help))[1] == ["HELP"]


@pytest.mark.parametrize("counted", [{"rounds": 9}, {"texts": 150, "texts_since": 1_800_000_000}])
def test_an_open_question_ends_with_safe_words_whatever_was_counted_before(
    protocol: Protocol, counted: dict[str, int]
) -> None:
    """Once the last words to an earlier loop were said, a question that opened since still gets its own."""
    session, _ = send(protocol, begin(protocol, "en", Medium.sms).session, 0, Heard(Kind.back))
    session = session.changed(counted | {"stuck": 8, "stuck_by": "unread", "stuck_at": 1_800_000_000})
    session, told = send(protocol, session, SOON, Heard(Kind.unclear))
    assert told == ["FAILSAFE_U"]
    assert session.stage.name == "told"
