"""The people who play cases: real forms, real TwiML, made-up numbers."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from flows.protocol import Kind, Level, Medium
from flows.session import Stage
from flows.vignettes import Case, Given
from hotline import playing
from hotline.line import Line, open_line
from hotline.playing import Caller, Played, Stuck, Texter, play
from hotline.reports import NOON
from hotline.settings import Settings

WELL = {"age": 40, "severity_0_10": 3, "duration_days": 2}
CASE = Case("well", WELL, Level.self_care, Level.self_care)


@pytest.fixture(scope="module")
def line(redis_url: str) -> Iterator[Line]:
    opened = open_line(Settings(redis_url=redis_url))
    yield opened
    opened.store.close()


def test_everybody_has_a_made_up_number_of_their_own(line: Line) -> None:
    numbers = {Texter(line, NOON).address for _ in range(250)}
    assert len(numbers) == 250
    assert all(number.startswith("+12025550") for number in numbers)


@pytest.mark.parametrize("medium", Medium)
def test_a_case_is_played_to_its_disposition_with_five_seconds_a_reply(line: Line, medium: Medium) -> None:
    played = play(line, CASE, medium, NOON)
    assert (played.level, played.verdict) == (Level.self_care, "ok")
    assert played.replies == {Medium.sms: 11, Medium.voice: 13}[medium]


def test_a_case_told_too_low_or_too_high_or_nothing_is_said_so() -> None:
    urgent = replace(CASE, least=Level.urgent_today, most=Level.urgent_today)
    assert Played(urgent, Level.clinician_soon, 9).verdict == "under"
    assert Played(urgent, Level.emergency_now, 9).verdict == "over"
    assert Played(urgent, None, 9).verdict == "under"
    assert Played(replace(urgent, most=None), Level.emergency_now, 9).verdict == "ok"


def test_a_conversation_that_does_not_end_is_a_fault_and_no_endless_loop(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playing, "MOST_REPLIES", 3)
    with pytest.raises(Stuck, match="case well does not end by sms: it stands at"):
        play(line, CASE, Medium.sms, NOON)


def test_a_caller_keys_both_halves_of_a_list_and_hears_each(line: Line) -> None:
    caller = Caller(line, NOON)
    caller.begin()
    while (question := caller.question) and question.kind is not Kind.list:
        caller.give(Given("no") if question.kind is Kind.yes_no else Given(number=1), question)
    assert question is not None
    assert "Last list" in caller.give(Given(choices=(7,)), question)
    assert "How old" in caller.give(Given(choices=(7,)), question)


def test_a_caller_hears_the_emergency_line_first_and_the_call_ends_after_the_last_words(line: Line) -> None:
    caller = Caller(line, NOON)
    assert caller.dial().startswith("In an emergency, hang up and call 9 1 1.")
    for _ in range(3):
        caller.wait()
    caller.wait()
    assert caller.over and "be seen today" in caller.heard
    session = caller.session
    assert session is not None and session.stage is Stage.over


@pytest.mark.parametrize("medium", Medium)
def test_a_case_in_a_language_that_is_not_there_is_refused_and_not_played_in_another(
    line: Line, medium: Medium
) -> None:
    with pytest.raises(Stuck, match="case well cannot be played in fr"):
        play(line, CASE, medium, NOON, "fr")
