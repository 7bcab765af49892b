"""The rules against the red-flag table and against the oracle, which states the levels a second time."""

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from flows.protocol import UNASKED, Condition, Flag, Level, Medium, Protocol, Rule
from flows.rules import fired, judge
from flows.session import blank
from flows.vignettes import Told
from tests.flows.talk import BENIGN, Reply, Talk, answered, harmless, level_of

E, U, C, S = Level.emergency_now, Level.urgent_today, Level.clinician_soon, Level.self_care
RANGES = {"age": (0, 110), "severity_0_10": (0, 10), "duration_days": (0, 60)}


def told_by(protocol: Protocol, rule: Rule) -> tuple[int, ...]:
    """The least answers that make a rule's conditions hold, everything else not asked."""
    answers = [UNASKED] * len(protocol.questions)
    for condition in rule.when:
        answers[condition.place] = max(answers[condition.place], 0) | _least(condition)
    return tuple(answers)


def _least(condition: Condition) -> int:
    if condition.mask:
        return condition.mask & -condition.mask
    return condition.at_least if condition.at_least is not None else (condition.under or 1) - 1


def test_each_rule_fires_at_its_level_and_names_its_source(protocol: Protocol) -> None:
    for rule in protocol.rules:
        answers = told_by(protocol, rule)
        assert rule in fired(protocol, answers), rule.id
        assert (
            judge(protocol, replace(blank(protocol, "en", Medium.sms), answers=answers)).level >= rule.level
        )
        assert len(rule.source) > 2, rule.id


def test_one_answer_less_and_a_rule_of_two_does_not_fire(protocol: Protocol) -> None:
    for rule in protocol.rules:
        for left_out in {condition.place for condition in rule.when}:
            answers = list(told_by(protocol, rule))
            answers[left_out] = UNASKED
            assert rule not in fired(protocol, tuple(answers)), rule.id


def plain_case(flag: Flag) -> dict[str, Told]:
    """Somebody well, of whom just this is true; a number as near to harmless as it may be."""
    facts = dict(BENIGN)
    for test in flag.told:
        facts[test.fact] = (
            test.value if test.op == "is" else _number(facts, test.fact, test.op, int(test.value))
        )
    return facts


def _number(facts: Mapping[str, Told], fact: str, op: str, limit: int) -> int:
    now = int(facts.get(fact, 0))
    low = {"at_least": limit, "above": limit + 1}.get(op, now)
    high = {"at_most": limit, "under": limit - 1}.get(op, max(now, low))
    return min(max(now, low), high)


def some_case(protocol: Protocol, flag: Flag, chance: random.Random) -> dict[str, Told]:
    """Anybody at all of whom the flag is told."""
    names = sorted({test.fact for other in protocol.flags for test in other.told} - set(RANGES))
    facts: dict[str, Told] = {name: True for name in names if chance.random() < 0.12}
    for name, (low, high) in RANGES.items():
        tests = [test for test in flag.told if test.fact == name]
        least = max(
            [low, *(int(t.value) + (t.op == "above") for t in tests if t.op in ("at_least", "above"))]
        )
        most = min([high, *(int(t.value) - (t.op == "under") for t in tests if t.op in ("at_most", "under"))])
        facts[name] = chance.randint(least, most)
    return facts | {test.fact: test.value for test in flag.told if test.op == "is"}


# What takes a sign out by its own words: "old and unchanged". The oracle states them alone.
TAKES_OUT = {
    "bladder_change_chronic_unchanged": ("bladder_bowel_loss", "urinary_retention"),
    "leg_signs_chronic_unchanged": (
        *("leg_radiation", "arm_radiation", "numbness_tingling", "limb_weakness", "bilateral_leg"),
        *("bilateral_arm", "progressive_weakness", "cannot_walk"),
    ),
}


def test_each_flag_is_told_at_its_stated_level_by_the_plain_case(protocol: Protocol) -> None:
    found = {flag.id: judge(protocol, answered(protocol, plain_case(flag))).level for flag in protocol.flags}
    stated = {flag.id: flag.level for flag in protocol.flags}
    # A fact that is true only together with another has no plain case of its own.
    assert {id: level for id, level in found.items() if level is not stated[id]} == {}


def test_nobody_with_a_flag_is_told_less_than_it_states(protocol: Protocol, long_run: bool) -> None:
    chance = random.Random(20260107)
    for flag in protocol.flags:
        for _ in range(2000 if long_run else 150):
            facts = some_case(protocol, flag, chance)
            for taken_out, signs in TAKES_OUT.items():
                if any(test.fact in signs for test in flag.told):
                    facts.pop(taken_out, None)
            if any(test.fact == "severity_0_10" for test in flag.told) and not any(
                test.fact == "relieved_by_rest_or_otc" for test in flag.told
            ):
                facts.pop("relieved_by_rest_or_otc", None)
            level = judge(protocol, answered(protocol, facts)).level
            assert level >= flag.level, (flag.id, facts)


def test_another_sign_never_lowers_a_level(protocol: Protocol, long_run: bool) -> None:
    chance = random.Random(7)
    names = sorted({t.fact for flag in protocol.flags for t in flag.told if t.op == "is"} - set(TAKES_OUT))
    names = [name for name in names if name not in ("relieved_by_rest_or_otc", "improving")]
    for _ in range(20_000 if long_run else 1500):
        facts: dict[str, Told] = {name: True for name in names if chance.random() < 0.1}
        facts |= {name: chance.randint(*limits) for name, limits in RANGES.items()}
        before = judge(protocol, answered(protocol, facts)).level
        more = chance.choice(names)
        assert judge(protocol, answered(protocol, facts | {more: True})).level >= before, (facts, more)


def test_a_lost_bladder_is_an_emergency_whatever_else_was_answered(protocol: Protocol) -> None:
    """A yes to the saddle question ends in emergency_now, and the questions end at once."""
    talk = Talk(protocol)
    talk.start()
    talk.go_to("saddle")
    assert talk.reply("yes") == ["E_SPINE"]
    assert talk.session.level is E and not talk.asked


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        ({"duration_days": 7, "improving": False}, S),
        ({"duration_days": 8, "improving": False}, C),
        ({"duration_days": 8, "improving": True}, S),
        ({"age": 17}, C),
        ({"age": 18}, S),
        ({"age": 17, "numbness_tingling": True}, U),
        ({"age": 18, "numbness_tingling": True}, C),
        ({"age": 64, "minor_trauma": True}, S),
        ({"age": 65, "minor_trauma": True}, U),
        ({"age": 59, "severity_0_10": 7, "relieved_by_rest_or_otc": True, "duration_days": 3}, S),
        ({"age": 60, "severity_0_10": 7, "relieved_by_rest_or_otc": True, "duration_days": 3}, U),
        ({"age": 60, "severity_0_10": 6, "duration_days": 3}, S),
        ({"age": 60, "severity_0_10": 7, "relieved_by_rest_or_otc": True, "duration_days": 4}, S),
        ({"severity_0_10": 6}, S),
        ({"severity_0_10": 7}, C),
        ({"severity_0_10": 8}, U),
        ({"severity_0_10": 10, "relieved_by_rest_or_otc": True}, S),
        ({"severity_0_10": 7, "cancer_history": True, "relieved_by_rest_or_otc": True}, U),
        ({"severity_0_10": 6, "cancer_history": True}, C),
        ({"severity_0_10": 6, "osteoporosis_or_steroid": True}, C),
        ({"severity_0_10": 7, "osteoporosis_or_steroid": True, "relieved_by_rest_or_otc": True}, U),
        ({"severity_0_10": 7, "pregnant": True, "relieved_by_rest_or_otc": True}, U),
        ({"thoracic_pain": True, "nausea": True, "severity_0_10": 6}, C),
        ({"thoracic_pain": True, "nausea": True, "severity_0_10": 7}, E),
    ],
    ids=str,
)
def test_each_number_counts_from_its_limit_on(
    protocol: Protocol, facts: dict[str, Told], level: Level
) -> None:
    assert level_of(protocol, **facts) is level


TEXTS = [
    ("E_911", {"heart": "yes"}),
    ("E_911", {"vessel": "yes"}),
    ("E_SPINE", {"limbs": 4}),
    ("E_INJURY", {"injury": 3, "limbs": 3}),
    ("E_INJURY", {"injury": 2, "limbs": 3}),
    ("E_INFECT", {"fever": 2, "risks": (3,)}),
    ("E_SPINE", {"limbs": 3, "risks": (1, 5)}),
    ("E_INFECT", {"limbs": 3, "fever": 4}),
    ("E_PREG", {"risks": (6,), "pregnant": "yes"}),
    ("U_LIMB", {"limbs": 3, "age": 16}),
    ("U_PREG", {"fever": 2, "risks": (6,), "age": 16}),
    ("U_MINOR", {"fever": 2, "age": 16}),
    ("U_MINOR", {"limbs": 2, "age": 16}),
    ("U_INFECT", {"fever": 3}),
    ("U_INFECT", {"risks": (3,)}),
    ("U", {"injury": 2, "age": 70}),
    ("U", {"risks": (1, 7)}),
    ("C_PREG", {"risks": (6,), "age": 16}),
    ("C_MINOR", {"age": 16, "risks": (1,)}),
    ("C", {"risks": (2,)}),
    ("C", {"time": 4}),
    ("S", {}),
]


@pytest.mark.parametrize(("text", "answers"), TEXTS, ids=str)
def test_the_text_that_wins_at_a_level_is_the_one_the_table_names(
    protocol: Protocol, text: str, answers: dict[str, Reply]
) -> None:
    talk = Talk(protocol)
    talk.start()
    assert talk.finish(**answers)[0] == text


def test_relief_is_asked_from_seven_on_and_only_a_yes_helps(protocol: Protocol) -> None:
    talk = Talk(protocol)
    talk.start()
    talk.go_to("pain")
    talk.reply(7)
    assert talk.asked == "relief"
    talk.reply("unsure")  # "not tried" is no relief
    assert talk.finish()[0] == "C"
    talk = Talk(protocol)
    talk.start()
    talk.go_to("pain")
    talk.reply(6)
    assert talk.asked == "time"


def test_emergencies_end_the_questions_at_once(protocol: Protocol) -> None:
    """Whatever question makes it an emergency, none follows it."""
    paths: tuple[dict[str, Reply], ...] = (
        {"heart": "yes"}, {"limbs": 4}, {"injury": 3}, {"limbs": 3, "injury": 2}, {"limbs": 3, "risks": (5,)},
    )  # fmt: skip
    for answers in paths:
        talk = Talk(protocol)
        talk.start()
        while talk.asked:
            asked = talk.asked
            talk.reply(answers.get(asked, harmless(talk.question)))
        assert asked == list(answers)[-1]
        assert talk.session.level is E and len(talk.said) == 1
