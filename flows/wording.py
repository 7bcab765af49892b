"""What is said: the text of a key in a language and medium, every placeholder filled.

May not: decide which text is said (`engine.py`), or hold a sentence of its own."""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum

from flows.protocol import Medium, Protocol, Text

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
BOTH = (Medium.sms, Medium.voice)
SMS = (Medium.sms,)
VOICE = (Medium.voice,)


class Say(StrEnum):
    """The texts that the machine itself says, apart from those that the protocol's own files name."""

    WELCOME = "WELCOME"
    UNKNOWN_FIRST = "UNKNOWN_FIRST"
    UNSURE = "UNSURE"
    MIXED = "MIXED"
    NOTED = "NOTED"
    NOT_UNDERSTOOD = "NOT_UNDERSTOOD"
    E_911 = "E_911"
    E_AGAIN = "E_AGAIN"
    C_CLOSED = "C_CLOSED"
    LOWER_THAN_BEFORE = "LOWER_THAN_BEFORE"
    SELF_HARM = "SELF_HARM"
    STOPPED = "STOPPED"
    STOPPED_MID = "STOPPED_MID"
    HELP = "HELP"
    FOR_OTHER = "FOR_OTHER"
    RESUME = "RESUME"
    EXPIRED = "EXPIRED"
    NUDGE_MID = "NUDGE_MID"
    TIMEOUT_END = "TIMEOUT_END"
    RESTART_CONFIRM = "RESTART_CONFIRM"
    DUPLICATE = "DUPLICATE"
    WRONG_NUMBER = "WRONG_NUMBER"
    MEDIA = "MEDIA"
    HUMAN = "HUMAN"
    CALLBACK_ASK = "CALLBACK_ASK"
    CALLBACK_OK = "CALLBACK_OK"
    CALLBACK_CLOSED = "CALLBACK_CLOSED"
    NO_STAFF = "NO_STAFF"
    NO_CALLS = "NO_CALLS"
    LANG_SET = "LANG_SET"
    LANG_CHOICE = "LANG_CHOICE"
    OTHER_LANGUAGE = "OTHER_LANGUAGE"
    STARTED = "STARTED"
    STILL_OUT = "STILL_OUT"
    POISON = "POISON"
    ABUSE = "ABUSE"
    FAULT = "FAULT"
    THANKS = "THANKS"
    LOOP = "LOOP"
    optin = "optin"
    optin_confirm = "optin_confirm"
    voice_instead = "voice_instead"
    voice_optin = "voice_optin"
    voice_confirm = "voice_confirm"
    voice_confirm_noon = "voice_confirm_noon"
    voice_confirm_evening = "voice_confirm_evening"
    voice_already_in = "voice_already_in"
    voice_checkin = "voice_checkin"
    voice_machine = "voice_machine"
    voice_stopped = "voice_stopped"
    voice_bye = "voice_bye"
    zip_ask = "zip_ask"
    zip_done = "zip_done"
    already_in = "already_in"
    private_on = "private_on"
    private_off = "private_off"
    private_none = "private_none"
    join_minor = "join_minor"
    join_no_age = "join_no_age"
    join_not_now = "join_not_now"
    join_no_triage = "join_no_triage"
    same_day7 = "same_day7"
    same_lt8 = "same_lt8"
    same_ge8 = "same_ge8"
    better = "better"
    worse = "worse"
    newflag = "newflag"
    unfinished = "unfinished"
    seen_no = "seen_no"
    MENU_SPANISH = "MENU_SPANISH"
    MENU = "MENU"
    HOW = "HOW"
    SILENT_1 = "SILENT_1"
    SILENT_2 = "SILENT_2"
    WRONG_KEY = "WRONG_KEY"
    KEY_9 = "KEY_9"
    NUMBER_KEYS = "NUMBER_KEYS"
    KEYS = "KEYS"
    CONFIRM = "CONFIRM"
    CONFIRM_SIGN = "CONFIRM_SIGN"
    TRANSFER = "TRANSFER"
    TRANSFER_NEXT = "TRANSFER_NEXT"
    TRANSFER_MISSED = "TRANSFER_MISSED"
    VOICEMAIL_OFFER = "VOICEMAIL_OFFER"
    VOICEMAIL = "VOICEMAIL"
    VOICEMAIL_DONE = "VOICEMAIL_DONE"
    CALLBACK_MESSAGE = "CALLBACK_MESSAGE"
    CALLBACK_NAME = "CALLBACK_NAME"
    CALLBACK_NAME_NUMBER = "CALLBACK_NAME_NUMBER"
    WHISPER = "WHISPER"
    SILENT_END = "SILENT_END"
    END_SELF_CARE = "END_SELF_CARE"
    END = "END"
    GOODBYE = "GOODBYE"
    WITHHELD = "WITHHELD"
    TEXT_OFFER = "TEXT_OFFER"
    TEXT_SENT = "TEXT_SENT"
    TEXT_ME = "TEXT_ME"
    CALL_CUT = "CALL_CUT"


_SMS_ONLY = (
    "UNKNOWN_FIRST C_CLOSED STOPPED_MID NUDGE_MID TIMEOUT_END RESTART_CONFIRM WRONG_NUMBER MEDIA "
    "NO_CALLS LANG_CHOICE STARTED STILL_OUT THANKS LOOP newflag "
    "unfinished seen_no TEXT_ME CALL_CUT private_none"
)
_VOICE_ONLY = (
    "MENU_SPANISH MENU HOW SILENT_1 SILENT_2 WRONG_KEY KEY_9 NUMBER_KEYS SILENT_END END_SELF_CARE "
    "END GOODBYE WITHHELD KEYS CONFIRM CONFIRM_SIGN TRANSFER TRANSFER_NEXT TRANSFER_MISSED VOICEMAIL_OFFER "
    "VOICEMAIL VOICEMAIL_DONE CALLBACK_MESSAGE CALLBACK_NAME CALLBACK_NAME_NUMBER WHISPER TEXT_OFFER "
    "TEXT_SENT voice_instead voice_optin voice_confirm voice_confirm_noon voice_confirm_evening "
    "voice_already_in voice_checkin voice_machine voice_stopped voice_bye"
)


def media_of(say: Say) -> tuple[Medium, ...]:
    """By which media the machine says this text: each must exist in each language."""
    if say in _SMS_ONLY.split():
        return SMS
    return VOICE if say in _VOICE_ONLY.split() else BOTH


def say(
    protocol: Protocol,
    key: str,
    language: str,
    medium: Medium,
    fill: Mapping[str, str],
    *,
    fallback: bool = True,
) -> str:
    """The text of that key, every placeholder filled from `fill` or its default.

    A text without a spoken form is spoken as written, and the other way round, unless fallback is False.
    KeyError: the protocol has no such text in that language."""
    text = protocol.languages[language].texts[key]
    raw = wording(text, medium)
    if raw is None and fallback:
        raw = wording(text, Medium.voice if medium is Medium.sms else Medium.sms)
    if raw is None:
        raise KeyError(f"{language}: {key} has no {medium} wording")
    return PLACEHOLDER.sub(lambda match: _filled(protocol, match[1], fill), raw)


def wording(text: Text, medium: Medium) -> str | None:
    """The raw wording of a text by one medium, or None."""
    return text.sms if medium is Medium.sms else text.voice


def longest(protocol: Protocol, raw: str) -> str:
    """The wording with every placeholder at its longest: what a segment budget is measured with."""
    return PLACEHOLDER.sub(lambda match: "x" * protocol.placeholders[match[1]].longest, raw)


def names_in(raw: str) -> Iterator[str]:
    """The placeholders that a wording names."""
    return (match[1] for match in PLACEHOLDER.finditer(raw))


def _filled(protocol: Protocol, name: str, fill: Mapping[str, str]) -> str:
    return fill[name] if name in fill else protocol.placeholders[name].default
