"""The walk over every call: what it promises holds, and what breaks a promise is found and shown."""

from collections.abc import Callable

import pytest

from flows import asking, pending
from flows.draft import Draft
from flows.proof.calls import WHO, Calls
from flows.proof.lasting import MOST_S, self_care_s
from flows.protocol import Protocol
from flows.session import Stage

MOST_STATES = 400


def _end_at_once(draft: Draft) -> bool:
    """Ends an emergency that waited, and hears nothing of the text."""
    pending.leave_by_text(draft)
    return draft.open and asking.ended_by_emergency(draft)


def _take_whole(draft: Draft, value: int) -> None:
    """Takes an answer to half a list for the answer to all of it."""
    asking._take(draft, draft.question, value)


@pytest.mark.parametrize("who", WHO)
def test_no_call_ends_in_silence(protocol: Protocol, who: str) -> None:
    walked = Calls(protocol, "en", who).walk(MOST_STATES)
    assert walked.broken is None
    assert walked.steps > 20_000
    assert {"hung up", "handed over to a nurse", "safe words and a task"} <= set(walked.ends)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_self_care_call_lasts_four_minutes_at_the_most(protocol: Protocol, language: str) -> None:
    assert 180 < self_care_s(protocol, language) <= MOST_S


@pytest.mark.parametrize(
    ("step", "instead", "why"),
    [
        ("flows.nursing.owe", lambda draft, reason: None, "nobody hears"),
        ("flows.handover.owe_call", lambda draft, how: None, "a call back is promised that nobody owes"),
        ("flows.nursing.can_ring", lambda desk, rung: rung < 2, "no nurse is on duty"),
        ("flows.nursing.say_goodbye", lambda draft: draft.set(stage=Stage.over), "hears nothing"),
        ("flows.dropping.settle", lambda draft: None, "nobody owes"),
        ("flows.pending.settle", lambda draft: None, "nobody owes"),
        ("flows.beside.leave_by_text", lambda draft: None, "nobody owes"),
        ("flows.nursing.rings_meanwhile", lambda session: False, "is hung up on"),
        ("flows.confirming.come_to_rest", lambda draft: None, "is forgotten"),
        ("flows.pending._raise_flag", lambda draft: None, "is forgotten"),
        ("flows.nursing.come_to_rest", lambda draft: None, "is forgotten"),
        ("flows.beside.settle_by_text", _end_at_once, "no opt-out"),
        ("flows.asking._show_whole", _take_whole, "counts as answered whole"),
        ("flows.calling.say_poison_line", lambda draft: None, "the poison line is not named"),
        ("flows.confirming.waiting_for", lambda protocol, session: (), "is forgotten"),
    ],
)
def test_a_promise_that_is_broken_is_found_with_the_call_that_breaks_it(
    protocol: Protocol, monkeypatch: pytest.MonkeyPatch, step: str, instead: Callable[..., None], why: str
) -> None:
    monkeypatch.setattr(step, instead)
    walked = Calls(protocol, "en", "anybody").walk()
    assert walked.broken is not None
    assert walked.broken[0] == "> anybody calls" and walked.broken[-1].startswith("= ")
    assert why in walked.broken[-1]
