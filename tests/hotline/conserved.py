"""One contact who texts and calls, and the ledger of every sign that was planted in what they told.

The ledger knows what the words mean from `planted.py`, and looks only at where the conversation stands
afterwards: each sign must count, wait, be asked about (again), or have been told or owed at its level."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flows.pending import mask_of, signs_of
from flows.protocol import UNASKED, Level, Protocol, Question
from flows.session import Session, Stage
from hotline.channels import Inbound, sms, voice
from hotline.conversation import take_turn, wake
from hotline.line import Line
from hotline.store import Change, State, Taken
from hotline.store.turns import Turns
from tests.hotline.planted import CHOICES, DANGER, FACTS, HALVES, KEYS, UNKNOWN, YES_NO, E, S, Words

LATE_S, LAPSED_MIN, KEPT_H = 2, 60, 24
SURE, UNSURE = "0.9", "0.2"
STANDING = (Stage.idle, Stage.asking, Stage.told)
_ACTION = re.compile(rb'"/voice/(\d+)"|>/voice/(\d+)<')
_SPEAKS = re.compile(rb"<(Say|Play|Dial|Record)")
YES_MASK = 2
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


class Lost(AssertionError):
    """A planted sign is nowhere, or a caller heard nothing. way: what tells one such hole from another."""

    def __init__(self, told: str, way: tuple[str, ...] = ()) -> None:
        super().__init__(told)
        self.way = way


@dataclass
class Planted:
    """A sign that was told: `key` of `question`; doubt: hedged, or heard wrong."""

    question: str
    key: int
    words: str
    doubt: bool
    apart: bool = False  # a call for help: an emergency must be told at once
    word: bool = False  # a yes or a number: beside something else it may be asked again
    credit: Level = S  # the highest level that was told or owed since
    asked: set[int] = field(default_factory=set)  # the halves of its question (0: the whole) asked since
    answered: set[int] = field(default_factory=set)

    @property
    def mask(self) -> int:
        """The answer that it is."""
        return YES_MASK if self.question in YES_NO else 1 << self.key

    @property
    def need(self) -> Level:
        """The least level that must be told or owed for it."""
        return UNKNOWN[self.question] if self.doubt else CHOICES[self.question][self.key]

    @property
    def settled(self) -> bool:
        """Whether a doubt was asked about and answered since."""
        half = next((half for half, keys in HALVES.items() if self.key in keys), 0)
        halves = {0, half} if self.question == "risks" else {0}
        return self.doubt and bool(self.answered & halves)


class Contact:
    """One contact, their phone, and what they told."""

    def __init__(self, line: Line, address: str, at: datetime) -> None:
        self.line, self.address, self.at = line, address, at
        self.contact = line.sealer.contact_of(address)
        self.planted: list[Planted] = []
        self.call, self.turn, self.waits, self.count = "", 0, b"", 0
        self.ended_calls: list[tuple[str, int]] = []
        self.wake_at: float | None = None
        self.taken_by_nurse = False
        self.step, self.steps = "", 0
        self.known: frozenset[tuple[str, ...]] = frozenset()  # holes that a search passes over

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
            self._answers(session, told.rstrip("#") or ("#" if entry else ""))
            if told == "2" and session.stage is Stage.confirming:
                self._wrong(session)
        if told.endswith("911"):
            self._plant_danger(told)
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
        self._hears(session, words, sure=sure, here=session.turn == self.turn)
        self._voice({"SpeechResult": words.text, "Confidence": SURE if sure else UNSURE}, words=words)

    def speak_late(self, words: Words, *, sure: bool = True) -> None:
        """Something was said to a prompt of before, or in a call that is over or left."""
        call, turn = (self.call, self.turn - 1) if self.turn > 1 else (self.ended_calls or [("", 0)])[-1]
        if not call or turn < 1:
            return
        session = self.session
        assert session is not None
        self._hears(session, words, sure=sure, here=False)
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
            self._texts(session, words, after_s)
        else:
            self._plant_signs(words)
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
            self.taken_by_nurse = True
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
        until = self.at + timedelta(seconds=seconds)
        while self.wake_at is not None and self.wake_at <= until.timestamp():
            self.at = max(self.at, datetime.fromtimestamp(self.wake_at, self.at.tzinfo))
            before = self.wake_at
            self._watch(lambda: wake(self.line, self.contact, self.at))
            if self.wake_at == before:
                raise Lost(f"the clock wakes for ever after {self.step}")
        self.at = max(until, self.at)

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

    # the ledger: before the turn

    def _hears(self, session: Session, words: Words, *, sure: bool, here: bool) -> None:
        if here and session.stage is Stage.confirming:
            if words.bare and words.word == "no" and sure:
                self._wrong(session)
            elif words.word.isdigit() and " " in words.text:  # alone it may be meant for a key
                self._plant_word(session, session.asked, words)
        elif here and session.stage is Stage.asking:
            if sure:
                self._answers(session, self._said(session, words), word=True)
            self._answers_by_sign(session, words)
            self._plant_word(session, session.asked, words)
        self._plant_signs(words)

    def _texts(self, session: Session, words: Words, after_s: float) -> None:
        standing = session.stage if session.stage in STANDING else session.back_to
        since_s = self.at.timestamp() + after_s - session.asked_at
        late = standing is Stage.asking and 0 <= since_s < LATE_S
        if standing is Stage.asking and since_s < LAPSED_MIN * 60:
            if late:
                self._plant_word(session, session.before, words)
            else:
                if session.stage is Stage.asking:
                    self._answers(replace(session, part=0), self._said(session, words), word=True)
                self._answers_by_sign(session, words)
                self._plant_word(session, session.asked, words)
        self._plant_signs(words)

    def _plant_signs(self, words: Words) -> None:
        for fact in words.told:
            if fact == DANGER:
                self._plant_danger(words.text)
            else:
                self._plant(*FACTS[fact][:2], words.text, doubt=False)
        for fact in words.doubts:
            if fact != DANGER:
                self._plant(*FACTS[fact][:2], words.text, doubt=True)

    def _plant_word(self, session: Session, asked: int, words: Words) -> None:
        """A bare "yes" or number told to the open question."""
        if asked < 0:
            return
        question = self.protocol.questions[asked].id
        if words.word == "meant":
            return self._plant_meant(session)
        others = any(FACTS[fact][0] != question for fact in (*words.told, *words.doubts))
        if words.word == "yes" and question in YES_NO:
            # Beside a sign of another question it may be meant for that.
            self._plant(question, 1, words.text, doubt=others, word=True)
        if words.word.isdigit() and question not in YES_NO and int(words.word) in CHOICES.get(question, {}):
            here = HALVES.get(session.part, range(9)) if question == "risks" else range(9)
            if int(words.word) in here:
                self._plant(question, int(words.word), words.text, doubt=False, word=True)

    def _plant_meant(self, session: Session) -> None:
        """ "I meant yes" where no yes is asked for: it doubts the answer before."""
        asked, before = (self.protocol.questions[place] for place in (session.asked, session.before))
        answered = session.before >= 0 and session.answers[session.before] >= 0
        if answered and before.id in YES_NO and asked.id not in (*YES_NO, "relief"):
            self._plant(before.id, 1, "I meant yes", doubt=True)

    def _plant_danger(self, words: str) -> None:
        self.planted.append(Planted("heart", 1, words, doubt=False, apart=True))

    def _plant(self, question: str, key: int, words: str, *, doubt: bool, word: bool = False) -> None:
        plain = (sign for sign in self.planted if not sign.doubt)
        if doubt and any((sign.question, sign.key) == (question, key) for sign in plain):
            return  # told already: no doubt takes it back
        self.planted.append(Planted(question, key, words, doubt, word=word))

    def _answers(self, session: Session, told: str, *, word: bool = False) -> None:
        """The open question gets an answer in so many words: doubts that it was asked about are over."""
        if session.stage is not Stage.asking:
            return
        question, part = self.protocol.questions[session.asked].id, session.part
        if self._is_answer(question, told):
            self._clear(question, part)
            here = HALVES.get(part, range(9)) if question == "risks" else range(9)
            for digit in told if question in CHOICES and told.isdigit() else "":
                if question in YES_NO and digit == "1":
                    self._plant(question, 1, told, doubt=False, word=word)
                elif question not in YES_NO and int(digit) in CHOICES[question] and int(digit) in here:
                    self._plant(question, int(digit), told, doubt=False, word=word)

    def _said(self, session: Session, words: Words) -> str:
        """The word as an answer: a number is none to a yes/no question where it is not keyed."""
        question = self.protocol.questions[session.asked].id
        return "" if question in (*YES_NO, "relief") and words.word.isdigit() else words.word

    def _is_answer(self, question: str, told: str) -> bool:
        if question in ("age", "pain"):
            return told.isdigit()
        if question == "risks":
            return told in ("0", "#", "none") or (told.isdigit() and "9" not in told)
        if question in YES_NO or question == "relief":
            return told in ("1", "2", "yes", "no")
        return told.isdigit() and 1 <= int(told) <= KEYS[question]

    def _answers_by_sign(self, session: Session, words: Words) -> None:
        """A sign of the open question is an answer to it, too."""
        if session.stage is not Stage.asking:
            return
        question = self.protocol.questions[session.asked].id
        for fact in words.told:
            if FACTS[fact][0] == question:
                self._clear(question, session.part)

    def _clear(self, question: str, part: int) -> None:
        for sign in self.planted:
            if sign.doubt and sign.question == question and (sign.asked & {0, part}):
                sign.answered.add(part)

    def _wrong(self, session: Session) -> None:
        """What waits was heard wrong: from now on it is a doubt."""
        for sign in self.planted:
            if not sign.doubt and self._waits(session, sign) and not self._counts(session, sign):
                sign.doubt, sign.asked, sign.answered = True, set(), set()

    # the ledger: the turn, and after it

    def _form(self, call: str) -> dict[str, str]:
        return {"From": self.address, "To": "+12025550111", "CallSid": call}

    def _voice(self, fields: dict[str, str], *, after_s: float = 5, words: Words | None = None) -> None:
        self._moves(after_s)
        inbound = voice.read(self._form(self.call) | fields, self.turn)
        self._take(inbound, words=words, call=self.call)

    def _moves(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def _take(
        self, inbound: Inbound, *, words: Words | None = None, call: str = "", ended: bool = False
    ) -> None:
        channel = sms if not call else voice if call != "nurse" else voice.NursesLeg()
        body = b""

        def turn() -> None:
            nonlocal body
            body = take_turn(self.line, channel, inbound, self.at)

        self._watch(turn, ended=ended, words=words)
        if call and call == self.call and not ended:
            self._heard(body)

    def _heard(self, body: bytes) -> None:
        """The caller hears it; where the line hangs up, the carrier says so."""
        if not _SPEAKS.search(body):
            raise Lost(f"the caller hears nothing after {self.step}: {body!r}")
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
        self._let_go_of_old(self.session)
        turn()
        self.steps += 1
        if not turns.changes:
            return
        change, session = turns.changes[-1], self.session
        assert session is not None
        self.wake_at = change.wake_at
        said = tuple(change.events[0].get("said", "").split(","))
        self._credit(change, session)
        self._asked(said)
        self._weigh(session, change, ended=ended)
        if words is not None and words.apart and not {words.apart, "E_AGAIN"} & {*said}:
            if not any(text.startswith("E_") for text in said):
                raise Lost(f"{words.apart} unheard after {self.step}: {said}")

    def _credit(self, change: Change, session: Session) -> None:
        event = change.events[0]
        levels = [Level[task.level] for task in change.tasks]
        if "level" in event and (event["finished"] == "1" or self.taken_by_nurse):
            levels.append(Level[event["level"]])
        if session.told_level is E and self.at.timestamp() - session.told_at < KEPT_H * 3600:
            levels.append(E)
        for sign in self.planted:
            sign.credit = max([sign.credit, *levels])

    def _asked(self, said: tuple[str, ...]) -> None:
        for text in said:
            for sign in self.planted:
                if text == f"ask_{sign.question}":
                    sign.asked.add(0)
                elif text.startswith(f"ask_{sign.question}_"):
                    sign.asked.add(int(text[-1]))

    def _weigh(self, session: Session, change: Change, *, ended: bool) -> None:
        self.planted = [sign for sign in self.planted if not sign.settled]
        event = change.events[0]
        over = (ended and not session.call) or "level" in event  # the end of another call is none
        for sign in [*self.planted]:
            if over and sign.credit < sign.need:
                self._lose(sign, session, "ended too low")
            elif sign.credit < E and not self._stands(session, sign, over=over):
                self._lose(sign, session, "is nowhere")
        if "level" in event and event["finished"] == "1":
            self.planted = []

    def _let_go_of_old(self, session: Session | None) -> None:
        """What was told or owed a day ago is kept no longer."""
        if session is not None and not self._fresh(session):
            self.planted = [sign for sign in self.planted if sign.credit < sign.need]

    def _fresh(self, session: Session) -> bool:
        return self.at.timestamp() - session.asked_at < KEPT_H * 3600

    def _stands(self, session: Session, sign: Planted, *, over: bool) -> bool:
        """Whether it counts, waits, or will be asked about (again)."""
        if sign.apart:
            return False
        if over and not session.unfinished:
            return True  # it was told, at its level
        if not self._fresh(session) and sign.credit >= sign.need:
            return True
        if self._counts(session, sign) or self._waits(session, sign):
            return True
        if sign.word and session.doubted >> self.protocol.places[sign.question] & 1:
            sign.doubt = True  # it was heard as one: its question is asked (again)
        return sign.doubt and self._will_ask(session, sign)

    def _counts(self, session: Session, sign: Planted) -> bool:
        noted = session.merged()[self.protocol.places[sign.question]]
        return noted > 0 and bool(noted & sign.mask)

    def _waits(self, session: Session, sign: Planted) -> bool:
        asked = self.protocol.questions[session.asked].id
        if asked == sign.question and mask_of(session.pending) & sign.mask:
            return True
        return any(FACTS[fact][:2] == (sign.question, sign.key) for fact in signs_of(session.pending))

    def _will_ask(self, session: Session, sign: Planted) -> bool:
        place = self.protocol.places[sign.question]
        question = self.protocol.questions[place]
        standing = session.stage if session.stage in STANDING else session.back_to
        if not session.unfinished:  # at the greeting all is still to be asked
            return session.stage in (Stage.greeting, Stage.idle) and bool(session.call)
        if session.doubted >> place & 1 or (standing is Stage.asking and session.asked == place):
            return True
        if session.answers[place] == UNASKED and question.ask_if is None:
            return True
        return session.floor >= sign.need  # asked so often that it stays unknown

    def _lose(self, sign: Planted, session: Session, how: str) -> None:
        asked = self.protocol.questions[session.asked].id if session.asked >= 0 else ""
        kind = "doubt" if sign.doubt else "sign"
        way = (kind, how, self.step[2:].partition("'")[0], session.stage.name)
        if way in self.known:
            return self.planted.remove(sign)
        raise Lost(
            f"{kind} {sign.words!r} ({sign.question}={sign.key}, {sign.need.name}) {how} after {self.step};"
            f" stage {session.stage.name}/{session.back_to.name} asked {asked} answers {session.answers}"
            f" raised {session.raised} doubted {session.doubted} pending {session.pending!r}"
            f" floor {session.floor.name} level {session.level.name} credit {sign.credit.name}",
            way,
        )


def play(person: Contact, steps: Iterable[tuple[str, object]]) -> None:
    """Let somebody do these things in order."""
    for step in steps:
        person.step = str(step)
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
