"""What must happen after a turn: the engine names it, the conversation and the channels carry it out.

Values only. May not: do anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from flows.protocol import Level


@dataclass(frozen=True, slots=True)
class Tell:
    """Say this text."""

    text: str
    fill: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """Say this prompt; `question` is its id."""

    question: str
    text: str


@dataclass(frozen=True, slots=True)
class Dispose:
    """An encounter ends at this level. finished: False where it was left open and its floor is recorded."""

    level: Level
    text: str
    rules: tuple[str, ...]
    finished: bool = True


@dataclass(frozen=True, slots=True)
class Owe:
    """Staff owe this person something: a task with a clock."""

    reason: str
    level: Level
    due_min: int


@dataclass(frozen=True, slots=True)
class Enrol:
    """Opt this person in to the programme; `text` is the wording they said yes to.

    slot: the hour chosen for check-in calls (`call_slots.py`); "" = by texts."""

    text: str
    slot: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody in the programme told where they are; `zones` is a reference that `hotline.zones` resolves."""

    zones: str


@dataclass(frozen=True, slots=True)
class Discreet:
    """The follow-up of this person names no health from now on, or does again."""

    on: bool


@dataclass(frozen=True, slots=True)
class Leave:
    """End the programme of this person, if they are in it."""

    reason: str


@dataclass(frozen=True, slots=True)
class OptOut:
    """No more texts that nobody asked for; `method` says how it was told."""

    method: str


@dataclass(frozen=True, slots=True)
class OptIn:
    """The opt-out is lifted; nothing is revived."""

    method: str


@dataclass(frozen=True, slots=True)
class NoCalls:
    """No more check-in calls; `method` says how it was told. Texts are another consent."""

    method: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A check-in was answered: better, same, worse, new_sign, seen or not_seen."""

    meaning: str


@dataclass(frozen=True, slots=True)
class Send:
    """One text to this person's own number, beside the reply: these texts in order, as one message.

    why: ASKED (by key, for this one text) or DROPPED (the call broke off behind a flag)."""

    texts: tuple[str, ...]
    why: str

    ASKED: ClassVar[str] = "asked"
    DROPPED: ClassVar[str] = "dropped"


@dataclass(frozen=True, slots=True)
class Note:
    """A line of the record that changes nothing else."""

    kind: str
    detail: str = ""


Effect = (
    Tell
    | Ask
    | Dispose
    | Owe
    | Enrol
    | Place
    | Discreet
    | Leave
    | OptOut
    | OptIn
    | NoCalls
    | Progress
    | Send
    | Note
)
