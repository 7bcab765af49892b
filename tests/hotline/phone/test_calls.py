"""A person calls the line through the stand-in: what is spoken, what the keys do, how it ends."""

import pytest

from hotline.phone.call import SORRY
from hotline.phone.carrier import Carrier
from tests.hotline.phone.lines import PERSON, SmallLine

ASK = (
    '<Gather numDigits="1" timeout="4" action="/voice/2" actionOnEmptyResult="true">'
    "<Say>Is it bad?</Say></Gather><Redirect>/voice/lost</Redirect>"
)


def test_a_call_speaks_listens_and_takes_the_key_to_the_action(carrier: Carrier, line: SmallLine) -> None:
    line.says("/voice", '<Say language="en-US">Welcome</Say>' + ASK)
    line.says("/voice/2", "<Say>Good bye</Say><Hangup/>")
    call = carrier.dial(PERSON)
    assert (call.state, list(call.spoken())) == ("listening", ["Welcome", "Is it bad?"])
    carrier.press(call.sid, "1")
    assert (call.state, call.ended_by) == ("ended", "line")
    first, second = line.forms("/voice")[0], line.forms("/voice/2")[0]
    assert (first["CallStatus"], first["Direction"], first["From"]) == ("ringing", "inbound", PERSON)
    assert (second["Digits"], second["CallStatus"], second["CallSid"]) == ("1", "in-progress", call.sid)
    assert line.forms("/voice/lost") == []


def test_the_line_hears_of_the_end_with_the_length_of_the_call(carrier: Carrier, line: SmallLine) -> None:
    line.says("/voice", "<Say>" + "word " * 25 + '</Say><Pause length="5"/>' + ASK)
    call = carrier.dial(PERSON)
    carrier.hang_up(call.sid)
    assert carrier.settle()
    told = line.forms("/voice/status")[0]
    # 25 words at 150 a minute are 10 s, the pause 5 s; the caller hung up as the question began.
    assert (told["CallStatus"], told["CallDuration"], call.ended_by) == ("completed", "15", "caller")
    assert line.forms("/voice/2") == []


def test_silence_goes_to_the_action_where_it_asks_for_empty_results(
    carrier: Carrier, line: SmallLine
) -> None:
    line.says("/voice", ASK)
    line.says("/voice/2", ASK)
    call = carrier.wait(carrier.dial(PERSON).sid)
    assert line.forms("/voice/2")[0]["Digits"] == ""
    # 1.2 s for three words and 4 s of waiting, up to the next question.
    assert call.elapsed_s == pytest.approx(5.2)


def test_silence_falls_through_to_the_next_verb_where_it_does_not(carrier: Carrier, line: SmallLine) -> None:
    line.says("/voice", "<Gather><Say>Key?</Say></Gather><Say>Nobody there</Say>")
    call = carrier.wait(carrier.dial(PERSON).sid)
    assert list(call.spoken()) == ["Key?", "Nobody there"]
    assert (call.ended_by, len(line.asked)) == ("line", 1)
    # Key? 1 s, the default wait of 5 s, two words 1 s
    assert call.elapsed_s == pytest.approx(7)


@pytest.mark.parametrize(
    ("attributes", "keys", "digits", "finished_on"),
    [
        ('numDigits="2"', "12", "12", ""),
        ("", "123#", "123", "#"),
        ('finishOnKey="*"', "1#2*", "1#2", "*"),
        ('finishOnKey="" numDigits="3"', "1#*", "1#*", ""),
    ],
)
def test_keys_are_collected_until_the_number_or_the_key_that_ends_them(
    carrier: Carrier, line: SmallLine, attributes: str, keys: str, digits: str, finished_on: str
) -> None:
    line.says("/voice", f'<Gather {attributes} action="/voice/2"><Say>Key?</Say></Gather>')
    call = carrier.press(carrier.dial(PERSON).sid, keys)
    assert call.state == "ended"
    told = line.forms("/voice/2")[0]
    assert (told["Digits"], told["FinishedOnKey"]) == (digits, finished_on)


def test_keys_that_stop_short_are_sent_when_the_wait_is_over(carrier: Carrier, line: SmallLine) -> None:
    line.says("/voice", '<Gather action="/voice/2"><Say>Key?</Say></Gather>')
    call = carrier.press(carrier.dial(PERSON).sid, "42")
    assert call.listening is not None
    assert call.listening.keys == "42"
    carrier.wait(call.sid)
    assert line.forms("/voice/2")[0]["Digits"] == "42"


def test_the_ending_key_alone_counts_as_nothing_keyed(carrier: Carrier, line: SmallLine) -> None:
    line.says("/voice", '<Gather action="/voice/2"><Say>Key?</Say></Gather><Say>fell through</Say>')
    call = carrier.press(carrier.dial(PERSON).sid, "#")
    assert list(call.spoken())[-1] == "fell through"


def test_an_action_without_an_address_goes_to_the_same_page(carrier: Carrier, line: SmallLine) -> None:
    line.says("/voice", '<Gather numDigits="1"/>', "<Say>again</Say>")
    call = carrier.press(carrier.dial(PERSON).sid, "7")
    assert [form.get("Digits") for form in line.forms("/voice")] == [None, "7"]
    assert list(call.spoken()) == ["again"]


def test_relative_addresses_are_read_against_the_page_they_stand_in(
    carrier: Carrier, line: SmallLine
) -> None:
    line.says("/voice", "<Redirect>/voice/a/b</Redirect>")
    line.says("/voice/a/b", "<Redirect>c</Redirect>")
    line.says("/voice/a/c", "<Say>found</Say>")
    assert list(carrier.dial(PERSON).spoken()) == ["found"]


def test_keys_pressed_after_the_end_are_lost(carrier: Carrier, line: SmallLine) -> None:
    line.says("/voice", "<Say>Bye</Say>")
    call = carrier.press(carrier.dial(PERSON).sid, "1")
    assert len(line.forms("/voice")) == 1
    assert call.state == "ended"


def test_a_line_that_breaks_is_replaced_by_its_fallback_voice(carrier: Carrier, line: SmallLine) -> None:
    line.answers["/voice"] = lambda form: "<Response><Shout>Help</Shout></Response>"
    line.says("/fallback/voice", "<Say>Call 9 1 1</Say>")
    call = carrier.dial(PERSON)
    assert (list(call.spoken()), call.code) == (["Call 9 1 1"], 12200)
    assert line.forms("/fallback/voice")[0]["ErrorCode"] == "12200"


def test_where_the_fallback_breaks_too_the_carrier_says_sorry(carrier: Carrier, line: SmallLine) -> None:
    line.answers["/voice"] = line.answers["/fallback/voice"] = lambda form: ("", 500)
    call = carrier.dial(PERSON)
    assert (list(call.spoken()), call.ended_by, call.code) == ([SORRY], "carrier", 11200)


def test_a_line_that_redirects_in_a_circle_is_ended(carrier: Carrier, line: SmallLine) -> None:
    line.says("/voice", "<Redirect>/voice</Redirect>")
    call = carrier.dial(PERSON)
    assert (call.ended_by, call.code) == ("carrier", 11215)


def test_a_person_is_called_and_the_talk_ends(carrier: Carrier, line: SmallLine) -> None:
    carrier.dial_outcome = "completed"
    dial = '<Dial action="/voice/after"><Number>+12025550142</Number></Dial>'
    line.says("/voice", f"<Say>One moment</Say>{dial}")
    line.says("/voice/after", "<Say>Bye</Say>")
    call = carrier.dial(PERSON)
    assert (call.state, call.connected_to) == ("connected", "+12025550142")
    carrier.wait(call.sid)
    assert line.forms("/voice/after")[0]["DialCallStatus"] == "completed"
    carrier.dial_outcome = "no-answer"
    carrier.dial(PERSON)
    assert line.forms("/voice/after")[1]["DialCallStatus"] == "no-answer"


def test_speech_is_heard_only_where_the_line_asks_for_it(carrier: Carrier, line: SmallLine) -> None:
    line.says("/voice", '<Gather input="dtmf speech" action="/voice/2"/>')
    line.says("/voice/2", ASK)
    call = carrier.speak(carrier.dial(PERSON).sid, "yes it is")
    assert line.forms("/voice/2")[0]["SpeechResult"] == "yes it is"
    carrier.speak(call.sid, "hello?")
    assert len(line.forms("/voice/2")) == 1


def test_a_caller_without_a_number_comes_with_a_placeholder(carrier: Carrier, line: SmallLine) -> None:
    carrier.dial("anonymous")
    assert line.forms("/voice")[0]["From"] == "+266696687"


def test_a_rejected_call_never_speaks(carrier: Carrier, line: SmallLine) -> None:
    line.says("/voice", '<Reject reason="busy"/>')
    call = carrier.dial(PERSON)
    assert (call.status, call.duration_s, list(call.spoken())) == ("busy", 0, [])
