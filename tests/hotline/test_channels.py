"""The channels: what the carrier's fields mean, and answers that its reader takes whatever is in them."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.channels import Reply, Sentence, Sort, is_withheld, sms, voice
from hotline.phone.twiml import read_twiml
from tests.hotline.edges import LINE, PERSON, call_form, text_form

ANY_TEXT = st.text(st.characters(codec=None), max_size=200)  # surrogates and controls among them
REPLIES = st.builds(
    Reply,
    st.lists(st.builds(Sentence, ANY_TEXT, st.sampled_from(["en-US", "es-MX"])), max_size=3).map(tuple),
    st.sampled_from(["", "key", "keys"]),
    st.integers(0, 500),
)


@given(REPLIES)
def test_whatever_is_said_both_channels_write_xml_that_can_be_read(reply: Reply) -> None:
    for written in (sms.write(reply), voice.write(reply)):
        assert ElementTree.fromstring(written).tag == "Response"
        assert len(written) < 64 * 1024


@given(REPLIES)
def test_a_call_never_falls_through_to_silence(reply: Reply) -> None:
    """Behind each Gather stands a Redirect with the same turn; what ends a call hangs up."""
    verbs = list(ElementTree.fromstring(voice.write(reply)))
    if reply.expects:
        assert [verb.tag for verb in verbs] == ["Gather", "Redirect"]
        assert verbs[0].get("action") == verbs[1].text == f"/voice/{reply.turn}"
        assert verbs[0].get("actionOnEmptyResult") == "true" and verbs[0].get("input") == "dtmf"
    else:
        assert verbs[-1].tag == "Hangup"


def test_the_carriers_reader_takes_what_we_write() -> None:
    reply = Reply((Sentence("Any of these? <Yes> & no"),), "key", 3)
    assert read_twiml("voice", voice.write(reply), "text/xml")
    assert read_twiml("sms", sms.write(reply), "text/xml")


def test_two_sentences_are_one_message_and_none_is_silence() -> None:
    written = sms.write(Reply((Sentence("One."), Sentence("Two & three."))))
    [message] = ElementTree.fromstring(written)
    assert message.text == "One.\n\nTwo & three."
    assert sms.write(Reply()) == sms.EMPTY


@pytest.mark.parametrize(
    ("fields", "sort"),
    [
        ({"Body": "no"}, Sort.text),
        ({"Body": "  \n"}, Sort.media),
        ({"Body": "", "NumMedia": "1"}, Sort.media),
        ({"Body": "no", "NumMedia": ""}, Sort.text),
        ({"Body": "numb groin", "NumMedia": "2"}, Sort.media),
    ],
)
def test_what_kind_of_text_came(fields: dict[str, str], sort: Sort) -> None:
    inbound = sms.read(text_form("", "SM1") | fields)
    assert (inbound.sort, inbound.body, inbound.address) == (sort, fields["Body"], PERSON)


def test_a_whatsapp_address_is_kept_for_the_reply() -> None:
    inbound = sms.read(text_form("no", "SM1", From=f"whatsapp:{PERSON}", To=f"whatsapp:{LINE}"))
    assert (inbound.address, inbound.sender, inbound.anonymous) == (
        f"whatsapp:{PERSON}",
        f"whatsapp:{LINE}",
        False,
    )


@pytest.mark.parametrize(
    ("turn", "fields", "sort", "body"),
    [
        (0, {}, Sort.call_began, ""),
        (0, {"Digits": "1"}, Sort.call_began, "1"),
        (2, {"Digits": "1"}, Sort.keys, "1"),
        (2, {"Digits": ""}, Sort.silence, ""),
        (2, {}, Sort.silence, ""),
        (2, {"Digits": "", "FinishedOnKey": "#"}, Sort.keys, ""),
        (2, {"Digits": "45", "FinishedOnKey": "#"}, Sort.keys, "45"),
    ],
)
def test_what_a_caller_did(turn: int, fields: dict[str, str], sort: Sort, body: str) -> None:
    inbound = voice.read(call_form("CA1", **fields), turn)
    assert (inbound.sort, inbound.body, inbound.message_id) == (sort, body, f"CA1:{turn}")


@pytest.mark.parametrize("status", ["completed", "busy", "failed", "no-answer", "canceled"])
def test_each_way_a_call_ends_is_its_end(status: str) -> None:
    ended = voice.read_status(call_form("CA1", CallStatus=status))
    assert ended is not None and ended.sort is Sort.hung_up
    assert voice.read_status(call_form("CA1", CallStatus="ringing")) is None


@pytest.mark.parametrize(
    "address", ["", "anonymous", "ANONYMOUS", "+266696687", "whatsapp:+266696687", "client:Anonymous"]
)
def test_a_placeholder_is_nobodys_number(address: str) -> None:
    assert is_withheld(address)
    assert voice.read(call_form("CA1", From=address), 0).anonymous
    texts = [sms.read(text_form("no", sid, From=address)) for sid in ("SM1", "SM2")]
    assert all(text.anonymous for text in texts) and texts[0].call != texts[1].call


@pytest.mark.parametrize("address", [PERSON, "72345", "whatsapp:+12025550123", "client:ada", "+2666966870"])
def test_a_real_address_is_somebodys(address: str) -> None:
    assert not is_withheld(address)
