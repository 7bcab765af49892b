"""No call ends in silence: every stage of the phone under every key, words, silence, hang-up and late
callback, whoever is on duty, and whoever calls.

Drives the real engine, with the real keypad and the reader of speech. Of the answers only whether one
is a flag is told apart: what each of them means is `flags` and `tries`. May not: judge levels."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from flows import calling
from flows.draft import Desk, Moment
from flows.effects import Ask, Dispose, Effect, Enrol, Note, OptOut, Owe, Send, Tell
from flows.engine import CannotHear, Turn, advance, at_text, begin
from flows.heard import Heard, Kind
from flows.pending import RINGS, rings_meanwhile, talks, waiting_for
from flows.programme import Waiting
from flows.proof.asides import Broken
from flows.proof.finding import Said
from flows.proof.inputs import Inputs
from flows.proof.straight import BASE
from flows.protocol import NONE, Level, Medium, Protocol
from flows.rules import judge
from flows.session import Session, Stage
from flows.speech import DANGER, listen, overheard
from flows.wording import Say, names_in, wording


class Watched(Moment):
    """A moment that knows what was looked at: where nobody looks, whoever else is there leads to the same."""

    looked: ClassVar[set[str]] = set()

    def __getattribute__(self, name: str) -> Any:
        """The same as ever, and noted."""
        Watched.looked.add(name)
        return object.__getattribute__(self, name)


ASKED = Waiting("checkin", {1: "better", 2: "same", 3: "worse", 4: "new_sign"}, 7, over_week=False, day7=True)
# Who is on duty and who calls, and what of the moment tells it.
WORLDS = {
    "no desk": (Watched(BASE), ""),
    "shut": (Watched(BASE, Desk(staffed=True, opens="08:00 0", heard_by="10:00 0")), "desk"),
    "open": (Watched(BASE, Desk(staffed=True, open=True, due="17:00")), "desk"),
    "two phones": (Watched(BASE, Desk(staffed=True, open=True, due="17:00", nurses=2)), "desk"),
    "in the programme": (Watched(BASE, enrolled=True), "enrolled"),
    "opted out": (Watched(BASE, opted_out=True), "opted_out"),
    "no landline, or none that is known": (Watched(BASE, can_call=True), "can_call"),
    "a landline": (Watched(BASE, can_call=True, textable=False), "textable"),
    "a check-in by call": (
        Watched(BASE, enrolled=True, can_call=True, by_call=True, waiting=ASKED),
        "by_call",
    ),
    "who knows where": (Watched(BASE, asks_place=True), "asks_place"),
}
FIRST = "no desk"
WHO = ("anybody", "withheld")
PASSING = (*calling.PASSING, Stage.ringing)  # from here the call goes back to where it was
COUNTING = (Stage.asking, Stage.confirming, *calling.WORDS)  # where a miss more or less matters
WAITING = (Stage.confirming, Stage.leaving, Stage.naming, Stage.ringing, Stage.connected)
RECORDED = (Stage.naming, Stage.voicemail)
KEYLESS = (Stage.stopped, Stage.ringing, Stage.connected, Stage.naming, Stage.voicemail, Stage.over)
KEYPAD = "0123456789*#"
ENTRIES = ("78701", "80911", "", "*9", "*0", "787")  # at the question for a ZIP code: "" is # alone
MOST_SILENCES = 12
SURE, LEAST = 0.9, 0.5
SIGNS = ("chest_pain_or_breathless", "fever_chills")  # each of another level
CALLED_AT = (Stage.told, Stage.over)  # of the stages where nothing waits, some: our own call finds them alike
TEXTS = {
    "(texts HELP)": Heard(Kind.help),
    "(texts STOP)": Heard(Kind.opt_out),
    "(texts words of self-harm)": Heard(Kind.self_harm),
    "(texts a sign)": Heard(Kind.danger, signs=SIGNS[:1]),
}
NOTHING = "(texts 0)"  # to a list
CALLS = "(calls again)"
ASIDE = (Kind.escape, Kind.self_harm, Kind.operator)  # heard in place of an answer
ENDED = (Kind.hung_up, Kind.other_call, Kind.late_recording, Kind.accepted)  # nobody waits for words
TIMELESS = {
    "asked_at": BASE, "begun_at": 0, "ended_at": int(BASE), "told_at": int(BASE), "urgent_at": 0,
    "encounter": 1, "answered": 0, "before": -1, "heard": "", "halves": 0, "reason": "", "turn": 0,
    "told_text": "", "told_level": 0, "welcomed": True, "nudged": False, "language": "", "raised": (),
    "floor": Level.self_care, "expects": "", "from_checkin": False, "left": "",
}  # fmt: skip
"""What differs from call to call and leads nowhere else, as it stands in the key of a state."""
BACK_ON_THE_PHONE = {
    "medium": Medium.voice,
    "stuck": 0,
    "stuck_by": "",
    "stuck_at": 0,
    "texts": 0,
    "texts_since": 0,
}
"""After a text in mid-call; its count of texts is `loops`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens in a call, and in which of the worlds."""

    words: str
    heard: Heard
    world: str

    @property
    def texted(self) -> bool:
        """Whether it is a text in mid-call."""
        return self.words in TEXTS or self.words == NOTHING


@dataclass(frozen=True, slots=True)
class Called:
    """What a walk over all calls of one kind of caller found. ends: how often each was met."""

    states: int
    steps: int
    ends: Mapping[str, int]
    broken: Broken


def called(protocol: Protocol, language: str, who: str) -> Called:
    """Every call of this kind of caller."""
    walked = Calls(protocol, language, who).walk()
    return Called(len(walked.sessions), walked.steps, walked.ends, walked.broken)


@dataclass
class Calls:
    """All calls of one kind of caller, in the making."""

    protocol: Protocol
    language: str
    who: str
    steps: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    sessions: list[Session] = field(default_factory=list)
    broken: Broken = None
    turns: dict[object, Turn] = field(default_factory=dict)  # one of all that say the same at the same place
    _came: list[tuple[int, Step | None]] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=dict)
    _names: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inputs = Inputs(self.protocol, self.language)
        self.spoken = tuple(_words(self.inputs))
        hidden = self.who == "withheld"
        self.moments = {name: replace(moment, withheld=hidden) for name, (moment, _) in WORLDS.items()}

    def walk(self, most: int | None = None) -> "Calls":
        """Every call until no new state is found, or one breaks a promise. most: of so many states."""
        nobody = begin(self.protocol, self.language, Medium.voice).session
        rung = advance(self.protocol, nobody, Heard(Kind.call_began), self.moments[FIRST]).session
        waiting = deque([self._add(rung, -1, None)])
        while waiting and self.broken is None and waiting[0] != most:
            number = waiting.popleft()
            found = len(self.sessions)
            for words, heard in self._heard(self.sessions[number]):
                self._drive_all(number, words, heard)
            self._stay_silent(number)
            waiting.extend(range(found, len(self.sessions)))
        return self

    def _heard(self, session: Session) -> Iterator[tuple[str, Heard]]:
        """Everything that can come in at this stage, in its turn or late."""
        if not rings_meanwhile(session):  # else the caller holds the line: no key can come
            yield from self._told(session)
        else:
            yield "(hangs up)", Heard(Kind.hung_up)
        yield CALLS, Heard(Kind.call_began)
        if session.pending:
            yield from TEXTS.items()
        if session.part and session.stage is Stage.asking:
            yield NOTHING, Heard(Kind.answer, NONE)
        if self.who != "withheld" and (session.pending or session.stage in CALLED_AT):
            yield "(we call)", Heard(Kind.reminded, False)
            yield "(we call a machine)", Heard(Kind.reminded, True)
        yield "(another call ends)", Heard(Kind.other_call)
        for talked in (None, True, False) if session.pending.startswith(RINGS) else (None,):
            yield f"(that phone is over, they talked: {talked})", Heard(Kind.rang, talked)
        yield "(a nurse takes it)", Heard(Kind.accepted)
        for told in (True, False) if session.stage in RECORDED else (True,):
            yield "(a message)", Heard(Kind.recorded, told)
            yield "(a message of before)", Heard(Kind.late_recording, told)

    def _told(self, session: Session) -> Iterator[tuple[str, Heard]]:
        """Every key, silence and words, in their turn or late."""
        if session.stage is Stage.asking:
            yield from ((said.words, said.heard) for said in _few(self.inputs.at(session)))
        else:
            keypad = "1*09#" if session.stage in KEYLESS else KEYPAD  # there one digit is as good as another
            yield from ((key, self.inputs.pressed(session, key)) for key in (*keypad, "911"))
            yield "(silence)", Heard(Kind.silence)
            yield "(hangs up)", Heard(Kind.hung_up)
        if session.stage is Stage.stopped:
            yield "11", self.inputs.pressed(session, "11")
        if session.stage is Stage.placing:
            yield from ((keys, self.inputs.pressed(session, keys)) for keys in ENTRIES)
        yield "(an answer that comes late)", Heard(Kind.repeat)
        tried = session.unsure or session.misses or session.in_a_row
        if session.stage is Stage.confirming or (session.stage is Stage.asking and not tried):
            yield from ((f'"{text}"', self._listened(session, text)) for text in self.spoken)
        elif not session.misses:
            yield from self._overheard(session)

    def _overheard(self, session: Session) -> Iterator[tuple[str, Heard]]:
        """Words to a prompt of before, one of each kind. Those only said again, 911 and a person asked for
        came in already."""
        kinds: dict[Kind, tuple[str, Heard]] = {}
        for text in self.spoken:
            heard = overheard(self.protocol, session, text, sure=True)
            if heard.kind not in (Kind.repeat, Kind.operator) and DANGER not in heard.signs:
                kinds.setdefault(heard.kind, (f'"{text}" (late)', heard))
        return iter(kinds.values())

    def _listened(self, session: Session, text: str) -> Heard:
        return listen(self.protocol, session, text, SURE, LEAST)

    def _drive_all(self, number: int, words: str, heard: Heard) -> None:
        """This in the first world, and in every other that the step looked at."""
        Watched.looked.clear()
        self._drive(number, Step(words, heard, FIRST))
        looked = set(Watched.looked)
        for world, (_, by) in WORLDS.items():
            if by in looked:
                self._drive(number, Step(words, heard, world))

    def _drive(self, number: int, step: Step) -> None:
        before = self.sessions[number]
        found = at_text(before) if step.texted else before
        self.steps += 1
        try:
            turn = advance(self.protocol, found, step.heard, self.moments[step.world])
        except CannotHear as fault:
            return self._break(number, step, str(fault))
        told = tuple(str(effect) for effect in turn.effects if isinstance(effect, Tell | Ask))
        after = turn.session
        self.turns.setdefault((told, after.stage, after.asked, after.rung, after.misses > 0), turn)
        for why in self._wrong(before, step, turn.session, turn.effects):
            self._break(number, step, why)
        if turn.session.stage is Stage.over and before.stage is not Stage.over:
            self.ends[_ending(before, turn.effects)] += 1
        if step.heard.kind is Kind.hung_up:
            self.ends["hung up"] += 1
        if not step.texted:  # what follows by text is walked by `tries`
            self._add(turn.session, number, step)
        elif rings_meanwhile(turn.session):  # the call itself goes on
            self._add(turn.session.changed(BACK_ON_THE_PHONE), number, step)

    def _wrong(self, before: Session, step: Step, after: Session, effects: Sequence[Effect]) -> Iterator[str]:
        """What this step of a call breaks."""
        said = {str(effect.text) for effect in effects if isinstance(effect, Tell | Ask)}
        owed = {effect.reason for effect in effects if isinstance(effect, Owe)}
        desk = self.moments[step.world].desk
        in_call = step.heard.kind not in ENDED and before.stage is not Stage.over
        if in_call and not said and step.heard.kind is not Kind.opt_out:
            yield "the caller hears nothing"
        to_machine = step.heard.kind is Kind.reminded and step.heard.value is True
        if in_call and after.stage is Stage.over and not to_machine and not any(map(self._is_safe, said)):
            yield "the call ends without safe words"
        if step.words == "911" and in_call and not any(map(self._is_safe, said)):
            yield "911 was keyed, and the emergency number is not named"
        rings = bool(said & {Say.TRANSFER, Say.TRANSFER_NEXT})
        if rings != (after.stage is Stage.ringing and bool(said)):
            yield "a transfer begins without its words, or the words are said and none begins"
        if rings and (not desk.open or after.rung >= desk.nurses):
            yield "no nurse is on duty whose phone could ring"
        if Say.CALLBACK_OK in said and (not desk.open or not any(r.startswith("call_back") for r in owed)):
            yield "a call back is promised that nobody owes"
        if Say.VOICEMAIL_DONE in said and "voicemail" not in owed:
            yield "a message was left that nobody hears"
        if self.who == "withheld" and (
            Say.CALLBACK_OK in said or any(isinstance(e, Enrol | Send) for e in effects)
        ):
            yield "somebody without a number is promised a call or a text"
        rings = before.stage is Stage.ringing or rings_meanwhile(before)
        if step.heard.kind is Kind.accepted and rings and after.stage is not Stage.connected:
            yield "a nurse takes the call, and is hung up on"
        poison = step.heard.poison or step.heard.kind is Kind.poison
        if poison and not (Say.POISON in said and "poison" in owed):
            yield "too many pills were told of, and the poison line is not named"
        if step.texted:
            yield from _unheard(before, step, after, effects, owed)
        if before.stage is Stage.confirming:
            yield from self._forgotten(before, step, after)
        yield from _left(before, step, after, effects, owed)

    def _forgotten(self, before: Session, step: Step, after: Session) -> Iterator[str]:
        """What waited for its confirmation, and neither counts nor is asked, nor ended at its floor."""
        wrong = step.heard.kind is Kind.key and step.heard.value == "2"
        aside = _leaves(step) or step.heard.kind in ASIDE
        told, open = after.merged(), Stage.asking in (after.stage, after.back_to)
        for question, mask in waiting_for(self.protocol, before):
            raised = told[question.place] > 0 and mask & ~told[question.place] == 0
            doubted = after.doubted >> question.place & 1 or after.asked == question.place
            floored = not open and after.level >= question.floor
            if (aside and not raised) or (wrong and not (raised or doubted or floored)):
                yield "a sign that waited for its confirmation is forgotten"

    def _is_safe(self, text: str) -> bool:
        """Whether this text names the emergency number, or follows one that does."""
        known = self._names.get(text)
        if known is None:
            entry = self.protocol.languages[self.language].texts.get(text)
            raw = (wording(entry, Medium.voice) if entry else None) or ""
            known = self._names[text] = "emergency_spoken" in names_in(raw) or text == Say.GOODBYE
        return known

    def _stay_silent(self, number: int) -> None:
        """From here on nobody says or keys anything: the call ends by itself."""
        session, world = self.sessions[number], "two phones"
        for _ in range(MOST_SILENCES):
            if session.stage in (Stage.over, Stage.connected):
                return
            heard = Heard(Kind.rang if session.stage is Stage.ringing else Kind.silence)
            session = advance(self.protocol, session, heard, self.moments[world]).session
            self.steps += 1
        step = Step("(silence)", Heard(Kind.silence), world)
        self._break(number, step, f"after {MOST_SILENCES} silences the call still goes on")

    def _add(self, session: Session, parent: int, step: Step | None) -> int:
        key = self._key(session)
        number = self._seen.get(key)
        if number is None:
            number = self._seen[key] = len(self.sessions)
            self.sessions.append(session)
            self._came.append((parent, step))
        return number

    def _key(self, session: Session) -> str:
        """What is told apart of a call: of the answers whether one is a flag, of doubts whether there is one,
        of the advice whether it was told."""
        stage, open = session.stage, Stage.asking in (session.stage, session.back_to)
        asking = stage in (Stage.asking, Stage.confirming)
        unclear = int(session.unsure or session.doubted > 0)
        drawn = {
            "answers": (int(judge(self.protocol, session).level > Level.self_care),),
            "doubted": int(session.doubted > 0) if asking else 0,
            "text": "told" if session.text and not open else "",
            "level": Level.self_care if open else session.level,
            "unfinished": open or session.unfinished,
            "silences": min(session.silences, 1) if stage is Stage.confirming else 0,  # else only words
            # Read nowhere else: set anew, or over, once the call is back at a question.
            "in_a_row": session.in_a_row if asking else 0,
            "part": session.part if asking else 0,
            "more": session.more and asking,
            "crossed": session.crossed and asking,
            "asked": session.asked if asking else self._kind(session) if open else -1,
            "unsure": session.unsure if asking else unclear if open else 0,
            "place": _back(session.place) if stage in PASSING else Stage.idle,
            "misses": session.misses if stage in COUNTING else 0,
            "pending": session.pending if stage in WAITING or rings_meanwhile(session) else "",
            "rung": session.rung if stage is Stage.ringing else 0,
        }
        return session.changed(TIMELESS | drawn).encode()

    def _kind(self, session: Session) -> int:
        """Of the question that waits behind a menu: the first of its kind."""
        kind = self.protocol.questions[session.asked].kind
        return next(question.place for question in self.protocol.questions if question.kind is kind)

    def _break(self, number: int, step: Step, why: str) -> None:
        if self.broken is not None:
            return
        lines, at = [f"> {step.words} ({step.world})"], number
        while at >= 0:
            at, came = self._came[at]
            if came is not None:
                lines.append(f"> {came.words} ({came.world})")
        self.broken = (f"> {self.who} calls", *reversed(lines), f"= {why}")


def _left(
    before: Session, step: Step, after: Session, effects: Sequence[Effect], owed: set[str]
) -> Iterator[str]:
    """What may not be lost where a call ends, by whomever."""
    was_open = Stage.asking in (before.stage, before.back_to)
    recorded = any(isinstance(effect, Dispose) for effect in effects)
    handed = any(isinstance(effect, Note) and effect.kind == "handed_over" for effect in effects)
    ends = after.stage is Stage.over and before.stage is not Stage.over
    if ends and was_open and not recorded and after.back_to is not Stage.asking:
        yield "the call ends with a question open: no level is recorded, and it cannot be gone on with"
    hung_up = step.heard.kind is Kind.hung_up
    if not _leaves(step):
        return
    if hung_up and talks(before) and not handed:
        yield "a nurse has the caller, and it is not recorded"
    rang = before.pending.startswith(RINGS) and not talks(before)
    if rang and "transfer_missed" not in owed and not rings_meanwhile(after):
        yield "a nurse's phone rang in vain, and nobody owes a call"
    if before.stage in (Stage.leaving, Stage.naming) and not any(r.startswith("call_back") for r in owed):
        yield "a call back was asked for, and nobody owes it"
    if hung_up and was_open and not talks(before) and after.stage is not Stage.asking:
        yield "the call broke off with a question open, and cannot be gone on with"


def _leaves(step: Step) -> bool:
    """Whether the caller leaves the call, or what stands open in it."""
    return step.texted or step.words == CALLS or step.heard.kind in (Kind.hung_up, Kind.reminded)


def _unheard(
    before: Session, step: Step, after: Session, effects: Sequence[Effect], owed: set[str]
) -> Iterator[str]:
    """What a text in mid-call says, and nobody heard."""
    said = {effect.text for effect in effects if isinstance(effect, Tell)}
    if step.heard.kind is Kind.self_harm and not (Say.SELF_HARM in said and "self_harm" in owed):
        yield "words of self-harm were texted, and the crisis line is not named"
    if step.heard.kind is Kind.opt_out and not any(isinstance(effect, OptOut) for effect in effects):
        yield "STOP was texted, and it is no opt-out"
    if step.heard.signs and after.level is not Level.emergency_now:
        yield "a sign was texted, and it is no emergency"
    if step.words == NOTHING and after.answers[before.asked] == NONE:
        yield "a list of which a half was heard counts as answered whole"


def _ending(before: Session, effects: Sequence[Effect]) -> str:
    """How this call came to its end."""
    said = {effect.text for effect in effects if isinstance(effect, Tell)}
    if before.stage is Stage.connected:
        return "handed over to a nurse"
    if Say.SILENT_END in said or before.place is Stage.over:
        return "safe words and a task"
    if any(isinstance(effect, Owe) for effect in effects):
        return "a task of staff"
    return "after the advice" if before.level < Level.emergency_now else "after the emergency words"


def _back(place: Stage) -> Stage:
    """Where a call goes back to: its question, its advice, its last words, or some menu."""
    return place if place in (Stage.asking, Stage.told, Stage.over) else Stage.menu


def _few(inputs: Iterable[Said]) -> Iterator[Said]:
    """One of each kind of input; of the answers the first and the last, as the best and the worst."""
    kinds: dict[object, list[Said]] = {}
    for said in inputs:
        heard = said.heard
        kinds.setdefault((heard.kind, heard.early, heard.keep > 0), []).append(said)
    for alike in kinds.values():
        alike.sort(key=lambda said: isinstance(said.heard.value, int) and said.heard.value)
        yield from {id(said): said for said in (alike[0], alike[-1])}.values()


def _words(inputs: Inputs) -> Iterator[str]:
    """What a caller may say: yes, no, not sure, nothing that is read, help, a person, STOP, and signs."""
    words = inputs.protocol.languages[inputs.language].words
    for table in ("yes", "no", "unsure", "help", "person", "opt_out", "self_harm", "poison", "abuse", "call"):
        if words.get(table):
            yield inputs.plain(str(words[table][0]))
    yield from ("zxqv", "911", "3", "40")
    yield from map(inputs.phrase, SIGNS)
