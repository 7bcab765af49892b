"""The phone: the carrier's form fields as an Inbound, our sentences as TwiML that never leaves a caller in
silence.

Each answer carries the turn's number in its address; behind whatever may fall through stands a Redirect.
May not: decide anything."""

from collections.abc import Mapping
from dataclasses import replace
from html import escape

from hotline.channels import Hears, Inbound, Manner, Reply, Ring, Sentence, Sort, is_withheld
from hotline.channels.ssml import marked
from hotline.channels.text import xml_safe

ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
KEY_TIMEOUT_S, ENTRY_TIMEOUT_S, ACCEPT_TIMEOUT_S = 7, 6, 8
RECORD_SILENCE_S = 5
ACCEPT_KEY = "1"
MACHINE = "machine"
WE_CALL = "outbound-api"  # the direction of a call that we placed: there `To` is the person
MOST_HINTS = 100
EMPTY = b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
GONE = b'<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>'


def read(fields: Mapping[str, str], turn: int) -> Inbound:
    """What a caller keyed, said or did not; turn 0 is the call's beginning. KeyError: a field that every
    call has is missing."""
    sort = Sort.call_began if turn == 0 else _sort(fields)
    body = {
        Sort.speech: fields.get("SpeechResult", ""),
        Sort.recorded: _recording(fields),
        Sort.rang: fields.get("DialBridged", ""),
    }
    told = body.get(sort, fields.get("Digits", ""))
    inbound = _inbound(fields, sort, f"{fields['CallSid']}:{turn}", turn, told)
    beside = fields.get("SpeechResult", "").strip() if sort is Sort.keys else ""
    return replace(inbound, beside=beside) if beside else inbound


def read_checkin(fields: Mapping[str, str]) -> Inbound:
    """Our check-in call was answered: by a machine, as far as the carrier can tell, or a person. KeyError."""
    told = fields.get("AnsweredBy", "")
    body = MACHINE if told.startswith("machine") or told == "fax" else "person"
    return _inbound(fields, Sort.reminded, f"{fields['CallSid']}:0", 0, body)


def read_status(fields: Mapping[str, str]) -> Inbound | None:
    """The end of a call, or None while it goes on."""
    status = fields.get("CallStatus", "")
    if status not in ENDED:
        return None
    return _inbound(fields, Sort.hung_up, f"{fields['CallSid']}:{status}", 0)


def read_accept(fields: Mapping[str, str], contact: str) -> Inbound | None:
    """A nurse takes the call of that contact, or None: not yet, or the key was another. KeyError as above."""
    child, parent = fields["CallSid"], fields["ParentCallSid"]
    if fields.get("Digits") != ACCEPT_KEY:
        return None
    inbound = _inbound(fields, Sort.accepted, f"{child}:accepted", 0)
    return Inbound(
        inbound.address, inbound.sender, inbound.message_id, Sort.accepted, call=parent, contact=contact
    )


def write(reply: Reply) -> bytes:
    """The sentences, and what the call waits for: one key, an entry that # ends, a nurse's phone, a
    recording, or nothing more."""
    spoken = "".join(_say(sentence, reply.manner) for sentence in reply.sentences)
    action = f"/voice/{reply.turn}"
    if not reply.expects:
        return _document(spoken + "<Hangup/>")
    back = f'<Redirect method="POST">{action}</Redirect>'
    if reply.expects == "ring":
        return _document(spoken + (_dial(reply.ring, action) if reply.ring else "") + back)
    if reply.expects == "record":
        return _document(spoken + _record(reply.record_s, action) + back)
    return _document(_gather(reply, spoken, action) + back)


def write_whisper(sentence: Sentence, manner: Manner, path: str) -> bytes:
    """What a nurse hears before the two are connected: one key takes the call, anything else lets it go."""
    keys = {
        "input": "dtmf",
        "numDigits": 1,
        "finishOnKey": "",
        "timeout": ACCEPT_TIMEOUT_S,
        "action": path,
        "method": "POST",
    }
    return _document(_tag("Gather", keys, _say(sentence, manner)) + "<Hangup/>")


class NursesLeg:
    """The channel of a nurse's accept key."""

    @staticmethod
    def write(reply: Reply) -> bytes:
        """Nothing more, and the two are connected; or a hang-up, where the caller is gone."""
        return EMPTY if reply.expects == "talk" else GONE


def _sort(fields: Mapping[str, str]) -> Sort:
    if "DialCallStatus" in fields:
        return Sort.rang
    if "RecordingDuration" in fields or "RecordingUrl" in fields:
        return Sort.recorded
    if fields.get("Digits") or fields.get("FinishedOnKey"):  # an entry of # alone has no digits
        return Sort.keys
    return Sort.speech if fields.get("SpeechResult", "").strip() else Sort.silence


def _recording(fields: Mapping[str, str]) -> str:
    """The reference of a recording; "" where nothing was said."""
    return fields.get("RecordingSid", "") if fields.get("RecordingDuration", "0") not in ("", "0") else ""


def _inbound(fields: Mapping[str, str], sort: Sort, message_id: str, turn: int, body: str = "") -> Inbound:
    address, sender = fields.get("From", ""), fields.get("To", "")
    if fields.get("Direction") == WE_CALL:
        address, sender = sender, address
    return Inbound(
        address=address,
        sender=sender,
        message_id=message_id,
        sort=sort,
        body=body,
        anonymous=is_withheld(address),
        call=fields["CallSid"],
        turn=turn,
        confidence=_number(fields.get("Confidence", "")),
        ended=fields.get("CallStatus", "") in ENDED,
        duration_s=_seconds(fields.get("CallDuration", "")),
    )


def _number(told: str) -> float:
    try:
        return min(max(float(told), 0.0), 1.0)
    except ValueError:
        return 0.0


def _seconds(told: str) -> int | None:
    return int(told) if told.isascii() and told.isdigit() and len(told) < 7 else None


def _document(inner: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inner}</Response>'.encode()


def _tag(name: str, attributes: Mapping[str, object], inner: str = "") -> str:
    told = "".join(f' {key}="{escape(xml_safe(str(value)))}"' for key, value in attributes.items())
    return f"<{name}{told}>{inner}</{name}>" if inner else f"<{name}{told}/>"


def _say(sentence: Sentence, manner: Manner) -> str:
    if sentence.audio:
        return f"<Play>{escape(sentence.audio)}</Play>"
    attributes = {"language": sentence.spoken_in} | ({"voice": sentence.voice} if sentence.voice else {})
    text = xml_safe(sentence.text)
    # Speech marks are for the carrier's better voices; others would read them out or refuse them.
    return _tag("Say", attributes, marked(text, manner) if sentence.voice else escape(text, quote=False))


def _gather(reply: Reply, spoken: str, action: str) -> str:
    entry = reply.expects == "keys"
    attributes: dict[str, object] = {
        "input": "dtmf speech" if reply.hears else "dtmf",
        "action": action,
        "method": "POST",
        "actionOnEmptyResult": "true",
        "bargeIn": "true",
        "finishOnKey": "#" if entry else "",
        "timeout": ENTRY_TIMEOUT_S if entry else KEY_TIMEOUT_S,
    }
    if not entry:
        attributes["numDigits"] = 1
    if reply.hears:
        attributes |= _speech(reply.hears)
    return _tag("Gather", attributes, spoken)


def _speech(hears: Hears) -> dict[str, object]:
    hints = ", ".join(hears.hints[:MOST_HINTS])
    # Plain words for parts of the body must reach the reader as they were said.
    told: dict[str, object] = {
        "language": hears.language,
        "speechTimeout": "auto",
        "profanityFilter": "false",
    }
    return told | ({"hints": hints} if hints else {})


def _dial(ring: Ring, action: str) -> str:
    number = _tag("Number", {"url": ring.whisper, "method": "POST"}, escape(ring.number))
    attributes = {"action": action, "method": "POST", "timeout": ring.ring_s, "callerId": ring.caller_id}
    return _tag("Dial", attributes, number)


def _record(longest_s: int, action: str) -> str:
    """No transcription: nobody else's machine reads what a caller says."""
    attributes = {
        "action": action,
        "method": "POST",
        "maxLength": longest_s,
        "timeout": RECORD_SILENCE_S,
        "finishOnKey": "#",
        "playBeep": "true",
        "transcribe": "false",
        "recordingStatusCallback": "/voice/recording",
        "recordingStatusCallbackEvent": "completed absent",
    }
    return _tag("Record", attributes)
