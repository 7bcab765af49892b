"""The person of an example case: what they answer, how it is sent, and that both channels send them right."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.protocol import Level, Medium, Protocol
from flows.vignettes import UNSURE, Case, Given, Told, answer, given, read_case, sent
from hotline.line import Line, open_line
from hotline.playing import play
from hotline.reports import NOON
from hotline.settings import Settings

SAMPLE = Path(__file__).resolve().parents[1] / "data" / "vignettes.sample.json"
CASES = [read_case(shape) for shape in json.loads(SAMPLE.read_text(encoding="utf-8"))]
U, C, S, E = Level.urgent_today, Level.clinician_soon, Level.self_care, Level.emergency_now
WELL: dict[str, Told] = {"age": 40, "severity_0_10": 3, "duration_days": 2}

# What somebody who is well does not know, and the level that follows: the floor of the question, or more.
NOT_KNOWN: list[tuple[dict[str, Told | None], Level]] = [
    ({"chest_pain_or_breathless": UNSURE}, U),
    ({"chest_pain_or_breathless": UNSURE, "jaw_or_arm_pain": True}, E),
    ({"tearing_abdominal_pain": UNSURE}, U),
    ({"urinary_retention": UNSURE}, U),
    ({"urinary_retention": True, "bladder_change_chronic_unchanged": UNSURE}, E),
    ({"limb_weakness": UNSURE}, U),
    ({"limb_weakness": UNSURE, "bilateral_leg": True}, E),
    ({"leg_radiation": UNSURE, "limb_weakness": True}, U),
    ({"trauma_major": UNSURE}, C),
    ({"fever_chills": UNSURE}, C),
    ({"pregnant": UNSURE}, C),
    ({"pregnant": True, "pregnancy_warning_signs": UNSURE}, U),
    ({"age": UNSURE}, C),
    ({"age": None}, C),
    ({"severity_0_10": None}, C),
    ({"duration_days": None}, C),
    ({"duration_days": 9, "improving": UNSURE}, C),
    ({"age": None, "severity_0_10": None, "duration_days": None}, C),
    ({"cancer_history": UNSURE}, S),
    ({"severity_0_10": 8, "relieved_by_rest_or_otc": UNSURE}, U),
]  # fmt: skip


@pytest.fixture(scope="module")
def line(redis_url: str) -> Iterator[Line]:
    opened = open_line(Settings(redis_url=redis_url))
    yield opened
    opened.store.close()


@pytest.mark.parametrize("medium", Medium)
def test_the_sample_cases_are_sent_neither_too_low_nor_too_high(line: Line, medium: Medium) -> None:
    played = [play(line, case, medium, NOON) for case in CASES]
    assert {one.case.id: one.verdict for one in played if one.verdict != "ok"} == {}
    assert len(played) == 16


def test_text_and_phone_tell_the_same_level_in_every_sample_case(line: Line) -> None:
    for case in CASES:
        by_text, by_phone = (play(line, case, medium, NOON).level for medium in Medium)
        assert by_text is by_phone, case.id


@pytest.mark.parametrize(("facts", "level"), NOT_KNOWN, ids=str)
def test_what_a_person_does_not_know_counts_the_same_on_both_channels(
    line: Line, facts: dict[str, Told | None], level: Level
) -> None:
    told = {fact: value for fact, value in {**WELL, **facts}.items() if value is not None}
    case = Case("not known", told, level, level)
    assert [play(line, case, medium, NOON).level for medium in Medium] == [level, level]


@pytest.mark.parametrize(
    ("facts", "question", "told"),
    [
        ({}, "heart", Given("no")),
        ({"faint_or_cold_sweat": True}, "heart", Given("yes")),
        ({"thoracic_pain": True, "nausea": True, "severity_0_10": 7}, "heart", Given("yes")),
        ({"thoracic_pain": True, "nausea": True, "severity_0_10": 6}, "heart", Given("no")),
        ({"thoracic_pain": True, "nausea": True}, "heart", Given(UNSURE)),
        ({"bladder_bowel_loss": True, "bladder_change_chronic_unchanged": True}, "saddle", Given("no")),
        ({"bladder_change_chronic_unchanged": True, "saddle_numbness": True}, "saddle", Given("yes")),
        ({"bilateral_leg": True, "leg_signs_chronic_unchanged": True}, "limbs", Given(number=1)),
        ({"leg_radiation": True, "limb_weakness": UNSURE}, "limbs", Given(UNSURE)),
        ({"buttock_spread_only": True}, "limbs", Given(number=1)),
        ({"minor_trauma_with_osteoporosis_or_steroid": True}, "injury", Given(number=2)),
        ({"minor_trauma_with_osteoporosis_or_steroid": True}, "risks", Given(choices=(4,))),
        ({"fever_chills": True, "painful_urination_or_blood": True}, "fever", Given(number=4)),
        ({"unwell": True}, "fever", Given(number=2)),
        ({"cancer_history": UNSURE, "night_pain": True, "pregnant": UNSURE}, "risks", Given(choices=(6, 7))),
        ({"age": 44}, "age", Given(number=44)),
        ({"age": UNSURE}, "age", Given(UNSURE)),
        ({}, "relief", Given("no")),
        ({"duration_days": 3}, "time", Given(number=1)),
        ({"duration_days": 3.5}, "time", Given(number=2)),
        ({"duration_days": 7}, "time", Given(number=2)),
        ({"duration_days": 8, "improving": True}, "time", Given(number=3)),
        ({"duration_days": 8}, "time", Given(number=4)),
    ],
    ids=str,
)
def test_a_person_answers_from_their_facts_alone(
    protocol: Protocol, facts: dict[str, Told], question: str, told: Given
) -> None:
    assert given(Case("one", facts, S, None), protocol.question(question)) == told


@pytest.mark.parametrize(
    ("told", "question", "text", "keys"),
    [
        (Given("yes"), "heart", "YES", "1"),
        (Given("no"), "heart", "NO", "2"),
        (Given(UNSURE), "heart", "NOT SURE", "3"),
        (Given(UNSURE), "limbs", "NOT SURE", "5"),
        (Given(number=4), "limbs", "4", "4"),
        (Given(number=44), "age", "44", "44#"),
        (Given(UNSURE), "age", "NOT SURE", "#"),
        (Given(choices=()), "risks", "0", "0#"),
        (Given(choices=(1, 7)), "risks", "1,7", "1#"),
    ],
)
def test_the_same_answer_is_texted_or_keyed(
    protocol: Protocol, told: Given, question: str, text: str, keys: str
) -> None:
    asked = protocol.question(question)
    assert sent(told, asked, Medium.sms) == text
    assert sent(told, asked, Medium.voice, part=1 if asked.halves else 0) == keys


def test_the_second_half_of_a_list_gets_its_own_keys(protocol: Protocol) -> None:
    case = Case("one", {"cancer_history": True, "night_pain": True}, S, None)
    assert answer(case, protocol.question("risks"), Medium.voice, part=2) == "7#"


def test_a_case_without_its_facts_or_with_an_unknown_level_is_refused() -> None:
    with pytest.raises(KeyError):
        read_case({"id": "x", "expected_min": "self_care"})
    with pytest.raises(KeyError):
        read_case({"id": "x", "facts": {}, "expected_min": "soon"})
    with pytest.raises(ValueError, match="case x: facts must be"):
        read_case({"id": "x", "facts": [], "expected_min": "self_care"})
