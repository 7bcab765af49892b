"""The channels: what the carrier's form fields mean, and what our sentences look like as TwiML.

`read(fields) -> Inbound`, `write(reply) -> TwiML`. May not: decide anything, know Flask or the store."""

from dataclasses import dataclass
from enum import StrEnum

# What carriers send for a withheld number: never a contact, never a session of its own beyond the call.
WITHHELD = frozenset(
    "anonymous restricted unavailable unknown blocked private withheld "
    "+266696687 +7378742833 +2562533 +8656696 +86282452253".split()
)


def is_withheld(address: str) -> bool:
    """Whether this stands for a number that the carrier does not tell: many people share it."""
    bare = address.strip().lower().removeprefix("whatsapp:").removeprefix("client:").removeprefix("sip:")
    bare = bare.partition("@")[0].strip()
    return not bare or bare in WITHHELD or f"+{bare}" in WITHHELD


class Sort(StrEnum):
    """What an inbound is."""

    text = "text"
    media = "media"
    keys = "keys"
    silence = "silence"
    call_began = "call_began"
    hung_up = "hung_up"


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing that came from the carrier: from whom (`address`, e.g. +12025550143 or whatsapp:+...),
    to which sender, its id (MessageSid, or CallSid:turn), and the text or keys.

    anonymous: the caller withheld the number; such a contact lives for one call (`call`), or one text.
    opt_out_type: STOP, START or HELP where the carrier recognised it.
    turn: the turn number in our own action URL, for calls."""

    address: str
    sender: str
    message_id: str
    sort: Sort
    body: str = ""
    opt_out_type: str = ""
    anonymous: bool = False
    call: str = ""
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence to say, and in which language it is spoken (a tag such as en-US)."""

    text: str
    spoken_in: str = "en-US"


@dataclass(frozen=True, slots=True)
class Reply:
    """What one turn says. expects: what the phone waits for: "key" (one key), "keys" (digits, # ends),
    "" (nothing:
    the call ends after the sentences). turn: the number the next action URL carries."""

    sentences: tuple[Sentence, ...] = ()
    expects: str = ""
    turn: int = 0
