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
    speech = "speech"
    rang = "rang"
    accepted = "accepted"
    recorded = "recorded"
    call_began = "call_began"
    reminded = "reminded"  # our own check-in call was answered; body: machine or person
    hung_up = "hung_up"


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing that came from the carrier: from whom (`address`, e.g. +12025550143 or whatsapp:+...), to
    which sender, its id (MessageSid, or CallSid:turn), and the text or keys.

    anonymous: the caller withheld the number; such a contact lives for one call (`call`), or one text.
    opt_out_type: STOP, START or HELP where the carrier recognised it. turn: the turn number in our own
    action URL, for calls. confidence: how sure the carrier is of spoken words. contact: whose call it is,
    where the form is that of a nurse's leg. beside: words said beside keys, in the same form. ended: the
    carrier says that the call is over. duration_s: how long a call was, once it is over; None: not told."""

    address: str
    sender: str
    message_id: str
    sort: Sort
    body: str = ""
    opt_out_type: str = ""
    anonymous: bool = False
    call: str = ""
    turn: int = 0
    confidence: float = 0.0
    contact: str = ""
    beside: str = ""
    ended: bool = False
    duration_s: int | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence to say, in which language it is spoken (a tag such as en-US) and by which of the carrier's
    voices ("" = whatever it has). audio: the address of a recording of it, "" = none."""

    text: str
    spoken_in: str = "en-US"
    voice: str = ""
    audio: str = ""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a call speaks: percent of a voice's own pace, and milliseconds between two sentences."""

    rate: int = 100
    pause_ms: int = 0


@dataclass(frozen=True, slots=True)
class Hears:
    """Speech is taken beside keys: in which language, and the words that are likely."""

    language: str
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ring:
    """A nurse's phone: its number, what it shows as the caller, how long it rings, and the path of what the
    nurse hears first."""

    number: str
    caller_id: str
    ring_s: int
    whisper: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What one turn says. expects: what the phone waits for: "key" (one key), "keys" (digits, # ends),
    "ring" (a nurse's phone, `ring`), "talk" (a nurse took the call), "record" (at most `record_s`
    seconds), "" (nothing: the call ends after the sentences). turn: the number the next action URL
    carries. hears: None where only keys are taken."""

    sentences: tuple[Sentence, ...] = ()
    expects: str = ""
    turn: int = 0
    manner: Manner = Manner()
    hears: Hears | None = None
    ring: Ring | None = None
    record_s: int = 0
