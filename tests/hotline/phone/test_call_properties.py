"""Whatever a line answers and a caller does, a call waits for the caller or is over: never stuck."""

from collections.abc import Mapping
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from hotline.phone.call import KEYS, Call
from hotline.phone.twiml import read_twiml
from hotline.phone.webhooks import Answer

GATHERS = st.builds(
    '<Gather {}timeout="{}" finishOnKey="{}" actionOnEmptyResult="{}"><Say>Key?</Say></Gather>'.format,
    st.sampled_from(["", 'numDigits="1" ', 'numDigits="3" ', 'input="speech" ']),
    st.integers(1, 9),
    st.sampled_from(["", "#", "*", "5"]),
    st.sampled_from(["true", "false"]),
)
VERBS = st.one_of(
    GATHERS,
    st.sampled_from([
        "<Say>Hello</Say>", "<Pause/>", '<Play digits="1w2"/>', "<Redirect>/next</Redirect>", "<Hangup/>",
        "<Dial>+12025550142</Dial>", '<Dial action="/after">+12025550142</Dial>', "<Record/>", "<Reject/>",
    ]),
)  # fmt: skip
DOCUMENTS = st.lists(st.lists(VERBS, max_size=4), min_size=1, max_size=5)
ACTS = st.lists(
    st.one_of(st.sampled_from(["wait", "hang up", "speak"]), st.text(KEYS, min_size=1, max_size=4))
)
OUTCOMES = st.sampled_from(["completed", "busy", "no-answer"])


@given(DOCUMENTS, ACTS, OUTCOMES)
def test_a_call_always_waits_or_is_over(documents: list[list[str]], acts: list[str], outcome: str) -> None:
    asked: list[str] = []
    ends: list[Call] = []

    def ask(url: str, told: Mapping[str, str], method: str) -> Answer:
        asked.append(told["CallStatus"])
        body = f"<Response>{''.join(documents[len(asked) % len(documents)])}</Response>"
        return Answer(read_twiml("voice", body, "text/xml"), url)

    now = datetime(2026, 1, 1, tzinfo=UTC)
    call = Call(
        "CA1", "+12025550101", "+12025550109", now, "http://127.0.0.1/voice", ask, ends.append, outcome
    )
    call.start()
    clock = call.elapsed_s
    for act in acts:
        waiting = call.listening is not None
        assert waiting == (call.state == "listening")
        assert call.state in ("listening", "connected", "recording", "ended")
        before, over = len(asked), call.state == "ended"
        do(call, act)
        assert call.elapsed_s >= clock
        assert not over or len(asked) == before
        clock = call.elapsed_s
    assert len(ends) == int(call.state == "ended")
    assert asked[0] == "ringing"
    assert set(asked[1:]) <= {"in-progress"}


def do(call: Call, act: str) -> None:
    """One act of the caller."""
    if act == "wait":
        call.wait()
    elif act == "hang up":
        call.hang_up()
    elif act == "speak":
        call.speak("yes")
    else:
        call.press(act)
