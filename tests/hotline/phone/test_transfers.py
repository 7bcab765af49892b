"""A nurse is dialled, a message is recorded, a line goes bad: what the carrier tells the line of it."""

import pytest

from hotline.phone.carrier import Carrier
from tests.hotline.phone.lines import PERSON, SmallLine

NURSE, OUR_NUMBER = "+12025550142", "+12025550109"
ASK = '<Gather numDigits="1" action="/voice/9"><Say>Is it bad?</Say></Gather>'
DIAL = (
    f'<Say>One moment</Say><Dial action="/voice/after" timeout="20" callerId="{OUR_NUMBER}">'
    f'<Number url="/voice/whisper/c1" method="POST">{NURSE}</Number></Dial><Redirect>/voice/lost</Redirect>'
)
WHISPER = (
    '<Gather numDigits="1" finishOnKey="" timeout="8" action="/voice/whisper/c1">'
    "<Say>A caller with back pain. Press 1.</Say></Gather><Hangup/>"
)
RECORD = (
    '<Record action="/voice/7" maxLength="30" timeout="5" finishOnKey="#" playBeep="true" '
    'recordingStatusCallback="/voice/recording" recordingStatusCallbackEvent="completed absent"/>'
    "<Redirect>/voice/silent</Redirect>"
)


@pytest.fixture
def ringing(carrier: Carrier, line: SmallLine) -> str:
    """A call in which the nurse's phone rings; its sid."""
    line.says("/voice", DIAL)
    line.says("/voice/after", ASK)
    line.answers["/voice/whisper/c1"] = accepts
    return carrier.dial(PERSON).sid


@pytest.fixture
def recording(carrier: Carrier, line: SmallLine) -> str:
    """A call that records; its sid."""
    line.says("/voice", RECORD)
    line.says("/voice/7", ASK)
    line.says("/voice/silent", ASK)
    return carrier.dial(PERSON).sid


def accepts(form: dict[str, str]) -> str:
    """The line's whisper: key 1 connects, any other lets go."""
    verbs = {"1": "", None: WHISPER}.get(form.get("Digits"), "<Hangup/>")
    return f"<Response>{verbs}</Response>"


def test_a_nurse_who_picks_up_hears_what_it_is_before_the_two_are_connected(
    carrier: Carrier, line: SmallLine, ringing: str
) -> None:
    call = carrier.call(ringing)
    assert (call.state, call.connected_to) == ("ringing", None)
    carrier.nurse(ringing, "pick_up")
    leg = call.ringing.leg if call.ringing else None
    assert leg is not None and call.state == "ringing"
    assert list(leg.spoken()) == ["A caller with back pain. Press 1."]
    assert "A caller" not in " ".join(call.spoken())
    told = line.forms("/voice/whisper/c1")[0]
    assert (told["From"], told["Called"], told["To"]) == (OUR_NUMBER, NURSE, NURSE)
    assert (told["CallSid"], told["ParentCallSid"]) == (leg.sid, ringing)
    assert (told["Direction"], told["CallStatus"]) == ("outbound-dial", "in-progress")


def test_her_key_connects_and_her_hang_up_ends_the_talk(
    carrier: Carrier, line: SmallLine, ringing: str
) -> None:
    carrier.nurse(ringing, "pick_up")
    call = carrier.nurse(ringing, "press", "1")
    pressed = line.forms("/voice/whisper/c1")[1]
    assert (pressed["Digits"], pressed["ParentCallSid"]) == ("1", ringing)
    assert (call.state, call.connected_to) == ("connected", NURSE)
    assert line.forms("/voice/after") == []
    assert (call.transcript[-1].who, call.transcript[-1].text) == ("nurse", "1")
    carrier.nurse(ringing, "hang_up")
    told = line.forms("/voice/after")[0]
    assert (told["DialCallStatus"], told["DialCallDuration"]) == ("completed", "60")
    assert (told["DialCallSid"], told["CallSid"]) == (pressed["CallSid"], ringing)
    assert list(call.spoken())[-1] == "Is it bad?"


@pytest.mark.parametrize("not_taken", ["another key", "no key", "hangs up"])
def test_a_nurse_who_does_not_take_the_call_counts_as_no_answer(
    carrier: Carrier, line: SmallLine, ringing: str, not_taken: str
) -> None:
    carrier.nurse(ringing, "pick_up")
    acts = {
        "another key": lambda: carrier.nurse(ringing, "press", "5"),
        "no key": lambda: carrier.wait(ringing),
        "hangs up": lambda: carrier.nurse(ringing, "hang_up"),
    }
    call = acts[not_taken]()
    told = line.forms("/voice/after")[0]
    assert (told["DialCallStatus"], told["DialBridged"], "DialCallDuration" in told) == (
        "no-answer",
        "false",
        False,
    )
    assert call.state == "listening"


@pytest.mark.parametrize(("does", "status", "rang_s"), [("no_answer", "no-answer", 20), ("busy", "busy", 1)])
def test_a_phone_that_nobody_answers_or_that_is_busy_is_told_so(
    carrier: Carrier, line: SmallLine, ringing: str, does: str, status: str, rang_s: int
) -> None:
    before = carrier.call(ringing).elapsed_s
    call = carrier.nurse(ringing, does)
    assert line.forms("/voice/after")[0]["DialCallStatus"] == status
    assert call.elapsed_s - before == pytest.approx(rang_s)
    assert line.forms("/voice/whisper/c1") == []


def test_waiting_lets_the_phone_ring_out(carrier: Carrier, line: SmallLine, ringing: str) -> None:
    carrier.wait(ringing)
    assert line.forms("/voice/after")[0]["DialCallStatus"] == "no-answer"


@pytest.mark.parametrize("when", ["it rings", "she hears what it is", "they talk"])
def test_a_caller_who_hangs_up_ends_it_at_any_moment(
    carrier: Carrier, line: SmallLine, ringing: str, when: str
) -> None:
    if when != "it rings":
        carrier.nurse(ringing, "pick_up")
    if when == "they talk":
        carrier.nurse(ringing, "press", "1")
    call = carrier.hang_up(ringing)
    assert carrier.settle()
    assert (call.state, call.ended_by, call.connected_to) == ("ended", "caller", None)
    assert line.forms("/voice/status")[0]["CallStatus"] == "completed"
    assert line.forms("/voice/after") == []
    with pytest.raises(ValueError, match="nobody has picked up"):
        carrier.nurse(ringing, "press", "1")


def test_a_number_without_words_for_the_nurse_is_connected_when_she_picks_up(
    carrier: Carrier, line: SmallLine
) -> None:
    line.says("/voice", f"<Dial>{NURSE}</Dial><Say>Bye</Say>")
    sid = carrier.dial(PERSON).sid
    assert carrier.nurse(sid, "pick_up").connected_to == NURSE
    assert list(carrier.wait(sid).spoken()) == ["Bye"]


def test_what_a_nurse_cannot_do_is_refused_in_words(carrier: Carrier, line: SmallLine, ringing: str) -> None:
    for does, fault in (("dance", "a nurse can pick_up"), ("press", "nobody has"), ("hang_up", "nobody has")):
        with pytest.raises(ValueError, match=fault):
            carrier.nurse(ringing, does, "1")
    carrier.nurse(ringing, "pick_up")
    with pytest.raises(ValueError, match="a keypad has"):
        carrier.nurse(ringing, "press", "A")
    with pytest.raises(ValueError, match="no phone rings"):
        carrier.nurse(ringing, "busy")


def test_a_message_goes_to_the_action_with_its_length(
    carrier: Carrier, line: SmallLine, recording: str
) -> None:
    before = carrier.call(recording).elapsed_s
    call = carrier.say_message(recording, 8, "#")
    told = line.forms("/voice/7")[0]
    assert (told["RecordingDuration"], told["Digits"], told["CallStatus"]) == ("8", "#", "in-progress")
    assert told["RecordingUrl"].endswith(told["RecordingSid"]) and told["RecordingSid"].startswith("RE")
    assert call.elapsed_s - before == pytest.approx(8)
    assert call.state == "listening"
    assert carrier.settle()
    kept = line.forms("/voice/recording")[0]
    assert (kept["RecordingStatus"], kept["RecordingSid"]) == ("completed", told["RecordingSid"])


def test_a_message_ends_with_silence_or_at_its_longest(
    carrier: Carrier, line: SmallLine, recording: str
) -> None:
    carrier.say_message(recording, 4, "")
    carrier.say_message(carrier.dial(PERSON).sid, 99, "#")
    told = [(form["RecordingDuration"], form["Digits"]) for form in line.forms("/voice/7")]
    assert told == [("4", ""), ("30", "")]


@pytest.mark.parametrize("key", ["", "#"])
def test_of_silence_no_recording_is_made_and_the_next_verb_follows(
    carrier: Carrier, line: SmallLine, recording: str, key: str
) -> None:
    call = carrier.press(recording, key) if key else carrier.wait(recording)
    assert carrier.settle()
    assert (line.forms("/voice/7"), len(line.forms("/voice/silent"))) == ([], 1)
    assert line.forms("/voice/recording")[0]["RecordingStatus"] == "absent"
    assert call.state == "listening"


def test_a_message_that_a_hang_up_cuts_short_is_kept_before_the_end_is_told(
    carrier: Carrier, line: SmallLine, recording: str
) -> None:
    call = carrier.say_message(recording, 3, "hangup")
    assert carrier.settle()
    told = line.forms("/voice/7")[0]
    assert (told["Digits"], told["RecordingDuration"], told["CallStatus"]) == ("hangup", "3", "completed")
    ends = [path for path, _ in line.asked if path in ("/voice/7", "/voice/status")]
    assert (ends, call.ended_by) == (["/voice/7", "/voice/status"], "caller")
    assert "Is it bad?" not in list(call.spoken())


def test_words_count_as_a_message_and_nothing_is_left_where_nothing_records(
    carrier: Carrier, line: SmallLine, recording: str
) -> None:
    carrier.speak(recording, "my name is Alex Example")
    carrier.press(recording, "#")
    assert line.forms("/voice/7")[0]["RecordingDuration"] == "2"
    with pytest.raises(ValueError, match="records nothing"):
        carrier.say_message(recording)


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_message_has_a_length(carrier: Carrier, recording: str, seconds: float) -> None:
    with pytest.raises(ValueError, match="lasts up to"):
        carrier.say_message(recording, seconds)


def test_a_bad_line_ends_the_call_like_a_hang_up(carrier: Carrier, line: SmallLine) -> None:
    line.says("/voice", ASK)
    call = carrier.drop(carrier.dial(PERSON).sid)
    assert carrier.settle()
    assert (call.state, call.ended_by, call.transcript[-1].kind) == ("ended", "carrier", "drop")
    assert line.forms("/voice/status")[0]["CallStatus"] == "completed"
    assert line.forms("/voice/9") == []
    carrier.drop(call.sid)
    assert carrier.settle() and len(line.forms("/voice/status")) == 1
