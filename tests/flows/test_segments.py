"""What a text costs, held to a counter by others (npm `sms-segments-calculator`)."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.segments import BASIC, EXTENDED, Segments, normalise, segments
from tests.judge.segments import FIXTURE, judged, texts

CASES: list[tuple[str, str, int]] = json.loads(Path(FIXTURE).read_text(encoding="utf-8"))


def test_three_thousand_texts_cost_what_the_judge_says() -> None:
    assert len(CASES) >= 3000
    wrong = [text for text, encoding, count in CASES if _counted(text) != (encoding, count)]
    assert wrong == []


def test_the_cases_hold_every_kind_and_many_parts() -> None:
    assert {encoding for _, encoding, _ in CASES} == {"GSM-7", "UCS-2"}
    assert {count for _, _, count in CASES} >= {1, 2, 3, 4, 5}
    assert any(character in EXTENDED for text, _, _ in CASES for character in text)
    assert any(ord(character) > 0xFFFF for text, _, _ in CASES for character in text)


@pytest.mark.node
def test_the_judge_still_counts_what_the_fixture_holds() -> None:
    asked = list(texts())
    assert [text for text, _, _ in CASES] == asked
    assert judged(asked) == [(encoding, count) for _, encoding, count in CASES]


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("", Segments("GSM-7", 1, 0)),
        ("x" * 160, Segments("GSM-7", 1, 160)),
        ("x" * 161, Segments("GSM-7", 2, 161)),
        ("€" * 80, Segments("GSM-7", 1, 160)),
        ("x" * 152 + "€" + "x" * 10, Segments("GSM-7", 2, 164)),
        ("x" * 159 + "’", Segments("UCS-2", 3, 160)),
        ("í" * 70, Segments("UCS-2", 1, 70)),
        ("í" * 66 + "😀" + "í" * 66, Segments("UCS-2", 3, 134)),
    ],
)
def test_the_edges_of_a_part(text: str, cost: Segments) -> None:
    assert segments(text) == cost


@given(st.text(max_size=400))
def test_one_character_more_never_costs_less_and_units_are_told(text: str) -> None:
    whole = segments(text + "x")
    assert whole.count >= segments(text).count
    assert whole.units == segments(text).units + 1


def test_quotes_dashes_and_blanks_of_a_keyboard_become_gsm_7() -> None:
    told = "“Don’t” – wait…\u00a0now\tplease"
    assert segments(told).encoding == "UCS-2"
    assert normalise(told) == '"Don\'t" - wait... now please'
    assert segments(normalise(told)).encoding == "GSM-7"


@given(st.text(alphabet=sorted(BASIC | EXTENDED), max_size=200))
def test_what_is_gsm_7_already_stays_as_it_is(text: str) -> None:
    assert normalise(text) == text


def _counted(text: str) -> tuple[str, int]:
    cost = segments(text)
    return cost.encoding, cost.count
