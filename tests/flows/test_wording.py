"""What is said: every key by every medium, placeholders filled, and no sentence over its budget."""

import pytest

from flows.protocol import Medium, Protocol
from flows.segments import segments
from flows.wording import BOTH, SMS, VOICE, Say, longest, media_of, names_in, say, wording


def test_every_text_of_the_machine_exists_in_every_medium_that_says_it(protocol: Protocol) -> None:
    for texts in protocol.languages.values():
        for key in Say:
            for medium in media_of(key):
                assert wording(texts.texts[key], medium), (texts.language, key, medium)


def test_every_english_sms_is_one_gsm_7_segment_with_its_longest_values(protocol: Protocol) -> None:
    for key, text in protocol.languages["en"].texts.items():
        if text.sms:
            cost = segments(longest(protocol, text.sms))
            assert (cost.encoding, cost.count) == ("GSM-7", 1), key


def test_placeholders_take_what_is_given_and_else_their_default(protocol: Protocol) -> None:
    assert "call 911" in say(protocol, "U", "en", Medium.sms, {})
    assert "call 112" in say(protocol, "U", "en", Medium.sms, {"emergency": "112"})
    assert "BackLine day 3:" in say(protocol, "checkin", "en", Medium.sms, {"day": "3"})


def test_what_is_filled_in_is_never_read_as_a_placeholder_again(protocol: Protocol) -> None:
    assert "{crisis}" in say(protocol, "U", "en", Medium.sms, {"emergency": "{crisis}"})


def test_a_text_of_one_medium_is_said_as_it_is_by_the_other_or_refused(protocol: Protocol) -> None:
    assert say(protocol, "STARTED", "en", Medium.voice, {}) == say(protocol, "STARTED", "en", Medium.sms, {})
    with pytest.raises(KeyError, match="STARTED has no voice wording"):
        say(protocol, "STARTED", "en", Medium.voice, {}, fallback=False)
    with pytest.raises(KeyError):
        say(protocol, "NO_SUCH_TEXT", "en", Medium.sms, {})


def test_every_emergency_text_names_the_number_in_both_media(protocol: Protocol) -> None:
    names = {Medium.sms: "emergency", Medium.voice: "emergency_spoken"}
    keys = [
        "E_911",
        "E_SPINE",
        "E_INFECT",
        "E_INJURY",
        "E_PREG",
        "E_AGAIN",
        "U",
        "U_LIMB",
        "U_INFECT",
        "U_UNSURE",
    ]
    for texts in protocol.languages.values():
        for key in [
            *keys,
            "U_PREG",
            "U_MINOR",
            "C",
            "C_MINOR",
            "S",
            "FAILSAFE_U",
            "FAULT",
            "SELF_HARM",
            "STOPPED",
        ]:
            for medium, name in names.items():
                raw = wording(texts.texts[key], medium)
                assert raw is None or key == "STOPPED" and medium is Medium.voice or name in names_in(raw), (
                    key
                )


def test_every_text_of_the_machine_says_by_which_media() -> None:
    assert {media_of(key) for key in Say} == {BOTH, SMS, VOICE}
    assert media_of(Say.NUDGE_MID) == SMS
    assert media_of(Say.MENU) == VOICE
    assert media_of(Say.E_911) == BOTH
