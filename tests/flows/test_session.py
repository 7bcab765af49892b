"""A session is one short line, and comes back as it was."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.protocol import EMPTY, UNASKED, UNKNOWN, Level, Medium, Protocol
from flows.session import BadSession, Session, Stage, blank, merge

MASKS = st.integers(UNASKED, 511)
SESSIONS = st.builds(
    Session,
    protocol=st.just("0123456789abcdef"),
    language=st.sampled_from(["en", "es"]),
    medium=st.sampled_from(Medium),
    stage=st.sampled_from(Stage),
    back_to=st.sampled_from(Stage),
    place=st.sampled_from(Stage),
    asked=st.integers(-1, 11),
    answers=st.lists(MASKS, min_size=12, max_size=12).map(tuple),
    raised=st.lists(st.integers(0, 511), min_size=12, max_size=12).map(tuple),
    floor=st.sampled_from(Level),
    level=st.sampled_from(Level),
    told_level=st.sampled_from(Level),
    reason=st.sampled_from(["", "kept", "pregnant"]),
    text=st.sampled_from(["", "U_UNSURE"]),
    told_text=st.sampled_from(["", "FAILSAFE_U"]),
    begun_at=st.integers(0, 2**32),
    asked_at=st.integers(0, 2**35).map(lambda tenths: tenths / 10),
    ended_at=st.integers(0, 2**32),
    told_at=st.integers(0, 2**32),
    urgent_at=st.integers(0, 2**32),
    encounter=st.integers(0, 9999),
    call=st.sampled_from(["", "0123abcd"]),
    turn=st.integers(0, 999),
    nudged=st.booleans(),
    unfinished=st.booleans(),
    welcomed=st.booleans(),
)


@given(SESSIONS)
def test_a_session_comes_back_as_it_was_and_is_small(session: Session) -> None:
    line = session.encode()
    assert Session.decode(line) == session
    assert len(line.encode()) < 1000


def test_a_new_session_is_a_few_dozen_bytes(protocol: Protocol) -> None:
    assert len(blank(protocol, "en", Medium.sms).encode()) < 130


@pytest.mark.parametrize(
    "line", ["", "{}", "[]", "null", '"abcdef"', "17", '["h","en","fax"]', '["h","en","sms","?"]']
)
def test_what_is_no_session_is_refused_by_its_own_error(line: str) -> None:
    with pytest.raises(BadSession) as fault:
        Session.decode(line)
    assert line not in str(fault.value) or line == ""


def test_every_value_of_a_session_has_a_default_or_comes_first() -> None:
    """A line of an older version is shorter: what it lacks takes its default."""
    names = [item.name for item in fields(Session)]
    assert names[:3] == ["protocol", "language", "medium"]
    assert Session.decode('["h","en","sms"]') == Session("h", "en", Medium.sms)


def test_an_unknown_answer_gives_way_to_a_sign_and_a_known_one_keeps_both() -> None:
    assert merge(UNKNOWN, 4) == 4
    assert merge(UNASKED, 4) == 4
    assert merge(2, 4) == 6
    assert merge(UNKNOWN, EMPTY) == UNKNOWN
