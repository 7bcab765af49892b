"""A person with a phone texts the line through the stand-in."""

import time
from dataclasses import replace

from flask import request
from twilio.request_validator import RequestValidator

from hotline.phone.carrier import Carrier
from tests.hotline.phone.lines import ACCOUNT, PERSON, SmallLine


def test_a_text_reaches_the_line_signed_and_its_answer_the_phone(carrier: Carrier, line: SmallLine) -> None:
    line.says("/sms", "<Message>Is it bad?</Message><Message><Body>Say yes or no.</Body></Message>")
    exchange = carrier.text(PERSON, "BACK é 😀")
    assert exchange.replies == ("Is it bad?", "Say yes or no.")
    assert (exchange.code, exchange.fallback) == (None, False)
    form = line.forms("/sms")[0]
    assert (form["From"], form["To"], form["Body"]) == (PERSON, ACCOUNT.text_sender, "BACK é 😀")
    assert form["MessageSid"] == form["SmsMessageSid"] == exchange.sid
    assert (form["NumMedia"], form["NumSegments"], form["FromState"]) == ("0", "1", "DC")
    carrier.settle()
    assert [(m.direction, m.status) for m in carrier.thread(PERSON)] == [
        ("inbound", "received"),
        ("outbound-reply", "delivered"),
        ("outbound-reply", "delivered"),
    ]


def test_a_duplicate_is_the_same_message_again(carrier: Carrier, line: SmallLine) -> None:
    first = carrier.text(PERSON, "yes")
    again = carrier.text(PERSON, "yes", sid=first.sid)
    assert again.sid == first.sid
    assert len({form["MessageSid"] for form in line.forms("/sms")}) == 1
    assert len(line.forms("/sms")) == 2


def test_a_picture_comes_with_its_address(carrier: Carrier, line: SmallLine) -> None:
    carrier.text(PERSON, "", media=1)
    form = line.forms("/sms")[0]
    assert form["NumMedia"] == "1"
    assert form["MediaContentType0"] == "image/jpeg"


def test_a_line_that_fails_is_replaced_by_its_fallback_address(carrier: Carrier, line: SmallLine) -> None:
    line.answers["/sms"] = lambda form: ("broken", 500)
    line.says("/fallback/sms", "<Message>Call 911 if it is an emergency.</Message>")
    exchange = carrier.text(PERSON, "BACK")
    assert exchange.replies == ("Call 911 if it is an emergency.",)
    assert (exchange.code, exchange.fallback) == (11200, True)
    told = line.forms("/fallback/sms")[0]
    assert (told["ErrorCode"], told["ErrorUrl"]) == ("11200", f"{line.url}/sms")


def test_an_answer_the_carrier_would_refuse_goes_to_the_fallback_too(
    carrier: Carrier, line: SmallLine
) -> None:
    line.says("/sms", "<Say>a voice verb</Say>")
    exchange = carrier.text(PERSON, "BACK")
    assert (exchange.code, exchange.fallback) == (12200, True)


def test_a_line_that_is_away_is_tried_once_more_and_leaves_silence(line: SmallLine) -> None:
    carrier = Carrier(ACCOUNT, "http://127.0.0.1:9", total_s=2)
    exchange = carrier.text(PERSON, "BACK")
    assert (exchange.replies, exchange.code, exchange.fallback) == ((), 11200, True)
    assert [post.url.rsplit("9", 1)[1] for post in carrier.posts()] == [
        "/sms",
        "/sms",
        *["/fallback/sms"] * 2,
    ]


def test_the_address_itself_may_ask_for_more_retries(carrier: Carrier, line: SmallLine) -> None:
    line.answers["/sms"] = lambda form: ("busy", 503)
    post = carrier.webhooks.send(f"{line.url}/sms#rc=2&rp=5xx,ct,rt", {"Body": "x"})
    assert post.status == 503
    assert len(line.forms("/sms")) == 3


def test_a_slow_line_is_given_up_after_the_carriers_time(line: SmallLine) -> None:

    def slowly(form: dict[str, str]) -> str:
        time.sleep(1.0)
        return "<Response/>"

    line.answers["/sms"] = slowly
    exchange = Carrier(ACCOUNT, line.url, total_s=0.3).text(PERSON, "BACK")
    assert (exchange.code, exchange.fallback) == (11200, True)
    assert len(line.forms("/sms")) == 1


def test_a_sender_with_advanced_optout_answers_stop_itself_and_blocks(line: SmallLine) -> None:
    carrier = Carrier(ACCOUNT, line.url, keyword_mode="advanced_optout", pace_s=0.01)
    line.says("/sms", "<Message>from the line</Message>")
    stopped = carrier.text(PERSON, "Stop")
    assert line.forms("/sms")[0]["OptOutType"] == "STOP"
    assert len(stopped.replies) == 1
    assert stopped.replies != ("from the line",)
    assert carrier.thread(PERSON)[-1].error_code == 21610
    assert carrier.text(PERSON, "BACK").replies == ()
    assert carrier.text(PERSON, "START").replies[-1] == "from the line"


def test_a_sender_that_leaves_keywords_to_the_line_blocks_nobody(carrier: Carrier, line: SmallLine) -> None:
    line.says("/sms", "<Message>You are out.</Message>")
    assert carrier.text(PERSON, "STOP").replies == ("You are out.",)
    assert "OptOutType" not in line.forms("/sms")[0]
    assert carrier.opted_out == set()


def test_the_newer_signature_header_names_its_algorithm(line: SmallLine) -> None:
    account = replace(ACCOUNT, algorithm="HMAC_SHA256")
    seen: list[bool] = []

    def check(form: dict[str, str]) -> str:
        given, named = request.headers["X-Twilio-Signature"], request.headers
        assert "algorithm=HMAC_SHA256" in named["X-Twilio-Webhooks-Signature-Settings"]
        validator = RequestValidator(ACCOUNT.auth_token)
        seen.append(validator.validate(f"{line.url}/sms", request.form, given, "HMAC_SHA256"))
        return "<Response/>"

    line.answers["/sms"] = check
    Carrier(account, line.url).text(PERSON, "BACK")
    line.forged.clear()  # the test line itself checks the older algorithm only
    assert seen == [True]


def test_whatsapp_addresses_stay_whatsapp(carrier: Carrier, line: SmallLine) -> None:
    line.says("/sms", "<Message>Hello</Message>")
    assert carrier.text(f"whatsapp:{PERSON}", "BACK").replies == ("Hello",)
    assert line.forms("/sms")[0]["To"] == f"whatsapp:{ACCOUNT.text_sender}"
