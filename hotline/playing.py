"""Plays people through the line as it is: the real conversation path and the real channel adapters,
with made-up numbers.

Used by `vignettes`, `simulate` and the transcripts. May not: reach into the engine, or wait for real time."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from xml.etree import ElementTree

from flows.protocol import Kind, Level, Medium, Question
from flows.rules import fired
from flows.session import Session, Stage
from flows.vignettes import Case, Given, given, sent
from hotline.channels import Inbound, is_withheld, sms, voice
from hotline.conversation import take_turn
from hotline.line import Line

STEP_S = 5  # a person takes this long for a reply
MOST_REPLIES = 60
OTHER_LANGUAGE_KEY = "2"  # at the greeting of a call
_NUMBERS = count(1)
_ACTION = re.compile(rb'action="/voice/(\d+)"')


class Stuck(RuntimeError):
    """The conversation did not end within so many replies: a fault of the protocol or of ours."""


@dataclass
class Person(ABC):
    """Somebody with a phone. `at` is their time, `heard` what the line said last, `replies` how often
    they spoke."""

    line: Line
    at: datetime
    address: str = ""
    step: timedelta = timedelta(seconds=STEP_S)
    heard: str = ""
    replies: int = 0
    number: int = field(default_factory=lambda: next(_NUMBERS))

    def __post_init__(self) -> None:
        self.address = self.address or f"+1202555{100 + self.number % 100:04}{self.number // 100 or ''}"

    @property
    def contact(self) -> str:
        """Who they are to the line."""
        return self.line.sealer.contact_of(self.address)

    @property
    def session(self) -> Session | None:
        """Where they stand."""
        state = self.line.store.turns.read(self.contact)
        return Session.decode(state.session) if state.session else None

    @property
    def question(self) -> Question | None:
        """The question that stands open for them."""
        session = self.session
        if session is None or session.stage is not Stage.asking:
            return None
        return self.line.protocol_of(session.protocol).questions[session.asked]

    @abstractmethod
    def begin(self, other_language: str = "") -> str:
        """Get in touch with the line, and hear its first question, in another language if one is named."""

    @abstractmethod
    def give(self, told: Given, question: Question) -> str:
        """Answer a question."""

    def _moves(self) -> datetime:
        self.at += self.step
        self.replies += 1
        return self.at


class Texter(Person):
    """Somebody who texts."""

    medium = Medium.sms

    def begin(self, other_language: str = "") -> str:
        """Text the short code; and the language's keyword."""
        heard = self.text("BACK")
        return self.text(other_language.upper()) if other_language else heard

    def text(self, body: str, **fields: str) -> str:
        """Send a text; what the line answers, "" where it is silent."""
        now = self._moves()
        form = {
            "From": self.address,
            "To": self.line.settings.text_sender,
            "Body": body,
            "MessageSid": f"SM{self.number:08x}{self.replies:024x}",
        } | fields
        answer = ElementTree.fromstring(take_turn(self.line, sms, sms.read(form), now))
        self.heard = "\n\n".join(message.text or "" for message in answer.iter("Message"))
        return self.heard

    def give(self, told: Given, question: Question) -> str:
        """Answer a question."""
        return self.text(sent(told, question, Medium.sms))


class Caller(Person):
    """Somebody who calls; from a withheld number somebody else in each call."""

    call: str = ""

    @property
    def contact(self) -> str:
        """Who they are to the line."""
        hidden = is_withheld(self.address)
        return self.line.sealer.contact_of(f"anonymous:{self.call}" if hidden else self.address)

    medium = Medium.voice
    turn = 0
    over = False

    def begin(self, other_language: str = "") -> str:
        """Call the line and wait until the questions start, or press the other language's key."""
        self.dial()
        return self.press(OTHER_LANGUAGE_KEY) if other_language else self.wait()

    def dial(self) -> str:
        """Call the line."""
        self.turn, self.over = 0, False
        self.call = f"CA{self.number:08x}{self.replies:024x}"
        return self._send({})

    def pick_up(self, answered_by: str = "human") -> str:
        """Take a check-in call of the line's. answered_by: as the carrier tells it."""
        self.turn, self.over = 0, False
        self.call = f"CA{self.number:08x}{self.replies:024x}"
        told = self._fields({"Direction": voice.WE_CALL, "AnsweredBy": answered_by})
        return self._heard(voice.read_checkin(told | {"From": told["To"], "To": told["From"]}))

    def press(self, keys: str) -> str:
        """Key something; # at the end finishes an entry."""
        asks_zip = (session := self.session) is not None and session.stage is Stage.placing
        takes = self.question.kind if self.question is not None else None
        entry = asks_zip or takes in (Kind.number, Kind.list)
        fields = (
            {"Digits": keys.removesuffix("#"), "FinishedOnKey": "#"}
            if entry and keys.endswith("#")
            else {"Digits": keys}
        )
        return self._send(fields)

    def speak(self, words: str, confidence: float = 0.9) -> str:
        """Say something."""
        return self._send({"SpeechResult": words, "Confidence": str(confidence)})

    def nobody_answers(self, status: str = "no-answer", bridged: str = "") -> str:
        """The nurse's phone rings in vain, or the talk with the nurse is over. bridged: "true" or "false"
        where the carrier tells whether they talked."""
        return self._send({"DialCallStatus": status} | ({"DialBridged": bridged} if bridged else {}))

    def nurse_takes_it(self, key: str = "1") -> bytes:
        """A nurse picks up and presses a key."""
        child = {
            "CallSid": f"CB{self.number:08x}{self.replies:024x}",
            "ParentCallSid": self.call,
            "Digits": key,
        }
        inbound = voice.read_accept(self._fields({}) | child, self.contact)
        return take_turn(self.line, voice.NursesLeg, inbound, self._moves()) if inbound else b""

    def leave(self, seconds: int = 8) -> str:
        """Speak after the tone, so long; 0: say nothing."""
        told = {"RecordingSid": f"RE{self.number:08x}{self.replies:024x}", "RecordingDuration": str(seconds)}
        return self._send(told)

    def wait(self) -> str:
        """Key nothing until the prompt's time is up."""
        return self._send({"Digits": "", "FinishedOnKey": ""})

    def hang_up(self) -> None:
        """End the call."""
        lasted_s = str(int(self.step.total_seconds()) * self.replies)
        inbound = voice.read_status(self._fields({"CallStatus": "completed", "CallDuration": lasted_s}))
        assert inbound is not None
        take_turn(self.line, voice, inbound, self._moves())
        self.over = True

    def give(self, told: Given, question: Question) -> str:
        """Answer a question; a list half by half, and # where the line asks whether there is more."""
        session = self.session
        heard = self.press(sent(told, question, Medium.voice, session.part if session else 0))
        while (session := self.session) and session.more and self.question == question:
            heard += " " + self._send({"Digits": "", "FinishedOnKey": "#"})
        self.heard = heard
        return heard

    def _fields(self, more: dict[str, str]) -> dict[str, str]:
        return {"From": self.address, "To": self.line.settings.voice_sender, "CallSid": self.call} | more

    def _send(self, more: dict[str, str]) -> str:
        return self._heard(voice.read(self._fields(more), self.turn))

    def _heard(self, inbound: Inbound) -> str:
        body = take_turn(self.line, voice, inbound, self._moves())
        action = _ACTION.search(body)
        self.turn, self.over = (int(action[1]), False) if action else (self.turn, True)
        self.heard = " ".join(_words(say) for say in ElementTree.fromstring(body).iter("Say"))
        return self.heard


def _words(say: ElementTree.Element) -> str:
    """What is said, without its speech marks."""
    return " ".join("".join(say.itertext()).split())


PEOPLE: dict[Medium, type[Texter] | type[Caller]] = {Medium.sms: Texter, Medium.voice: Caller}


@dataclass(frozen=True, slots=True)
class Played:
    """How a case ended: the level told (None: none was), how many replies it took, the rules that fired."""

    case: Case
    level: Level | None
    replies: int
    rules: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """ "under" where they were sent too low, "over" where too high, else "ok"."""
        if self.level is None or self.level < self.case.least:
            return "under"
        return "over" if self.case.most is not None and self.level > self.case.most else "ok"


def play(line: Line, case: Case, medium: Medium, at: datetime, language: str = "") -> Played:
    """One example case from its first word to its disposition.

    Stuck: it does not end, or the line does not take the language."""
    person = PEOPLE[medium](line, at)
    person.begin("" if language == next(iter(line.protocol.languages)) else language)
    if language and (begun := person.session) and begun.language != language:
        what = f"cannot be played in {language} by {medium.value}: the line goes on in {begun.language}"
        raise Stuck(f"case {case.id} {what}")
    while (question := person.question) is not None:
        if person.replies > MOST_REPLIES:
            raise Stuck(f"case {case.id} does not end by {medium.value}: it stands at {question.id}")
        person.give(given(case, question), question)
    session = person.session
    if session is None or session.stage not in (Stage.told, Stage.over):
        return Played(case, None, person.replies)
    rules = fired(line.protocol_of(session.protocol), session.merged())
    return Played(case, session.level, person.replies, tuple(rule.id for rule in rules))
