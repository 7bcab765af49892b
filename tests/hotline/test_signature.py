"""The check of signatures, held to the carrier's own code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import ImmutableMultiDict

from hotline.errors import SettingsError
from hotline.signature import Signature
from tests.hotline.edges import BASE, TOKEN, Several, headers_for

PATHS = st.sampled_from(["/sms", "/voice/3", "/sms?a=%C3%A9&b=%2F", "/sms?a=1&a=2", "/status/x%20y"])
TEXT = st.text(max_size=20).filter(lambda text: text.isprintable() or True)
FIELDS = st.lists(st.tuples(st.sampled_from(["Body", "From", "To", "ü", "A", "AA", ""]), TEXT), max_size=8)
BASES = st.sampled_from([BASE, "http://line.example", "https://line.example:8443", "https://line.example/b"])


def split(path: str) -> tuple[str, str]:
    raw, _, query = path.partition("?")
    return raw, query


@given(BASES, PATHS, FIELDS, st.sampled_from(["HMAC_SHA1", "HMAC_SHA256", "hmac_sha256"]))
def test_what_the_carrier_signs_holds_and_anything_else_does_not(
    base: str, path: str, fields: list[tuple[str, str]], algorithm: str
) -> None:
    own = Signature(base + "/", ["other", TOKEN])
    headers = headers_for(base + path, fields, TOKEN, algorithm)
    form: ImmutableMultiDict[str, str] = ImmutableMultiDict(fields)
    assert own.holds(own.address(*split(path)), form, headers)
    assert not own.holds(own.address(*split(path + "x")), form, headers)
    assert not own.holds(own.address(*split(path)), ImmutableMultiDict([*fields, ("More", "x")]), headers)
    assert not own.holds(own.address(*split(path)), form, headers | {"X-Twilio-Signature": "x"})


@pytest.mark.parametrize("base", [BASE, f"{BASE}:443", "http://127.0.0.1:5000", "https://line.example:8443"])
@pytest.mark.parametrize("with_port", [True, False])
def test_the_port_may_be_signed_or_left_out_as_the_carriers_own_check_has_it(
    base: str, with_port: bool
) -> None:
    host, _, port = base.removeprefix("https://").removeprefix("http://").partition(":")
    scheme = base.partition(":")[0]
    signed = f"{scheme}://{host}:{port or 443}" if with_port else f"{scheme}://{host}"
    headers = headers_for(signed + "/sms", [("Body", "no")])
    own = Signature(base, [TOKEN])
    form = Several({"Body": ["no"]})
    given_signature = headers["X-Twilio-Signature"]
    assert RequestValidator(TOKEN).validate(base + "/sms", form, given_signature)
    assert own.holds(own.address("/sms", ""), form, headers)


@pytest.mark.parametrize("tokens", [[], [""], ["", ""]])
def test_without_a_token_nobody_is_let_in_because_nothing_starts(tokens: list[str]) -> None:
    with pytest.raises(SettingsError, match="BACKLINE_AUTH_TOKEN"):
        Signature(BASE, tokens)


def test_an_address_that_is_none_is_named_at_the_start() -> None:
    with pytest.raises(SettingsError, match="BACKLINE_PUBLIC_BASE_URL"):
        Signature("https://line.example:port", [TOKEN])


def test_a_missing_or_odd_header_is_a_refusal_and_no_fault() -> None:
    own = Signature(BASE, [TOKEN])
    form = Several({"Body": ["\ud800"]})
    for headers in (
        {},
        {"X-Twilio-Signature": ""},
        {"X-Twilio-Signature": "\udcff"},
        {"X-Twilio-Signature": "é"},
    ):
        assert not own.holds(own.address("/sms", ""), form, headers)
