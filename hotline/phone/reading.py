"""Why: how the last text or keys of each number were read, and which words led to it.

The line keeps only what it needs for the next turn, so the page reads them once more, with the same pure
functions, at the question that stood open. May not: change anything, or be asked by the line."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from flows import keys
from flows.heard import Heard
from flows.protocol import Protocol, Question
from flows.session import Session, Stage


@dataclass(frozen=True, slots=True)
class Reading:
    """One text or key entry, the question it was read at (None: no question was open), and what was heard.

    late: it came too soon after the question to be its answer, so it was read at the question before."""

    told: str
    question: Question | None
    heard: Heard
    late: bool = False


class Readings:
    """The last reading of each number. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[str, Reading] = {}

    def keep(self, number: str, reading: Reading | None) -> None:
        """This is the last one now; None forgets the one before."""
        with self._lock:
            if reading is None:
                self._last.pop(number, None)
            else:
                self._last[number] = reading

    def last(self, number: str) -> Reading | None:
        """The last one, if the page has seen any."""
        with self._lock:
            return self._last.get(number)


def read_text(protocol: Protocol, session: Session | None, text: str, now_s: float, late_s: float) -> Reading | None:
    """How a text is read at the question that `session` (as it was before the text) had open."""
    if find_spec("flows.answers") is None:
        return None
    place, late = _place(session, now_s, late_s)
    question = protocol.questions[place] if place >= 0 else None
    language = session.language if session else next(iter(protocol.languages))
    heard = import_module("flows.answers").understand(protocol, text, question, language)
    return Reading(text, question, heard, late)


def read_keys(protocol: Protocol, session: Session | None, pressed: str) -> Reading | None:
    """How a finished entry of keys is read."""
    if session is None:
        return None
    question = protocol.questions[session.asked] if session.stage is Stage.asking else None
    return Reading(pressed, question, keys.press(protocol, session, pressed))


def signs_in_words(protocol: Protocol, language: str, signs: tuple[str, ...]) -> tuple[str, ...]:
    """What the signs are called in the texts; a sign without words keeps its name."""
    names: Mapping[str, Mapping[str, str]] = protocol.languages[language].heard
    return tuple(_name(names.get(sign, {}), sign) for sign in signs)


def _name(names: Mapping[str, str], sign: str) -> str:
    return names.get("sms") or sign.replace("_", " ")


def _place(session: Session | None, now_s: float, late_s: float) -> tuple[int, bool]:
    if session is None or session.stage is not Stage.asking:
        return -1, False
    if session.before >= 0 and now_s - session.asked_at < late_s:
        return session.before, True
    return session.asked, False
