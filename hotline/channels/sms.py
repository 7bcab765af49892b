"""Texts: the carrier's form fields as an Inbound, our sentences as one message.

WhatsApp comes through here too: its prefix is kept for the reply. May not: decide anything, know Flask
or the store."""

from collections.abc import Mapping
from functools import lru_cache
from html import escape

from flows.segments import segments
from hotline.channels import Inbound, Reply, Sort, is_withheld
from hotline.channels.text import xml_safe

LONGEST = 1600  # what the carrier takes as one body
_HEAD = b'<?xml version="1.0" encoding="UTF-8"?><Response>'
EMPTY = _HEAD + b"</Response>"


def read(fields: Mapping[str, str]) -> Inbound:
    """The text in these form fields. KeyError: a field that every text has is missing."""
    body = fields.get("Body", "")
    pictures = fields.get("NumMedia", "0") not in ("", "0")
    sort = Sort.media if pictures or not body.strip() else Sort.text
    address, id = fields["From"], fields["MessageSid"]
    return Inbound(
        address=address,
        sender=fields["To"],
        message_id=id,
        sort=sort,
        anonymous=is_withheld(address),
        call=id if is_withheld(address) else "",
        body=body,
        opt_out_type=fields.get("OptOutType", "").upper(),
    )


def write(reply: Reply) -> bytes:
    """The sentences as one message body: separate messages can swap on the way. No sentence, an empty
    response."""
    if not reply.sentences:
        return EMPTY
    return _HEAD + f"<Message>{escape(_body(reply), quote=False)}</Message></Response>".encode()


def cost(reply: Reply) -> int:
    """The segments of that message; 0 where nothing is said."""
    return _counted(_body(reply)) if reply.sentences else 0


def _body(reply: Reply) -> str:
    return xml_safe("\n\n".join(sentence.text for sentence in reply.sentences))[:LONGEST]


@lru_cache(maxsize=1024)
def _counted(body: str) -> int:
    """Everybody gets the same few sentences of ours, and somebody waits while they are counted."""
    return segments(body).count
