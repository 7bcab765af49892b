"""The TwiML reader takes what the carrier takes and names what it would refuse."""

import os
from pathlib import Path

import pytest
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Gather, VoiceResponse

from hotline.phone import twiml_tables
from hotline.phone.twiml import Kind, TwimlRefused, read_twiml
from tests.hotline.phone.twiml_from_npm import NODE_MODULES, make


def code_of(kind: Kind, inside: str | bytes, content_type: str = "text/xml") -> int:
    """The code with which the carrier refuses a document."""
    body = f"<Response>{inside}</Response>" if isinstance(inside, str) else inside
    with pytest.raises(TwimlRefused) as refused:
        read_twiml(kind, body, content_type)
    return refused.value.code


def test_a_call_written_by_the_carriers_own_library_is_read_whole() -> None:
    answer = VoiceResponse()
    gather = Gather(num_digits=1, action="/voice/3", action_on_empty_result=True, timeout=8, finish_on_key="")
    say = gather.say("", voice="Polly.Joanna", language="en-US")
    say.prosody("Call ", rate="slow")
    say.say_as("911", interpret_as="digits")
    say.break_(strength="weak", time="300ms")
    say.sub("dr", alias="doctor")
    answer.append(gather)
    answer.redirect("/voice/3", method="POST")
    heard, redirect = read_twiml("voice", str(answer), "text/xml; charset=utf-8")
    assert (heard.name, heard.get("timeout", "5"), heard.whole("numDigits", 0)) == ("Gather", "8", 1)
    assert heard.children[0].text == "Call 911 doctor"
    assert (redirect.name, redirect.text) == ("Redirect", "/voice/3")


def test_texts_keep_their_lines_and_an_empty_answer_is_none() -> None:
    answer = MessagingResponse()
    answer.message("one\ntwo & <three>")
    assert read_twiml("sms", answer.to_xml(), "application/xml")[0].text == "one\ntwo & <three>"
    assert read_twiml("sms", "<Response/>", "text/xml") == ()


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("<Shout>x</Shout>", 12200),
        ("<say>x</say>", 12200),
        ('<Say volume="1">x</Say>', 12200),
        ('<Say language="xx-XX">x</Say>', 13512),
        ('<Say voice="Polly.Nobody">x</Say>', 13511),
        ("<Say>" + "x" * 4097 + "</Say>", 13520),
        ("<Say> </Say>", 13520),
        ("<Say><Say>x</Say></Say>", 12200),
        ("<Gather><Gather/></Gather>", 12200),
        ("<Gather><Redirect>/x</Redirect></Gather>", 12200),
        ("<Gather>bare words</Gather>", 12200),
        ('<Gather timeout="0"/>', 13313),
        ('<Gather timeout="auto"/>', 13313),
        ('<Gather numDigits="none"/>', 13314),
        ('<Gather finishOnKey="12"/>', 13310),
        ('<Gather input="keys"/>', 12200),
        ('<Gather method="PUT"/>', 13312),
        ('<Gather actionOnEmptyResult="yes"/>', 12200),
        ('<Gather action="not an address"/>', 12200),
        ('<Pause length="-1"/>', 13910),
        ("<Redirect/>", 12200),
        ("<Play/>", 12200),
        ("<Dial>nobody</Dial>", 13223),
        ("<Dial><Number>x</Number></Dial>", 13223),
        ('<Say><break time="long"/>x</Say>', 12200),
        ('<Say><say-as interpret-as="song">x</say-as></Say>', 12200),
        ("<Message>x</Message>", 12200),
        ("bare words", 12200),
        ("<Say>\x01</Say>", 12100),
        ("<Say>&nbsp;</Say>", 12100),
        ("<Say>x", 12100),
        ("<Say>" + "x" * 70_000 + "</Say>", 11750),
    ],
)
def test_a_call_that_the_carrier_would_refuse_is_refused_by_its_code(inside: str, code: int) -> None:
    assert code_of("voice", inside) == code


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("<Say>x</Say>", 12200),
        ("<Message></Message>", 14103),
        ("<Message>" + "x" * 1601 + "</Message>", 21617),
        ('<Message colour="red">x</Message>', 12200),
        ("<Body>x</Body>", 12200),
    ],
)
def test_a_text_that_the_carrier_would_refuse_is_refused_by_its_code(inside: str, code: int) -> None:
    assert code_of("sms", inside) == code


def test_no_document_type_no_entities_no_other_root_no_other_content_type() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><Response><Say>&a;</Say></Response>'
    assert code_of("voice", bomb) == 12100
    assert code_of("voice", b"<Answer/>") == 12100
    assert code_of("voice", b"") == 12100
    assert code_of("voice", b"<Response>\xff</Response>") == 12100
    assert code_of("voice", "", "text/html") == 12300
    assert code_of("sms", "", "application/json") == 12300


def test_a_refusal_holds_no_word_of_what_was_said() -> None:
    with pytest.raises(TwimlRefused) as refused:
        read_twiml("voice", '<Response><Say language="Nancy">secret</Say></Response>', "text/xml")
    assert "secret" not in str(refused.value)
    assert "Nancy" not in str(refused.value)


@pytest.mark.node
def test_the_tables_are_those_of_the_carriers_own_library() -> None:
    if not (NODE_MODULES / "twilio").is_dir():
        assert "BACKLINE_CI" not in os.environ, "run npm ci in tests/node"
        pytest.skip("no tests/node/node_modules: run npm ci there")
    assert twiml_tables.__file__ is not None
    assert make(NODE_MODULES) == Path(twiml_tables.__file__).read_text(encoding="utf-8")
