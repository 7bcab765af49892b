"""Whatever a line answers and a caller does, a call waits for the caller or is over: never stuck."""

from collections.abc import Callable, Mapping
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
        '<Dial><Number url="/whisper">+12025550142</Number></Dial>', '<Record maxLength="3"/>',
        '<Dial action="/after" timeout="3"><Number url="/whisper">+12025550142</Number></Dial>',
    ]),
)  # fmt: skip
DOCUMENTS = st.lists(st.lists(VERBS, max_size=4), min_size=1, max_size=5)
CALLER: dict[str, Callable[[Call], None]] = {
    "wait": Call.wait,
    "hang up": Call.hang_up,
    "drop": Call.drop,
    "speak": lambda call: call.speak("yes"),
    "message": Call.say_message,
    "message, then silence": lambda call: call.say_message(2, ""),
    "pick up": Call.pick_up,
    "busy": lambda call: call.leave_unanswered("busy"),
    "nurse presses 1": lambda call: call.nurse_presses("1"),
    "nurse hangs up": Call.nurse_hangs_up,
}
ACTS = st.lists(st.one_of(st.sampled_from(sorted(CALLER)), st.text(KEYS, min_size=1, max_size=4)))
OUTCOMES = st.sampled_from(["", "completed", "busy", "no-answer"])


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
        assert (call.recording is not None) == (call.state == "recording")
        assert (call.ringing is not None) == (call.state == "ringing")
        assert call.state in ("listening", "ringing", "connected", "recording", "ended")
        before, over = len(asked), call.state == "ended"
        do(call, act)
        assert call.elapsed_s >= clock
        assert not over or len(asked) == before
        clock = call.elapsed_s
    assert len(ends) == int(call.state == "ended")
    assert asked[0] == "ringing"
    # Only the action of a message that the caller's end cut short is asked after that end.
    assert set(asked[1:-1]) <= {"in-progress"} and set(asked[1:]) <= {"in-progress", "completed"}


def do(call: Call, act: str) -> None:
    """One act of a person; whom nobody dialled cannot act, and says so."""
    try:
        if act in CALLER:
            CALLER[act](call)
        else:
            call.press(act)
    except ValueError as refused:
        assert str(refused) in ("the line records nothing now", "no phone rings now", "nobody has picked up")
