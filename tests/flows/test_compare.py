"""What a change of the protocol does to people is counted over every answer set, and each example is a
true one."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from flows.compare import Comparison, compare
from flows.compare import Path as Answers
from flows.load import load, loads, read_folder
from flows.protocol import NO, NONE, UNASKED, UNKNOWN, YES, Kind, Level, Medium, Protocol, Question
from flows.rules import judge
from flows.session import blank

SHIPPED = Path(__file__).resolve().parents[2] / "flows" / "back_pain"
# 3 answers to each of heart, vessel and saddle; 5, 4 and 5 to limbs, injury and fever; 256 lists and "not
# sure", those with
# a pregnancy three ways; 121 ages and "not sure"; 7 pains and "not sure", and 4 with three answers to
# relief; 5 to time.
EVERY_ANSWER_SET = 3**3 * (5 * 4 * 5) * (128 * 3 + 129) * 122 * (8 + 4 * 3) * 5


@pytest.fixture(scope="module")
def shipped() -> Protocol:
    return load(SHIPPED)


def changed(old: str, new: str) -> Protocol:
    files = read_folder(SHIPPED)
    assert old in files["protocol.yaml"], "the line that this test changes is gone"
    return loads(files | {"protocol.yaml": files["protocol.yaml"].replace(old, new)})


def level_of(protocol: Protocol, answers: Answers) -> Level:
    """What the rules themselves say of such answers."""
    session = blank(protocol, "en", Medium.sms)
    told, floor = [UNASKED] * len(protocol.questions), Level.self_care
    for id, words in answers:
        question = protocol.question(id)
        if question.ask_if is not None and not question.ask_if.holds(tuple(told)):
            continue  # this protocol does not ask it
        told[question.place] = value_of(question, words)
        floor = max(floor, question.floor if words == "not sure" else floor)
    return judge(protocol, replace(session, answers=tuple(told), floor=floor, reason="limbs")).level


def value_of(question: Question, words: str) -> int:
    if words == "not sure":
        return UNKNOWN
    if question.kind is Kind.yes_no:
        return {"yes": YES, "no": NO}[words]
    if question.kind is Kind.number:
        return int(words)
    if question.kind is Kind.list:
        return sum(1 << int(key) for key in words.split(",")) if words != "0" else NONE
    return 1 << int(words)


def test_every_answer_set_is_counted_once(shipped: Protocol) -> None:
    """The same protocol twice: nothing moves, and the number of answer sets is the one worked out by hand."""
    assert compare(shipped, shipped) == Comparison(EVERY_ANSWER_SET, ())


def test_a_lowered_rule_shows_as_people_told_less(shipped: Protocol) -> None:
    """A weak limb lowered to clinician_soon: only drops, and the plainest example is a weak limb alone."""
    lower = "{limbs: 3}, level: clinician_soon"
    change = compare(shipped, changed("{limbs: 3}, level: urgent_today", lower))
    assert (change.up, change.down > 0) == (0, True)
    assert change.same + change.down == EVERY_ANSWER_SET
    assert dict(change.moved[0].example)["limbs"] == "3"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("age: {at_least: 65}", "age: {at_least: 60}"),
        (
            "{injury: 2, limbs: 3}, level: emergency_now",
            "{injury: 2, limbs: 3, time: 1}, level: emergency_now",
        ),
        ("pain: {at_least: 8}, relief: no", "pain: {at_least: 9}, relief: no"),
        ("ask_if: {risks: 6}", "ask_if: {risks: 5}"),
    ],
)
def test_each_example_is_told_what_the_comparison_says(shipped: Protocol, old: str, new: str) -> None:
    """The rules themselves give both levels of every example."""
    other = changed(old, new)
    change = compare(shipped, other)
    assert change.moved
    for moved in change.moved:
        assert (level_of(shipped, moved.example), level_of(other, moved.example)) == (moved.old, moved.new)


def test_random_people_move_only_as_the_comparison_says(shipped: Protocol) -> None:
    """3,000 random answer sets: each that moves is among the moves that were counted."""
    other = changed("pain: {at_least: 8}, relief: no", "pain: {at_least: 7}, relief: no")
    known = {(moved.old, moved.new) for moved in compare(shipped, other).moved}
    dice, seen = random.Random(7), set()
    for _ in range(3000):
        answers = tuple((q.id, random_words(q, dice)) for q in shipped.questions if q.ask_if is None)
        if int(dict(answers)["pain"].replace("not sure", "0")) >= 7:
            answers = (*answers, ("relief", dice.choice(["yes", "no"])))
        levels = (level_of(shipped, answers), level_of(other, answers))
        if levels[0] is not levels[1]:
            seen.add(levels)
    assert seen and seen <= known


def random_words(question: Question, dice: random.Random) -> str:
    """Mostly harmless answers, so that the levels are not all emergencies."""
    if question.kind is Kind.yes_no:
        return "no"
    if question.kind is Kind.number:
        return str(dice.randint(question.low, question.high))
    if question.kind is Kind.list:
        return dice.choice(["0", "0", "0", "2", "7"])
    return dice.choice(["1", "1", "1", "2", "not sure"])
