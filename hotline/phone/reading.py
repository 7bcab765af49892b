"""Why: how the last text or keys of each number were read, and which words led to it.

The line keeps only what its next turn needs, so the page reads them itself, a moment before they are sent, by
the very functions of the conversation. May not: change anything, or be asked by the line."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flows import engine, keys
from flows.heard import Heard, Kind
from flows.protocol import Medium, Protocol, Question
from flows.session import Session, Stage
from hotline import conversation
from hotline.channels import Inbound, Sort
from hotline.line import Line
from hotline.phone.knowledge import in_words


@dataclass(frozen=True, slots=True)
class Reading:
    """One text or key entry, the question it was read at (None: no question was open), and what was heard.

    heard.late: it came too soon after the question to be its answer, so it was read at the question
    before."""

    told: str
    question: Question | None
    heard: Heard


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


def read_text(line: Line, number: str, body: str, now: datetime) -> Reading:
    """How a text will be read where the conversation stands. Raises StoreAway, BadSession."""
    state = line.store.turns.read(line.sealer.contact_of(number))
    language = next(iter(line.protocol.languages))
    session = Session.decode(state.session) if state.session else None
    session = session or engine.begin(line.protocol, language, Medium.sms).session
    inbound = Inbound(number, "", "", Sort.text, body)
    heard = conversation.read_text(line, session, conversation.moment_of(line, state, now), inbound)
    return Reading(body, _question(line.protocol_of(session.protocol), session, heard.late), heard)


def read_keys(line: Line, session: Session, pressed: str) -> Reading:
    """How a finished entry of keys is read where the call stood in `session`. Raises StoreAway."""
    protocol = line.protocol_of(session.protocol)
    return Reading(pressed, _question(protocol, session, False), keys.press(protocol, session, pressed))


def answer_in_words(protocol: Protocol, reading: Reading, language: str) -> str:
    """What an answer to a question says; "" for what is none."""
    heard, question = reading.heard, reading.question
    if heard.kind is not Kind.answer or question is None or not isinstance(heard.value, int):
        return ""
    return in_words(protocol, question, heard.value, language)


def signs_in_words(protocol: Protocol, language: str, signs: tuple[str, ...]) -> tuple[str, ...]:
    """What the signs are called in the texts; a sign without words keeps its name."""
    names: Mapping[str, Mapping[str, str]] = protocol.languages[language].heard
    return tuple(names.get(sign, {}).get("sms") or sign.replace("_", " ") for sign in signs)


def _question(protocol: Protocol, session: Session, late: bool) -> Question | None:
    place = session.before if late else session.asked
    return protocol.questions[place] if session.stage is Stage.asking and place >= 0 else None
