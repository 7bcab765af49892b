"""The saved state of one contact's encounter: small, compactly encoded, pinned to the protocol it began on.

Values only. May not: judge answers or decide what follows (`rules.py`, `engine.py`)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter
from typing import Any

from flows.protocol import EMPTY, UNASKED, Level, Medium, Protocol


class Stage(StrEnum):
    """The rows of the stage table."""

    idle = "i"  # no encounter yet, or none that still counts
    asking = "a"  # a question stands open
    lapsed = "l"  # a question stands open for so long that things may have changed; never stored
    told = "t"  # a disposition was told
    checkin = "c"  # a check-in of the programme waits for its reply
    greeting = "g"  # on the phone: the greeting, before the first question
    menu = "m"  # on the phone: advice, follow-up or a person
    escape = "e"  # on the phone: key 9, told to call the emergency number
    callback = "b"  # on the phone: "have a nurse call you?"
    optin = "o"  # on the phone: "want the texts?"
    instead = "p"  # on the phone: "want check-in calls instead of texts?"
    placing = "z"  # behind the opt-in: asked for the ZIP code or state, by text or on the phone
    resuming = "r"  # on the phone: a call that finds an open encounter
    again = "d"  # on the phone: a call soon after a finished encounter
    reminded = "u"  # on the phone: our own call, a check-in waits for its key
    stopped = "s"  # on the phone: key 9 ended the check-in calls; it may have been the 9 of 911
    confirming = "y"  # on the phone: a red flag was heard spoken, "is that right?"
    ringing = "w"  # on the phone: a nurse's phone rings
    connected = "k"  # on the phone: a nurse took the call
    missed = "n"  # on the phone: no nurse took the call, or none is on duty: call back or a message?
    leaving = "j"  # on the phone: may a call back leave a message?
    naming = "q"  # on the phone: name and town for the call back are recorded
    voicemail = "v"  # on the phone: a message is recorded
    over = "x"  # on the phone: the last words were said


class BadSession(ValueError):
    """The stored session cannot be read: start the encounter again, keep nothing of it."""


@dataclass(frozen=True, slots=True)
class Session:
    """Everything the next turn needs to know of a contact. Times are whole seconds since the epoch, 0 =
    never.

    answers and raised: one entry a question, in the protocol's order (masks and numbers of
    `protocol.py`); `raised`
    holds signs told beside the answers, which later answers never clear. `back_to` is where the
    encounter itself stands while a menu of the phone is open."""

    protocol: str
    language: str
    medium: Medium
    stage: Stage = Stage.idle
    back_to: Stage = Stage.idle
    asked: int = -1
    doubted: int = 0  # places of questions with a doubt that was not cleared up yet, as a mask
    before: int = -1  # the question before, for a text that arrives too soon after our question
    part: int = 0  # spoken lists: the half that is read, 1 or 2
    more: bool = False  # spoken lists: `more_` was said
    halves: int = EMPTY  # spoken lists: what the first half told
    answers: tuple[int, ...] = ()
    raised: tuple[int, ...] = ()
    unsure: int = 0
    misses: int = 0
    in_a_row: int = 0
    answered: int = 0
    floor: Level = Level.self_care
    reason: str = ""  # what set the floor: a question's id, or `kept`
    level: Level = Level.self_care
    text: str = ""  # the text that the disposition was told with
    again: int = 0  # how often the questions went back to one that was answered, because of what was heard
    begun_at: int = 0
    asked_at: float = 0  # to a tenth of a second: a text within 2 s belongs to the question before
    ended_at: int = 0
    told_level: Level = Level.self_care  # the highest level told in the last hours (`keep_level_h`)
    told_at: int = 0
    urgent_at: int = 0  # when urgent_today or more was last told: JOIN waits for days
    told_text: str = ""
    nudged: bool = False
    unfinished: bool = False  # an encounter was begun and has no disposition yet
    from_checkin: bool = False
    welcomed: bool = False
    heard: str = ""  # the advice group or key that * repeats
    call: str = ""  # the open call's short id
    turn: int = 0  # its turn number
    encounter: int = 0  # counts this contact's encounters: half of an encounter's id
    expects: str = ""  # "join": asked for the texts before the questions; "offered": was shown their offer
    place: Stage = Stage.idle  # on the phone: where key 9 or 0 was pressed, and goes back to
    stuck: int = 0  # texts of one sort in a row that told nothing new (`looping.py`)
    stuck_by: str = ""  # that sort
    stuck_at: int = 0
    quiet: bool = False  # the last words to a loop were said
    rounds: int = 0  # encounters begun by plain texts, each right after the last
    texts: int = 0  # what came in since `texts_since`, a day at the most
    texts_since: int = 0
    silences: int = 0  # of the misses in a row, those that were silence
    pending: str = ""  # on the phone: what waits for a confirmation, or how to call back
    rung: int = 0  # on the phone: so many of the nurses on duty were rung in vain
    spoke: str = ""  # on the phone: a short hash of the words in which one text was offered; the line sets it
    left: str = ""  # the short id of the last call whose end was told
    crossed: bool = False  # the open question was put in doubt after its prompt was last said

    def changed(self, changes: Mapping[str, Any]) -> "Session":
        """The session with these fields changed: `dataclasses.replace`, at half its price, since a turn does
        it six times.

        KeyError: there is no such field."""
        values = list(_values_of(self))
        for name, value in changes.items():
            values[_PLACES[name]] = value
        return Session(*values)

    def encode(self) -> str:
        """One compact line of JSON: the values in order, trailing defaults left out."""
        values = list(_values_of(self))
        while values and values[-1] == _DEFAULTS[len(values) - 1]:
            values.pop()
        return json.dumps(values, separators=(",", ":"))

    @classmethod
    def decode(cls, line: str) -> "Session":
        """The session of such a line. BadSession: it is none."""
        try:
            values = json.loads(line)
            if not isinstance(values, list):
                raise TypeError("a session is a list of values")
            values = values[: len(_NAMES)]
            for place, read in _READ_AT:
                if place < len(values):
                    values[place] = read(values[place])
            return cls(*values)
        except (ValueError, TypeError, KeyError) as fault:
            raise BadSession("a stored session cannot be read") from fault

    def merged(self) -> tuple[int, ...]:
        """The answers with every raised sign in them: what the rules read."""
        if not any(self.raised):
            return self.answers
        return tuple(merge(told, raised) for told, raised in zip(self.answers, self.raised, strict=True))


def merge(told: int, raised: int) -> int:
    """An answer and a sign told beside it: both stand; an unknown answer gives way to the sign."""
    if not raised:
        return told
    return raised if told < 0 else told | raised


def blank(protocol: Protocol, language: str, medium: Medium) -> Session:
    """A session with nothing asked."""
    count = len(protocol.questions)
    return Session(protocol.hash, language, medium, answers=(UNASKED,) * count, raised=(EMPTY,) * count)


_NAMES = tuple(item.name for item in fields(Session))
_PLACES = {name: place for place, name in enumerate(_NAMES)}
_values_of = attrgetter(*_NAMES)
_DEFAULTS = tuple(item.default for item in fields(Session))
_READ: dict[str, Any] = {
    "medium": Medium, "stage": Stage, "back_to": Stage, "place": Stage, "answers": tuple, "raised": tuple,
    "floor": Level, "level": Level, "told_level": Level,
}  # fmt: skip
_READ_AT = tuple((_PLACES[name], read) for name, read in _READ.items())
