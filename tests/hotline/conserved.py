"""One contact who texts and calls: what they do, over the line's own turns, with a ledger of what they told.

May not: judge what becomes of a sign (`ledger.py` does)."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from flows.protocol import Protocol, Question
from flows.session import Session, Stage
from hotline.channels import Inbound, sms, voice
from hotline.conversation import take_turn, wake
from hotline.line import Line
from hotline.store import Change, State, Taken
from hotline.store.turns import Turns
from tests.hotline.ledger import Ledger, Lost, said_in
from tests.hotline.planted import YES_NO, Words

SURE, UNSURE = "0.9", "0.2"
_ACTION = re.compile(rb'"/voice/(\d+)"|>/voice/(\d+)<')
_SPEAKS = re.compile(rb"<(Say|Play|Dial|Record)")
Decide = Callable[[State], Change]


class Noting(Turns):
    """The store's turns, which also keep what each of them committed."""

    changes: list[Change]

    @classmethod
    def of(cls, turns: Turns) -> "Noting":
        """The same turns, noting."""
        noting = cls(turns._wire, turns._sealer, turns._packer)
        noting.changes = []
        return noting

    def take(self, contact: str, message_id: str, decide: Decide, now: datetime) -> Taken:
        """As `Turns.take`."""
        taken = super().take(contact, message_id, decide, now)
        if taken.change is not None:
            self.changes.append(taken.change)
        return taken


class Contact:
    """One contact, their phone, and what they told."""

    def __init__(self, line: Line, address: str, at: datetime) -> None:
        self.line, self.address = line, address
        self.ledger = Ledger(line.protocol, at)
        self.contact = line.sealer.contact_of(address)
        self.call, self.turn, self.waits, self.count = "", 0, b"", 0
        self.ended_calls: list[tuple[str, int]] = []
        self.wake_at: float | None = None
        self.steps = 0

    # where they stand

    @property
    def protocol(self) -> Protocol:
        """The protocol of the line."""
        return self.line.protocol

    @property
    def session(self) -> Session | None:
        """What the line keeps of them."""
        state = self.line.store.turns.read(self.contact)
        return Session.decode(state.session) if state.session else None

    def question(self) -> Question | None:
        """The question that stands open, in a call or by text."""
        session = self.session
        if session is None or session.stage is not Stage.asking:
            return None
        return self.protocol.questions[session.asked]

    @property
    def rings(self) -> bool:
        """Whether a nurse's phone rings, or talks."""
        return b"<Dial" in self.waits

    # what they do

    def dial(self) -> None:
        """A call begins; one that is open is left open."""
        if self.call:
            self.ended_calls.append((self.call, self.turn))
        self.count += 1
        self.call, self.turn, self.waits = f"CA{self.contact[:12]}{self.count:020}", 0, b""
        self._voice({})

    def keys(self, told: str) -> None:
        """Keys where keys are waited for: `#` ends an entry."""
        if not self.call or b"<Gather" not in self.waits:
            return
        entry = told.endswith("#")
        session = self.session
        assert session is not None
        if session.turn == self.turn:  # else the conversation went on by text: it answers nothing
            self.ledger.answers(session, told.rstrip("#") or ("#" if entry else ""))
            if told == "2" and session.stage is Stage.confirming:
                self.ledger.wrong(session)
        if told.endswith("911"):
            self.ledger.calls_for_help(told)
        self._voice({"Digits": told.rstrip("#"), "FinishedOnKey": "#" if entry else ""})

    def silence(self) -> None:
        """Nothing is keyed or said."""
        if self.call and b"<Dial" not in self.waits:
            self._voice({"RecordingDuration": "0"} if b"<Record" in self.waits else {}, after_s=20)

    def speak(self, words: Words, *, sure: bool = True) -> None:
        """Something is said where speech is waited for."""
        if not self.call or b'"dtmf speech"' not in self.waits:
            return
        session = self.session
        assert session is not None
        self.ledger.hears(session, words, sure=sure, here=session.turn == self.turn)
        self._voice({"SpeechResult": words.text, "Confidence": SURE if sure else UNSURE}, words=words)

    def speak_late(self, words: Words, *, sure: bool = True) -> None:
        """Something was said to a prompt of before, or in a call that is over or left."""
        call, turn = (self.call, self.turn - 1) if self.turn > 1 else (self.ended_calls or [("", 0)])[-1]
        if not call or turn < 1:
            return
        session = self.session
        assert session is not None
        self.ledger.hears(session, words, sure=sure, here=False)
        fields = {"SpeechResult": words.text, "Confidence": SURE if sure else UNSURE}
        form = self._form(call) | fields
        message = f"{call}:{turn}:late{self.count}"
        self.count += 1
        inbound = replace(voice.read(form, turn), message_id=message)
        self._take(inbound, words=words, call=call)

    def text(self, words: Words, *, after_s: float = 5) -> None:
        """A text, in a call or not."""
        session = self.session
        if session is not None:
            self.ledger.texts(session, words, after_s)
        else:
            self.ledger.tells(words)
        self._moves(after_s)
        self.count += 1
        sid = f"SM{self.contact[:12]}{self.count:020}"
        form = {"From": self.address, "To": "+12025550100", "MessageSid": sid, "Body": words.text}
        self._take(sms.read(form), words=words)

    def hang_up(self) -> None:
        """The call ends."""
        if not self.call:
            return
        self._moves(5)
        inbound = voice.read_status(self._form(self.call) | {"CallStatus": "completed"})
        assert inbound is not None
        self.ended_calls.append((self.call, self.turn))
        call, self.call, self.turn, self.waits = self.call, "", 0, b""
        self._take(inbound, call=call, ended=True)

    def nurse(self, takes: str) -> None:
        """The nurse's phone that rings: taken and talked, taken and cut off, or not taken."""
        if not self.rings:
            return
        if takes != "no":
            form = {"CallSid": f"CN{self.count:030}", "ParentCallSid": self.call, "Digits": "1"}
            inbound = voice.read_accept(form | {"From": "+12025550111", "To": "+1"}, self.contact)
            assert inbound is not None
            self._moves(3)
            self.ledger.taken_by_nurse = True
            self._take(inbound, call="nurse")
        if takes == "cut":
            return self.hang_up()
        status = "no-answer" if takes == "no" else "completed"
        self._voice({"DialCallStatus": status, "DialBridged": "false" if takes == "no" else "true"})

    def record(self) -> None:
        """A message is left where one is recorded."""
        if b"<Record" in self.waits:
            self._voice({"RecordingDuration": "9", "RecordingSid": f"RE{self.count:032}"})

    def wait(self, seconds: float) -> None:
        """Time passes; the clock looks whenever it is due. A caller does not hold the line so long."""
        if seconds > 60:
            self.hang_up()
        until = self.ledger.at + timedelta(seconds=seconds)
        while self.wake_at is not None and self.wake_at <= until.timestamp():
            self.ledger.at = max(self.ledger.at, datetime.fromtimestamp(self.wake_at, self.ledger.at.tzinfo))
            before = self.wake_at
            self._watch(lambda: wake(self.line, self.contact, self.ledger.at))
            if self.wake_at == before:
                raise Lost(f"the clock wakes for ever after {self.ledger.step}")
        self.ledger.at = max(until, self.ledger.at)

    def harmless(self) -> None:
        """One harmless answer by keys or text, whatever stands open; a confirmation is left to time out."""
        question = self.question()
        if self.call and self.rings:
            return self.nurse("no")
        if self.call and (question is None or b"<Gather" not in self.waits):
            return self.silence()
        if question is None:
            return
        value = {"age": "40", "pain": "3", "relief": "1", "risks": "0"}.get(question.id)
        value = value or ("2" if question.id in YES_NO else "1")
        if self.call:
            session = self.session
            assert session is not None
            entry = question.id in ("age", "pain", "risks")
            return self.keys(("" if session.more else value) + ("#" if entry else ""))
        words = {"risks": "none", "relief": "yes"}.get(question.id, "no" if question.id in YES_NO else value)
        self.text(Words(words, word="no" if words == "no" else words))

    # how

    def _form(self, call: str) -> dict[str, str]:
        return {"From": self.address, "To": "+12025550111", "CallSid": call}

    def _voice(self, fields: dict[str, str], *, after_s: float = 5, words: Words | None = None) -> None:
        self._moves(after_s)
        inbound = voice.read(self._form(self.call) | fields, self.turn)
        self._take(inbound, words=words, call=self.call)

    def _moves(self, seconds: float) -> None:
        self.ledger.at += timedelta(seconds=seconds)

    def _take(
        self, inbound: Inbound, *, words: Words | None = None, call: str = "", ended: bool = False
    ) -> None:
        channel = sms if not call else voice if call != "nurse" else voice.NursesLeg()
        body = b""

        def turn() -> None:
            nonlocal body
            body = take_turn(self.line, channel, inbound, self.ledger.at)

        self._watch(turn, ended=ended, words=words)
        if call and call == self.call and not ended:
            self._heard(body)

    def _heard(self, body: bytes) -> None:
        """The caller hears it; where the line hangs up, the carrier says so."""
        if not _SPEAKS.search(body):
            raise Lost(f"the caller hears nothing after {self.ledger.step}: {body!r}")
        self.waits = body
        found = _ACTION.search(body)
        if found:
            self.turn = int(found[1] or found[2])
        else:
            self.hang_up()

    def _watch(self, turn: Callable[[], None], *, ended: bool = False, words: Words | None = None) -> None:
        """One turn and what follows of it for each planted sign."""
        turns = self.line.store.turns
        assert isinstance(turns, Noting)
        turns.changes.clear()
        self.ledger.let_go_of_old(self.session)
        turn()
        self.steps += 1
        if not turns.changes:
            return
        change, session = turns.changes[-1], self.session
        assert session is not None
        self.wake_at = change.wake_at
        said = said_in(change)
        self.ledger.weigh(change, session, ended=ended)
        if words is not None and words.apart and not {words.apart, "E_AGAIN"} & {*said}:
            if not any(text.startswith("E_") for text in said):
                raise Lost(f"{words.apart} unheard after {self.ledger.step}: {said}")


def play(person: Contact, steps: Iterable[tuple[str, object]]) -> None:
    """Let somebody do these things in order."""
    for step in steps:
        person.ledger.step = str(step)
        act(person, *step)


def act(person: Contact, what: str, how: object) -> None:
    """One thing that somebody does: its name and what it takes."""
    match what, how:
        case "dial", _:
            person.dial()
        case "keys", str():
            person.keys(how)
        case "go", int():
            for _ in range(how):
                person.harmless()
        case "say" | "mumble", Words():
            person.speak(how, sure=what == "say")
        case "say late" | "mumble late", Words():
            person.speak_late(how, sure=what == "say late")
        case "text" | "text at once", Words():
            person.text(how, after_s=5 if what == "text" else 0.8)
        case "nurse", str():
            person.nurse(how)
        case "wait", int():
            person.wait(how)
        case _:
            {"silence": person.silence, "hang up": person.hang_up, "record": person.record}[what]()
