"""The exported RapidPro flow, judged by the routing of others: answers, second tries, misses, silence."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path as File
from typing import Any

import pytest

from flows.engine import Moment, Turn, advance
from flows.exchange.outline import wording, words
from flows.exchange.rapidpro import export
from flows.heard import Heard
from flows.heard import Kind as Hears
from flows.protocol import Kind, Protocol, Question
from tests.judge.conftest import Driven
from tests.judge.paths import (
    UNSURE,
    Answer,
    Path,
    disposed,
    first_turn,
    plain,
    told_by_us,
    value_of,
)  # fmt: skip

PACKAGES = File(__file__).with_name(".packages")
DRIVER = File(__file__).with_name("rpft_drive.py")
MISSED, SILENT = "qwxz", None  # a reply that nobody can read, and none at all
HOURS_LATER = Moment(5 * 3600)

Replies = tuple[str | None, ...]
Said = dict[tuple[str, Answer], str]


@pytest.fixture(scope="session", autouse=True)
def rpft() -> None:
    """rpft in its own folder; .ci/run puts it there."""
    if not (PACKAGES / "rpft").is_dir():
        missing = "rpft is not installed: the command is in tests/judge/requirements.lock"
        assert os.environ.get("BACKLINE_CI") != "1", missing
        pytest.skip(missing)


def test_their_routing_tells_every_person_what_our_engine_tells(protocol: Protocol, driven: Driven) -> None:
    """All boundary paths and a uniform sample, in each language."""
    for language in protocol.languages:
        said: Said = {}
        people = [written(protocol, language, path, said) for path in driven.paths]
        expected = [(level.name, wording(protocol, text, language)) for level, text in driven.ours]
        assert different(people, expected, told_by_them(export(protocol, language), people)) == []


def test_second_tries_and_lost_questions_lead_where_ours_do(protocol: Protocol) -> None:
    """Every mix of "not sure" and unreadable replies at every question, then answers, or silence."""
    people = list(dict.fromkeys(struggling(protocol)))
    ours = [struggled(protocol, replies) for replies in people]
    theirs = told_by_them(export(protocol, "en"), people)
    expected = [(level, wording(protocol, text, "en")) for level, text in ours]
    assert len(people) > 400
    assert different(people, expected, theirs) == []


def test_the_emergency_number_ends_the_flow_at_every_question(protocol: Protocol) -> None:
    people = [(*replies, "call 911") for replies in prefixes(protocol)]
    assert len(people) == len(protocol.questions)
    for told in told_by_them(export(protocol, "en"), people):
        assert told == ["emergency_now", wording(protocol, "E_911", "en")]


def test_a_flow_with_one_edge_moved_is_caught(protocol: Protocol) -> None:
    """The judge must be able to disagree: no rule hears of a fever."""
    broken = json.loads(json.dumps(export(protocol, "en")))
    path: Path = ("no", "no", "no", "1", "1", "2", ("0",), 40, 3, "1")
    for node in broken["flows"][0]["nodes"]:
        for case in node.get("router", {}).get("cases", ()):
            judges = node["router"]["categories"][0]["name"] == "Told"
            if judges and node["router"]["operand"] == "@results.fever.category":
                case["arguments"] = ["9"]
    [told] = told_by_them(broken, [written(protocol, "en", path)])
    assert told[0] == "self_care"
    assert told_by_us(protocol, path)[0].name == "urgent_today"


def written(protocol: Protocol, language: str, path: Path, said: Said | None = None) -> Replies:
    """What a person texts who answers so; "not sure" as often as it takes to stay so. said: found before."""
    known = {} if said is None else said
    replies: list[str | None] = []
    turn = first_turn(protocol)
    for answer in path:
        question = protocol.questions[turn.session.asked]
        if (question.id, answer) not in known:
            known[question.id, answer] = texted(protocol, language, question, answer)
        unknown = answer is None or answer in (UNSURE, (UNSURE,))
        times = protocol.limits.unsure if unknown and question.unsure_is is None else 1
        replies += [known[question.id, answer]] * times
        for _ in range(times):
            turn = replied(protocol, turn, answer)
    return tuple(replies)


def texted(protocol: Protocol, language: str, question: Question, answer: Answer) -> str:
    """One answer as a reply."""
    if answer is None or answer in (UNSURE, (UNSURE,)):
        return words(protocol, language, question, UNSURE)[0]
    if isinstance(answer, tuple):
        return " ".join(answer)
    if question.kind is Kind.yes_no:
        return words(protocol, language, question, str(answer))[0]
    return str(answer)


def replied(protocol: Protocol, turn: Turn, answer: Answer) -> Turn:
    """Our engine hears one reply."""
    question = protocol.questions[turn.session.asked]
    if answer is None or answer in (UNSURE, (UNSURE,)):
        return advance(protocol, turn.session, Heard(Hears.unsure), Moment(0))
    return advance(protocol, turn.session, Heard(Hears.answer, value_of(question, answer)), Moment(0))


def prefixes(protocol: Protocol) -> Iterator[Replies]:
    """Plain answers up to each question, the two conditional ones included."""
    changes: dict[str, Answer] = {"risks": ("6",), "pain": 8}
    turn = first_turn(protocol)
    replies: list[str | None] = []
    while not disposed(turn):
        yield tuple(replies)
        question = protocol.questions[turn.session.asked]
        answer = changes.get(question.id, plain(protocol, question))
        replies.append(texted(protocol, "en", question, answer))
        turn = replied(protocol, turn, answer)


def struggling(protocol: Protocol) -> Iterator[Replies]:
    """Tries of each mix at each question, and how it ends: plain answers, unreadable replies, silence.

    Left out: a question that is lost after a "not sure" on it, and then unreadable replies to the next one.
    Ours counts misses in a row across the two; the flow counts them anew, and asks up to two times more."""
    unsure = "not sure"
    for before in prefixes(protocol):
        for size in range(5):
            for tries in product((MISSED, unsure), repeat=size):
                if went_on(protocol, before, tries):
                    continue
                yield finished(protocol, (*before, *tries))
                yield (*before, *tries, SILENT)
                if unsure not in tries:
                    yield unreadable(protocol, (*before, *tries))


def went_on(protocol: Protocol, before: Replies, tries: Sequence[str | None]) -> bool:
    """Whether the last of these tries was no longer made at the same question."""
    turn = heard(protocol, before)
    asked = turn.session.asked
    for reply in tries:
        if disposed(turn) or turn.session.asked != asked:
            return True
        turn = hear(protocol, turn, reply)
    return bool(disposed(turn))


def finished(protocol: Protocol, replies: Replies) -> Replies:
    """These replies, then plain answers to the end."""
    turn, told = heard(protocol, replies), list(replies)
    while not disposed(turn):
        question = protocol.questions[turn.session.asked]
        told.append(texted(protocol, "en", question, plain(protocol, question)))
        turn = hear(protocol, turn, told[-1])
    return tuple(told)


def unreadable(protocol: Protocol, replies: Replies) -> Replies:
    """These replies, then unreadable ones to the end."""
    turn, told = heard(protocol, replies), list(replies)
    while not disposed(turn):
        told.append(MISSED)
        turn = hear(protocol, turn, MISSED)
    return tuple(told)


def struggled(protocol: Protocol, replies: Replies) -> tuple[str, str]:
    """The level and text at which our engine ends this person; silence ends at its safe words."""
    [end] = disposed(heard(protocol, replies))
    return end.level.name, end.text or "TIMEOUT_END"


def heard(protocol: Protocol, replies: Sequence[str | None]) -> Turn:
    """Our engine after these replies."""
    turn = first_turn(protocol)
    for reply in replies:
        turn = hear(protocol, turn, reply)
    return turn


def hear(protocol: Protocol, turn: Turn, reply: str | None) -> Turn:
    """Our engine hears one of the replies above."""
    if reply is SILENT:
        return advance(protocol, turn.session, Heard(Hears.waited), HOURS_LATER)
    question = protocol.questions[turn.session.asked]
    if reply == MISSED:
        return advance(protocol, turn.session, Heard(Hears.unclear), Moment(0))
    if reply == "not sure":
        return advance(protocol, turn.session, Heard(Hears.unsure), Moment(0))
    answer: Answer = reply
    if question.kind is Kind.number:
        answer = int(reply)
    elif question.kind is Kind.list:
        answer = tuple(reply.split())
    return replied(protocol, turn, answer)


def told_by_them(made: dict[str, Any], people: Sequence[Replies]) -> list[list[str]]:
    """What their routing tells each person: the level, and the messages after it."""
    asked = json.dumps({"flow": made["flows"][0], "people": people})
    environment = {**os.environ, "PYTHONPATH": str(PACKAGES)}
    command = [sys.executable, str(DRIVER)]
    ran = subprocess.run(command, input=asked, capture_output=True, text=True, check=True, env=environment)
    told: list[list[str]] = json.loads(ran.stdout)
    return told


def different(
    people: Sequence[Replies], ours: Sequence[tuple[str, str]], theirs: Sequence[list[str]]
) -> list[str]:
    """The first people whom the two tell different things."""
    pairs = zip(people, ours, theirs, strict=True)
    return [f"{who}: ours {us}, theirs {them}" for who, us, them in pairs if list(us) != them[:2]][:5]
