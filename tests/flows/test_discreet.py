"""Discreet mode: nothing that leaves names health, and whoever asks for it is understood."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import discreet
from flows.answers import understand
from flows.discreet import FOLLOW_UP, chosen, speaks
from flows.effects import Discreet, Send, Tell
from flows.engine import Moment, advance, begin
from flows.enrolment import BY_CALL, DISCREET, PLAIN, Enrolment
from flows.health_words import words_of_health
from flows.heard import Heard, Kind
from flows.load import FaultyProtocol, load
from flows.programme import Action, Due, Meaning, Waiting, checkin_of, next_due, reply, sent
from flows.protocol import Level, Medium, Programme, Protocol
from flows.session import Session, Stage
from flows.window import Window
from flows.wording import Say, say
from hotline.settings import PROTOCOL_FOLDER

ZONES = (ZoneInfo("America/New_York"),)
HOURS = Window(time(9), time(20))
JOINED = datetime(2026, 6, 1, 18, 30, tzinfo=UTC)
MONDAY = JOINED.timestamp()
TAGS = ("pregnant", "thinner", "bones", "limbs", "minor")
REPLIES = (None, *Meaning)


def texter(protocol: Protocol, language: str = "en", **more: object) -> Session:
    """Somebody by text, at rest."""
    return replace(begin(protocol, language, Medium.sms).session, **more)  # type: ignore[arg-type]


def told(protocol: Protocol, session: Session, heard: Heard, moment: Moment) -> list[Tell]:
    """What one thing heard is answered with, as far as it is no question."""
    return [one for one in advance(protocol, session, heard, moment).effects if isinstance(one, Tell)]


def health_in(
    protocol: Protocol, language: str, text: str, fill: Mapping[str, str], medium: Medium
) -> list[str]:
    """The words of health in a text as it is sent."""
    return words_of_health(protocol.languages[language], say(protocol, text, language, medium, fill))


def texts_of(
    programme: Programme, enrolment: Enrolment | None, replies: Mapping[int, Meaning | None]
) -> Iterator[Due]:
    """Every message of one programme, answered by its number."""
    now, number = JOINED, 0
    while enrolment is not None and number < 40:
        due = next_due(programme, enrolment, now, ZONES, HOURS)
        if due is None:
            return
        now = due.at
        if due.action is Action.end:
            now += timedelta(hours=1)
            continue
        yield due
        enrolment = sent(programme, enrolment, due, due.at)
        meaning = replies.get(number)
        number += 1
        if enrolment and meaning and checkin_of(programme, enrolment, now):
            enrolment = reply(programme, enrolment, meaning, now + timedelta(minutes=9))


@settings(max_examples=150, deadline=None)
@given(
    language=st.sampled_from(("en", "es")),
    level=st.sampled_from((Level.self_care, Level.clinician_soon)),
    tags=st.sets(st.sampled_from((*TAGS, BY_CALL))),
    onset=st.sampled_from((3, 7, 8)),
    replies=st.dictionaries(st.integers(0, 14), st.sampled_from(REPLIES)),
    by_default=st.booleans(),
)
def test_no_text_of_the_programme_says_a_word_of_health_to_who_wants_none(
    protocol: Protocol,
    language: str,
    level: Level,
    tags: set[str],
    onset: int,
    replies: dict[int, Meaning | None],
    by_default: bool,
) -> None:
    enrolment = Enrolment(language, "e", int(MONDAY), onset, level, tuple(sorted(tags)))
    programme = replace(protocol.programme, discreet=by_default)
    if not by_default:
        enrolment = chosen(enrolment, True)
    for due in texts_of(programme, enrolment, replies):
        assert health_in(protocol, language, due.text, due.fill, Medium.sms) == [], due.step


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("checkin", ["checkin", "seen"])
@pytest.mark.parametrize("over_week", [False, True])
@pytest.mark.parametrize("day7", [False, True])
def test_no_answer_to_a_checkin_says_one_unless_the_questions_begin(
    protocol: Protocol, language: str, checkin: str, over_week: bool, day7: bool
) -> None:
    choices = protocol.programme.checkins[checkin].choices
    for day in {step.day for step in protocol.programme.steps if step.asks}:
        waiting = Waiting(checkin, choices, day, over_week, day7)
        moment = Moment(MONDAY, enrolled=True, waiting=waiting, discreet=True)
        for heard in (*(Heard(Kind.answer, 1 << key) for key in choices), Heard(Kind.unclear)):
            turn = advance(protocol, texter(protocol, language), heard, moment)
            if turn.session.stage is Stage.asking:
                continue  # worse, or a new sign: the questions follow, and they name what they ask
            for one in turn.effects:
                if isinstance(one, Tell):
                    assert health_in(protocol, language, one.text, one.fill, Medium.sms) == [], one.text


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_word_of_the_clock_and_no_call_of_ours_says_one(protocol: Protocol, language: str) -> None:
    for key in (Say.NUDGE_MID, *map(protocol.programme.discreet_texts.__getitem__, FOLLOW_UP)):
        text = protocol.languages[language].texts[key]
        for medium in Medium:
            if (text.sms if medium is Medium.sms else text.voice) is not None:
                assert health_in(protocol, language, key, {}, medium) == [], key
    for key in (Say.voice_machine, Say.voice_bye, Say.voice_confirm, Say.voice_stopped):
        assert health_in(protocol, language, key, {}, Medium.voice) == [], key


def test_the_plain_texts_do_say_them(protocol: Protocol) -> None:
    """Or the lists of words would prove nothing."""
    for language in protocol.languages:
        for key in {step.text for step in protocol.programme.steps} - {"tip_posture"}:
            assert health_in(protocol, language, key, {}, Medium.sms), (language, key)


def test_every_checkin_is_sent_and_a_tip_without_a_discreet_text_is_left_out(protocol: Protocol) -> None:
    enrolment = chosen(Enrolment("en", "e", int(MONDAY), 3, Level.self_care), True)
    better = dict.fromkeys(range(40), Meaning.better)
    dues = list(texts_of(protocol.programme, enrolment, better))
    assert [due.step for due in dues] == [
        "checkin1", "checkin3", "move", "checkin7", "posture", "stress", "checkin14",
    ]  # fmt: skip
    left_out = {step for due in dues for step, why in due.skipped if why == DISCREET}
    assert left_out == {"nsaid", "heat", "stretch", "water", "prevent"}


def test_who_was_to_see_someone_is_asked_that_discreetly(protocol: Protocol) -> None:
    enrolment = chosen(Enrolment("en", "e", int(MONDAY), 3, Level.clinician_soon, done_day=1), True)
    due = next_due(protocol.programme, enrolment, JOINED + timedelta(days=2), ZONES, HOURS)
    assert due is not None and (due.text, due.asks) == ("quiet_seen", "seen")


def test_a_persons_choice_outranks_the_installations(protocol: Protocol) -> None:
    discreet_to_all = replace(protocol.programme, discreet=True)
    somebody = Enrolment("en", "e", int(MONDAY), 3, Level.self_care, ("bones",))
    for programme, by_default in ((protocol.programme, False), (discreet_to_all, True)):
        assert speaks(programme, somebody) is by_default and speaks(programme, None) is by_default
        for on in (True, False):
            kept = Enrolment.decode(chosen(somebody, on).encode())
            assert speaks(programme, kept) is on and "bones" in kept.left_out
    assert chosen(chosen(somebody, True), False).left_out == (PLAIN, "bones")


# The keyword


@pytest.mark.parametrize(
    ("text", "language", "on"),
    [("PRIVATE", "en", True), ("Private.", "en", True), ("discreet mode", "en", True),
     ("privado", "en", True), ("private off", "en", False), ("Not private", "en", False),
     ("PRIVADO", "es", True), ("modo discreto", "es", True), ("Privado no", "es", False),
     ("no privado", "es", False), ("private", "es", True)],
)  # fmt: skip
@pytest.mark.parametrize("question", [None, "heart", "saddle", "limbs", "risks", "checkin"])
def test_private_as_the_whole_text_turns_it_on_and_off(
    protocol: Protocol, text: str, language: str, on: bool, question: str | None
) -> None:
    heard = understand(protocol, text, question, language)
    assert (heard.kind, heard.value, heard.signs, heard.doubts) == (Kind.private, on, (), ())


@pytest.mark.parametrize(
    ("text", "language"),
    [("my private parts are numb", "en"), ("numb private", "en"), ("cant feel my privates", "en"),
     ("private parts numb", "en"), ("no siento mis partes privadas", "es"), ("privado dormido", "es"),
     ("partes privadas dormidas", "es")],
)  # fmt: skip
def test_private_parts_stay_a_sign(protocol: Protocol, text: str, language: str) -> None:
    heard = understand(protocol, text, None, language)
    assert heard.kind is not Kind.private
    if "parts" in text or "partes" in text:
        assert "saddle_numbness" in heard.signs, heard


def test_a_mention_of_private_is_no_keyword(protocol: Protocol) -> None:
    for text in (
        "is this private",
        "this is a private number",
        "stop private texts",
        "private off my back hurts",
    ):
        assert understand(protocol, text, None, "en").kind is not Kind.private, text


# What follows from it


def test_private_tells_the_waiting_checkin_again_in_the_words_chosen(protocol: Protocol) -> None:
    waiting = Waiting("checkin", protocol.programme.checkins["checkin"].choices, 7, False, True)
    moment = Moment(MONDAY, enrolled=True, waiting=waiting)
    on = advance(protocol, texter(protocol), Heard(Kind.private, True), moment)
    assert on.effects == (
        Discreet(True), Tell(Say.private_on, {}), Tell("quiet_checkin", {"day": "7"})
    )  # fmt: skip
    off = told(protocol, texter(protocol), Heard(Kind.private, False), replace(moment, discreet=True))
    assert [one.text for one in off] == ["private_off", "checkin7"]


def test_without_a_programme_private_changes_nothing(protocol: Protocol) -> None:
    turn = advance(protocol, texter(protocol), Heard(Kind.private, True), Moment(MONDAY))
    assert turn.effects == (Tell(Say.private_none, {}),)


def test_where_everybody_is_texted_discreetly_the_confirmation_is_too(protocol: Protocol) -> None:
    session = texter(protocol, stage=Stage.told, ended_at=int(MONDAY) - 60, expects="offered")
    answers = list(session.answers)
    answers[protocol.places["age"]] = 40
    session = replace(session, answers=tuple(answers))
    said = told(protocol, session, Heard(Kind.join), Moment(MONDAY, discreet=True))
    assert [one.text for one in said] == ["quiet_confirm"]


@pytest.mark.parametrize("discreetly", [True, False])
def test_a_call_that_breaks_off_texts_no_advice_short_of_an_emergency(
    protocol: Protocol, discreetly: bool
) -> None:
    session = begin(protocol, "en", Medium.voice).session
    for heard in (Heard(Kind.call_began), Heard(Kind.silence)):
        session = advance(protocol, session, heard, Moment(MONDAY)).session
    raised = [*session.raised]
    raised[protocol.places["limbs"]] = 1 << 3
    session = replace(session, raised=tuple(raised))
    moment = Moment(MONDAY + 9, enrolled=True, discreet=discreetly)
    (sent_one,) = [
        one
        for one in advance(protocol, session, Heard(Kind.hung_up), moment).effects
        if isinstance(one, Send)
    ]
    assert sent_one.texts == (("quiet_cut",) if discreetly else ("CALL_CUT", "U_LIMB"))


# What `hotline validate` says


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped protocol."""
    copy = tmp_path / "back_pain"
    shutil.copytree(PROTOCOL_FOLDER, copy)
    return copy


FAULTS = {
    "a word of health": (
        "texts/en.yaml", "BackLine day {day}: How is it going?", "BackLine day {day}: How is your back?",
        'texts/en.yaml:{line}: "quiet_checkin" is a discreet text and says "back": say it without',
    ),
    "a word of health with an accent": (
        "texts/es.yaml", "BackLine {day}/14: ¿Cómo va?", "BackLine {day}/14: ¿Su corazón?",
        'texts/es.yaml:{line}: "quiet_checkin" is a discreet text and says "corazon": say it without',
    ),
    "a spoken one": (
        "texts/en.yaml", "If it is better, press 1. The same", "If your pain is better, press 1. The same",
        'texts/en.yaml:{line}: "quiet_call" is a discreet text and says "pain": say it without',
    ),
    "the clinic's name, which says clinic": (
        "texts/en.yaml", "It can take a few days. Worse, or something new? Text", "{clinic_name} here. Text",
        'texts/en.yaml:{line}: "quiet_same" is a discreet text and says "clinic": say it without',
    ),
    "a word that is never found": (
        "texts/en.yaml", "  back backs spine", "  back Backs spine",
        'texts/en.yaml:{line}: "Backs" is never found: write one word in small letters, without accents',
    ),
    "a check-in without a discreet text": (
        "programme.yaml", "  checkin14: quiet_checkin\n", "",
        'programme.yaml:{line}: "checkin14" has no discreet text: name one',
    ),
    "a text that nothing says": (
        "programme.yaml", "  checkin14: quiet_checkin\n", "  checkin14: quiet_checkin\n  S: quiet_calm\n",
        'programme.yaml:{line}: the follow-up never says "S": drop the line',
    ),
    "a text that is missing": (
        "programme.yaml", "  checkin14: quiet_checkin\n", "  checkin14: quiet_last\n", 'no text "quiet_last"',
    ),
    "a tag of ours": (
        "programme.yaml", "  minor: { age: { under: 18 } }\n",
        "  minor: { age: { under: 18 } }\n  discreet: { age: { under: 18 } }\n",
        'programme.yaml:{line}: "discreet" is a tag of ours: choose another name',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "fault"), FAULTS.values(), ids=list(FAULTS))
def test_what_would_tell_is_found_before_it_is_sent(
    folder: Path, name: str, old: str, new: str, fault: str
) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, name
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(FaultyProtocol) as faulty:
        load(folder)
    found = [str(one) for one in faulty.value.faults]
    head, _, tail = fault.rpartition("{line}")
    assert any(one.startswith(head) and tail in one for one in found), found


def test_a_language_that_lists_no_words_is_a_fault(folder: Path) -> None:
    path = folder / "texts" / "es.yaml"
    lines = path.read_text(encoding="utf-8").split("\n")
    start = lines.index("health: >-")
    end = lines.index("texts:")
    path.write_text("\n".join(lines[:start] + lines[end:]), encoding="utf-8")
    with pytest.raises(FaultyProtocol) as faulty:
        load(folder)
    assert [one.what for one in faulty.value.faults] == [
        "`health` lists no words: add those that a discreet text may not hold"
    ]


def test_each_text_that_has_a_discreet_one_is_found_again(protocol: Protocol) -> None:
    programme = protocol.programme
    for key in FOLLOW_UP:
        assert discreet.plain_of(programme, discreet.instead(programme, key)) == key
    assert discreet.instead(programme, Say.worse) == Say.worse
