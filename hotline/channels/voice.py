"""The phone: the carrier's form fields as an Inbound, our sentences as TwiML that never leaves a caller
in silence.

Each answer carries the turn's number in its address; behind each Gather stands a Redirect. May not:
decide anything."""

from collections.abc import Mapping
from typing import Any

from twilio.twiml.voice_response import Gather, VoiceResponse

from hotline.channels import Inbound, Reply, Sentence, Sort, is_withheld
from hotline.channels.text import xml_safe

ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
KEY_TIMEOUT_S, ENTRY_TIMEOUT_S = 7, 6


def read(fields: Mapping[str, str], turn: int) -> Inbound:
    """What a caller keyed, or did not; turn 0 is the call's beginning. KeyError: a field that every
    call has is missing."""
    keyed = fields.get("Digits") or fields.get("FinishedOnKey")  # an entry of # alone has no digits
    sort = Sort.call_began if turn == 0 else Sort.keys if keyed else Sort.silence
    return _inbound(fields, sort, f"{fields['CallSid']}:{turn}", turn)


def read_status(fields: Mapping[str, str]) -> Inbound | None:
    """The end of a call, or None while it goes on."""
    status = fields.get("CallStatus", "")
    if status not in ENDED:
        return None
    return _inbound(fields, Sort.hung_up, f"{fields['CallSid']}:{status}", 0)


def write(reply: Reply) -> bytes:
    """The sentences, and what the call waits for: one key, an entry that # ends, or nothing more."""
    response = VoiceResponse()
    if not reply.expects:
        for sentence in reply.sentences:
            _say(response, sentence)
        response.hangup()
        return str(response).encode()
    action = f"/voice/{reply.turn}"
    keys: dict[str, object] = {"num_digits": 1, "finish_on_key": "", "timeout": KEY_TIMEOUT_S}
    if reply.expects == "keys":
        keys = {"finish_on_key": "#", "timeout": ENTRY_TIMEOUT_S}
    gather = Gather(input="dtmf", action=action, method="POST", action_on_empty_result=True, **keys)
    for sentence in reply.sentences:
        _say(gather, sentence)
    response.append(gather)
    response.redirect(action, method="POST")
    return str(response).encode()


def _inbound(fields: Mapping[str, str], sort: Sort, message_id: str, turn: int) -> Inbound:
    address = fields.get("From", "")
    return Inbound(
        address=address,
        sender=fields.get("To", ""),
        message_id=message_id,
        sort=sort,
        body=fields.get("Digits", ""),
        anonymous=is_withheld(address),
        call=fields["CallSid"],
        turn=turn,
    )


def _say(verb: Any, sentence: Sentence) -> None:
    verb.say(xml_safe(sentence.text), language=sentence.spoken_in)
