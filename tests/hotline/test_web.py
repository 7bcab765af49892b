"""The door: who is let in, what the others are told, and that a caller is never left without safe words."""

import io
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse
from werkzeug.wrappers import Request

from hotline import logs
from hotline import web as door
from hotline.line import Line, open_line
from hotline.web import create_app
from tests.hotline.edges import (
    ACCOUNT,
    BASE,
    LINE,
    PERSON,
    ROOT,
    TOKEN,
    Fields,
    call_form,
    headers_for,
    lines_of,
    settings_for,
    text_form,
)

FORM = "application/x-www-form-urlencoded"
NUMBERS = ("2025550123", "5550123", "2025550100")


@pytest.fixture
def line(clean_redis: str) -> Iterator[Line]:
    own = open_line(settings_for(clean_redis, late_answer_s=0))
    yield own
    own.store.close()


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged, from the finest level up."""
    stream = io.StringIO()
    logs.configure("DEBUG", stream)
    yield stream
    logging.getLogger().handlers.clear()
    logging.getLogger().setLevel(logging.WARNING)


@pytest.fixture
def client(line: Line, written: io.StringIO) -> FlaskClient:
    return create_app(line).test_client()


def ask(
    client: FlaskClient, path: str, fields: Any, *, url: str = "", token: str = TOKEN, **more: Any
) -> TestResponse:
    """A signed request; `fields` as a mapping or as pairs."""
    pairs: Fields = list(fields.items()) if isinstance(fields, dict) else fields
    algorithm = more.pop("algorithm", "HMAC_SHA1")
    headers = headers_for(url or BASE + path, pairs, token, algorithm) | more.pop("headers", {})
    raw, _, query = path.partition("?")
    more = {"environ_overrides": {"RAW_URI": path}} | more
    return client.post(raw, query_string=query, data=urlencode(pairs), headers=headers, **more)


def words(answer: TestResponse | bytes) -> str:
    """What the answer says, read as XML."""
    data = answer if isinstance(answer, bytes) else answer.data
    return " ".join(part.strip() for part in ElementTree.fromstring(data).itertext()).strip()


# who is let in


@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_SHA256"])
def test_a_text_that_the_carrier_signed_gets_the_first_question(client: FlaskClient, algorithm: str) -> None:
    answer = ask(client, "/sms", text_form("BACK", "SM1"), algorithm=algorithm)
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert "Chest pain" in words(answer)


def test_a_text_signed_with_the_token_before_the_rotation_is_let_in(clean_redis: str) -> None:
    own = open_line(
        settings_for(clean_redis, auth_token=SecretStr("new" * 9), auth_token_old=SecretStr(TOKEN))
    )
    client = create_app(own).test_client()
    assert ask(client, "/sms", text_form("BACK", "SM1")).status_code == 200
    assert ask(client, "/sms", text_form("BACK", "SM2"), token="new" * 9).status_code == 200
    assert ask(client, "/sms", text_form("BACK", "SM3"), token="neither").status_code == 403
    own.store.close()


@pytest.mark.parametrize("query", ["who=Jos%C3%A9", "to=a%2Fb", "a=1&a=2", "x=%41+b%20c"])
def test_the_address_is_checked_byte_for_byte_as_it_came(client: FlaskClient, query: str) -> None:
    assert ask(client, f"/sms?{query}", text_form("BACK", "SM1")).status_code == 200


def test_a_field_that_stands_twice_or_that_nobody_knows_is_no_forgery(client: FlaskClient) -> None:
    fields = [*text_form("BACK", "SM1").items(), ("Tag", "b"), ("Tag", "a"), ("Tag", "a"), ("Neu", "ü 😀")]
    assert ask(client, "/sms", fields).status_code == 200


def test_what_a_proxy_says_about_the_address_is_not_believed(client: FlaskClient) -> None:
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "Host": "evil.example"}
    assert ask(client, "/sms", text_form("BACK", "SM1"), headers=forged).status_code == 200
    for_evil = ask(client, "/sms", text_form("BACK", "SM2"), url="http://evil.example/sms", headers=forged)
    assert for_evil.status_code == 403


@pytest.mark.parametrize("signature", [None, "", "AAAA", "ü", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="])
@pytest.mark.parametrize("path", ["/sms", "/voice", "/voice/3", "/voice/status", "/status/abc"])
def test_without_the_carriers_signature_nothing_happens(
    client: FlaskClient, path: str, signature: str | None
) -> None:
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    answer = client.post(path, data=text_form("BACK", "SM1") | call_form("CA1"), headers=headers)
    assert (answer.status_code, answer.data) == (403, b"")


def test_an_unknown_way_of_signing_is_refused(client: FlaskClient) -> None:
    settings = {"X-Twilio-Webhooks-Signature-Settings": "algorithm=HMAC_MD5"}
    assert ask(client, "/sms", text_form("BACK", "SM1"), headers=settings).status_code == 403


def test_another_account_is_refused(client: FlaskClient, written: io.StringIO) -> None:
    answer = ask(client, "/sms", text_form("BACK", "SM1", AccountSid="AC" + "f" * 32))
    assert answer.status_code == 403
    assert "BACKLINE_ACCOUNT_SID" in written.getvalue()


@pytest.mark.parametrize("path", ["/sms", "/voice", "/voice/2", "/voice/status", "/status/x"])
def test_get_is_not_how_the_carrier_asks(client: FlaskClient, written: io.StringIO, path: str) -> None:
    answer = client.get(path + "?From=%2B12025550123&Body=numb+groin")
    assert (answer.status_code, answer.data) == (405, b"")
    told = lines_of(written.getvalue())[-1]
    assert told["address"].startswith(BASE + path) and "POST" in told["remedy"]
    assert not any(number in written.getvalue() for number in NUMBERS)
    assert "groin" not in written.getvalue()


def test_a_refusal_names_the_address_and_the_remedy_and_no_number(
    client: FlaskClient, written: io.StringIO
) -> None:
    ask(client, f"/status/{PERSON}?From={PERSON}", text_form("numb groin", "SM1"), token="forged")
    told = lines_of(written.getvalue())[-1]
    assert told["address"].startswith(BASE + "/status/")
    assert "BACKLINE_PUBLIC_BASE_URL" in told["remedy"] and "BACKLINE_AUTH_TOKEN" in told["remedy"]
    assert not any(number in written.getvalue() for number in NUMBERS)


def test_too_large_a_request_is_turned_away_and_the_log_says_why(
    client: FlaskClient, written: io.StringIO
) -> None:
    assert ask(client, "/sms", text_form("x" * 10_000_000, "SM1")).status_code == 413
    many = [*text_form("BACK", "SM2").items(), *((f"p{n}", "") for n in range(10_000))]
    assert ask(client, "/sms", many).status_code == 413
    refused = [told for told in lines_of(written.getvalue()) if told["event"] == "request refused"]
    assert len(refused) == 2
    assert all(told["address"] == BASE + "/sms" and "at most" in told["remedy"] for told in refused)


def test_a_request_without_its_fields_is_refused_by_the_name_of_the_field(
    client: FlaskClient, written: io.StringIO
) -> None:
    for path, form, field in [
        ("/sms", {"AccountSid": ACCOUNT, "From": PERSON, "To": LINE}, "MessageSid"),
        ("/voice", {"AccountSid": ACCOUNT, "From": PERSON}, "CallSid"),
        ("/voice/status", {"AccountSid": ACCOUNT, "CallStatus": "completed"}, "CallSid"),
    ]:
        assert ask(client, path, form).status_code == 403
        assert field in lines_of(written.getvalue())[-1]["remedy"]


def test_an_unknown_page_is_simply_not_there(client: FlaskClient) -> None:
    assert client.get("/wp-login.php").status_code == 404
    assert client.post("/voice/-1", data={}).status_code == 404


# what callers wrote

BODIES = {
    "NUL": "no\x00", "control characters": "\x01\x07\x1b[31mno", "emoji": "😀👩‍⚕️",
    "quotes": "\"'`--%s{emergency}{0}",
    "right to left": "\u202eلا أستطيع", "XML": "</Message><Dial>+12025550101</Dial>", "CDATA": "]]><![CDATA[",
    "entity": "&lt;&#0;&bad;", "U+FFFE": "\ufffe\uffff",
    "long": "numb groin " * 900, "empty": "", "blank": " \r\n\t",
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_whatever_somebody_writes_the_answer_is_well_formed(client: FlaskClient, body: str) -> None:
    for number in range(3):
        answer = ask(client, "/sms", text_form(body, f"SM{number}"))
        assert answer.status_code == 200 and len(answer.data) < 16_384
        assert [element.tag for element in ElementTree.fromstring(answer.data)] in ([], ["Message"])


@pytest.mark.parametrize("raw", ["%ED%A0%80", "%FF%FE%00", "%C3", "%F0%9F"])
def test_bytes_that_are_no_text_never_make_an_ill_formed_answer(client: FlaskClient, raw: str) -> None:
    """Lone surrogates and invalid UTF-8, signed over what we read of them."""
    body = urlencode({k: v for k, v in text_form("", "SM1").items() if k != "Body"}) + f"&Body={raw}"
    read = Request.from_values(method="POST", data=body, content_type=FORM).form
    headers = headers_for(BASE + "/sms", list(read.items()))
    answer = client.post("/sms", data=body, headers=headers)
    assert answer.status_code == 200
    ElementTree.fromstring(answer.data)


@pytest.mark.parametrize("sender", ["72345", "+19005550123", "whatsapp:+12025550123", "CLINIC", "+44", ""])
def test_odd_senders_get_a_well_formed_answer(client: FlaskClient, sender: str) -> None:
    answer = ask(client, "/sms", text_form("BACK", "SM1", From=sender))
    assert answer.status_code == 200
    assert "Chest pain" in words(answer)


@pytest.mark.parametrize("digits", ["", "*", "#", "9" * 500, "<1>", "1\x00", "😀"])
def test_whatever_somebody_keys_the_answer_is_well_formed(client: FlaskClient, digits: str) -> None:
    ask(client, "/voice", call_form("CA1"))
    answer = ask(client, "/voice/1", call_form("CA1", Digits=digits))
    assert answer.status_code == 200
    assert {element.tag for element in ElementTree.fromstring(answer.data)} <= {
        "Gather",
        "Redirect",
        "Say",
        "Hangup",
    }


# callers without a number

WITHHELD = ["anonymous", "Anonymous", "+266696687", "266696687", "+7378742833", "+8656696", "", "Restricted",
            "sip:anonymous@anonymous.invalid"]  # fmt: skip


@pytest.mark.parametrize("sender", WITHHELD)
def test_two_callers_without_a_number_never_share_a_session_or_an_address(
    client: FlaskClient, line: Line, sender: str
) -> None:
    first, second = call_form("CA" + "1" * 32, From=sender), call_form("CA" + "2" * 32, From=sender)
    ask(client, "/voice", first)
    ask(client, "/voice/1", first)
    begun = words(ask(client, "/voice/2", first | {"Digits": "2"}))
    assert words(ask(client, "/voice", second)).startswith("In an emergency")
    assert words(ask(client, "/voice/2", second | {"Digits": "2"})) != begun
    assert not kept(line, ":a:")


def test_a_text_without_a_sender_has_no_session_and_no_address(client: FlaskClient, line: Line) -> None:
    for number in range(2):
        answer = ask(client, "/sms", text_form("BACK", f"SM{number}", From="+266696687"))
        assert "I am a computer" in words(answer)
    assert not kept(line, ":a:")


def kept(line: Line, part: str) -> list[str]:
    """The keys in Redis with that part in their name."""
    import redis

    with redis.Redis.from_url(line.settings.redis_url, decode_responses=True) as client:
        return list(client.scan_iter(f"*{part}*"))


# twice, and old


def test_a_repeated_text_gets_the_same_bytes_and_moves_nothing(client: FlaskClient) -> None:
    ask(client, "/sms", text_form("BACK", "SM1"))
    first = ask(client, "/sms", text_form("no", "SM2")).data
    assert [ask(client, "/sms", text_form("no", "SM2")).data for _ in range(4)] == [first] * 4
    assert ask(client, "/sms", text_form("no", "SM3")).data != first


def test_the_same_text_five_times_at_once_is_one_turn(line: Line, written: io.StringIO) -> None:
    app = create_app(line)
    ask(app.test_client(), "/sms", text_form("BACK", "SM1"))
    answers: list[bytes] = []

    def send() -> None:
        answers.append(ask(app.test_client(), "/sms", text_form("no", "SM2")).data)

    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1 and len(answers) == 5
    assert "belly" in words(answers[0])


def test_yesterdays_request_replayed_changes_nothing(client: FlaskClient, line: Line) -> None:
    from datetime import timedelta

    first = ask(client, "/sms", text_form("BACK", "SM1")).data
    line.store.clock.move(timedelta(hours=24))
    before = line.store.turns.read(line.sealer.contact_of(PERSON))
    assert words(ask(client, "/sms", text_form("BACK", "SM1"))) == "" != words(first)
    assert line.store.turns.read(line.sealer.contact_of(PERSON)) == before


# faults of ours


@pytest.mark.parametrize(
    ("path", "form"),
    [("/sms", text_form("BACK", "SM1")), ("/voice", call_form("CA1")), ("/voice/4", call_form("CA1"))],
)
@pytest.mark.parametrize(
    "fault", [ValueError("numb groin"), KeyError("+12025550123"), RecursionError(), MemoryError()]
)
def test_any_fault_ends_in_words_that_name_the_emergency_number(
    client: FlaskClient, written: io.StringIO, monkeypatch: pytest.MonkeyPatch,
    path: str, form: dict[str, str], fault: Exception,
) -> None:  # fmt: skip
    monkeypatch.setattr(door, "take_turn", _raising(fault))
    answer = ask(client, path, form)
    assert (answer.status_code, answer.mimetype) == (200, "text/xml")
    assert ("9 1 1" if "voice" in path else "911") in words(answer)
    told = lines_of(written.getvalue())[-1]
    assert told["fault"] == type(fault).__name__ and any("web.py" in place for place in told["where"])
    assert "groin" not in written.getvalue() and "2025550123" not in written.getvalue()


def test_a_fault_while_the_answer_is_built_is_no_exception(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hotline.channels.voice._say", _raising(TypeError("no such attribute")))
    monkeypatch.setattr("hotline.channels.sms.xml_safe", _raising(TypeError("no text")))
    assert "9 1 1" in words(ask(client, "/voice", call_form("CA1")))
    assert "911" in words(ask(client, "/sms", text_form("BACK", "SM1")))


def test_a_fault_after_the_answer_still_gives_safe_words(
    line: Line, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes wrong while we count is no reason to leave a caller alone."""
    client = create_app(line).test_client()
    monkeypatch.setattr("hotline.health.Health.count", _raising(ValueError("a label")))
    answer = ask(client, "/sms", text_form("BACK", "SM1"))
    assert answer.status_code == 200 and "911" in words(answer)


def test_a_status_that_cannot_be_kept_is_asked_for_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "take_turn", _raising(ValueError("x")))
    assert ask(client, "/voice/status", call_form("CA1", CallStatus="completed")).status_code == 503


def test_an_unknown_status_is_answered_all_the_same(client: FlaskClient) -> None:
    form = {"AccountSid": ACCOUNT, "MessageSid": "SM1", "MessageStatus": "delivered"}
    assert ask(client, "/status/nobody", form).status_code == 204
    assert ask(client, "/voice/status", call_form("CA1", CallStatus="ringing")).status_code == 204


def _raising(fault: Exception) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise fault

    return fail


# an old protocol


def test_an_encounter_that_began_on_an_old_protocol_finishes_on_it(clean_redis: str, tmp_path: Path) -> None:
    """The clinic serves a new folder while somebody is in the middle of the questions."""
    import shutil

    old = tmp_path / "old"
    shutil.copytree(ROOT / "flows" / "back_pain", old)
    texts = old / "texts" / "en.yaml"
    before = "Any of these? Bad belly pain, passed out"
    assert before in texts.read_text("utf-8")
    texts.write_text(
        texts.read_text("utf-8").replace(before, "Any at all? Bad belly pain, passed out"), "utf-8"
    )
    then, now = (
        open_line(settings_for(clean_redis, protocol_folder=old, late_answer_s=0)),
        open_line(settings_for(clean_redis, late_answer_s=0)),
    )
    assert then.protocol.hash != now.protocol.hash
    ask(create_app(then).test_client(), "/sms", text_form("BACK", "SM1"))
    client = create_app(now).test_client()
    assert "Any at all?" in words(ask(client, "/sms", text_form("no", "SM2")))
    other = text_form("BACK", "SM3", From="+12025550124")
    ask(client, "/sms", other)
    assert "Any of these?" in words(ask(client, "/sms", other | {"MessageSid": "SM4", "Body": "no"}))
    for own in (then, now):
        own.store.close()
