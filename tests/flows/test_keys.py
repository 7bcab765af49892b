"""What keys mean, at each kind of question and in each menu."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.heard import Heard, Kind
from flows.keys import press
from flows.protocol import EMPTY, NO, NONE, YES, Medium, Protocol
from flows.session import Session, Stage, blank


def at(protocol: Protocol, question: str, part: int = 0, more: bool = False) -> Session:
    """A call at that question."""
    session = blank(protocol, "en", Medium.voice)
    return replace(session, stage=Stage.asking, asked=protocol.places[question], part=part, more=more)


def heard(
    protocol: Protocol, keys: str, question: str, part: int = 0, more: bool = False
) -> tuple[Kind, object]:
    found = press(protocol, at(protocol, question, part, more), keys)
    return found.kind, found.value


@pytest.mark.parametrize(
    ("question", "keys", "kind", "value"),
    [
        ("heart", "1", Kind.answer, YES),
        ("heart", "2", Kind.answer, NO),
        ("heart", "3", Kind.unsure, None),
        ("heart", "4", Kind.unclear, None),
        ("heart", "#", Kind.unclear, None),
        ("heart", "9", Kind.escape, None),
        ("heart", "0", Kind.operator, None),
        ("heart", "*", Kind.repeat, None),
        ("limbs", "4", Kind.answer, 1 << 4),
        ("limbs", "1", Kind.answer, 1 << 1),
        ("limbs", "5", Kind.unsure, None),
        ("limbs", "6", Kind.unclear, None),
        ("injury", "4", Kind.unclear, None),
        ("injury", "5", Kind.unsure, None),
        ("age", "40", Kind.answer, 40),
        ("age", "0", Kind.answer, 0),
        ("age", "9", Kind.answer, 9),
        ("age", "121", Kind.unclear, None),
        ("age", "", Kind.unsure, None),
        ("age", "44*", Kind.repeat, None),
        ("age", "44*40", Kind.answer, 40),
        ("age", "*9", Kind.escape, None),
        ("age", "*0", Kind.operator, None),
        ("pain", "10", Kind.answer, 10),
        ("pain", "11", Kind.unclear, None),
    ],
)
def test_a_key_means_the_same_wherever_its_kind_of_question_stands(
    protocol: Protocol, question: str, keys: str, kind: Kind, value: object
) -> None:
    assert heard(protocol, keys, question) == (kind, value)


@pytest.mark.parametrize(
    ("part", "keys", "kind", "value"),
    [
        (1, "1", Kind.answer, 1 << 1),
        (1, "13", Kind.answer, 1 << 1 | 1 << 3),
        (1, "31", Kind.answer, 1 << 1 | 1 << 3),
        (2, "68", Kind.answer, 1 << 6 | 1 << 8),
        (1, "0", Kind.answer, NONE),
        (1, "00", Kind.answer, NONE),
        (1, "", Kind.unclear, None),
        (1, "5", Kind.unclear, None),
        (2, "1", Kind.unclear, None),
        (1, "*", Kind.repeat, None),
        (1, "*9", Kind.escape, None),
    ],
)
def test_a_half_of_a_list_takes_its_own_keys_and_an_empty_end_is_no_none(
    protocol: Protocol, part: int, keys: str, kind: Kind, value: object
) -> None:
    assert heard(protocol, keys, "risks", part) == (kind, value)


def test_an_empty_end_after_more_is_the_end_of_that_half(protocol: Protocol) -> None:
    assert heard(protocol, "", "risks", 1, more=True) == (Kind.answer, EMPTY)


def test_what_stood_beside_a_wrong_key_of_a_list_is_kept(protocol: Protocol) -> None:
    assert press(protocol, at(protocol, "risks", 1), "15").keep == 1 << 1
    assert press(protocol, at(protocol, "risks", 2), "60").keep == 1 << 6


def test_911_is_an_emergency_in_every_stage_and_after_other_keys(protocol: Protocol) -> None:
    for stage in Stage:
        session = replace(at(protocol, "age"), stage=stage)
        for keys in ("911", "*911", "4911"):
            assert press(protocol, session, keys).kind is Kind.danger, stage


def test_after_key_nine_two_ones_are_the_rest_of_911(protocol: Protocol) -> None:
    session = replace(at(protocol, "heart"), stage=Stage.escape)
    assert press(protocol, session, "11").kind is Kind.danger
    assert press(protocol, session, "1") == Heard(Kind.key, "1")


@given(
    keys=st.text("0123456789*#", max_size=12),
    early=st.booleans(),
    place=st.integers(0, 11),
    part=st.integers(0, 2),
)
def test_no_keys_at_all_are_refused(
    protocol: Protocol, keys: str, early: bool, place: int, part: int
) -> None:
    session = replace(blank(protocol, "en", Medium.voice), stage=Stage.asking, asked=place, part=part)
    assert press(protocol, session, keys, early=early).kind in Kind
    for stage in Stage:
        assert press(protocol, replace(session, stage=stage), keys).kind in Kind
