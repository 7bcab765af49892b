"""Every session that can be open: all answers with all tries, by text and phone, hand-over between them, and
everything else that can come in.

Three walks through the real engine. TRIES: every input at every state; what is told beside the answers
(signs, doubts, late texts, a new start) is one step there. FACTS: the fresh questions after every answer,
where what is told beside them may still matter, and all of it again. BESIDE: what follows from there, by
every answer. May not: judge the answers themselves (`flags`)."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from flows.effects import Ask, Dispose, Effect, Tell
from flows.engine import CannotHear, at_text
from flows.heard import Heard, Kind
from flows.proof.finding import Said, taken, transcript
from flows.proof.inputs import Inputs
from flows.proof.merging import Key, Merging
from flows.proof.people import WELL, People, value_of
from flows.proof.straight import BASE, Progress, opened
from flows.protocol import UNASKED, YES, Level, Medium, Protocol
from flows.protocol import Kind as Takes
from flows.reading import spoken_s
from flows.rules import sign_mask
from flows.session import Session, Stage
from flows.vignettes import Case, given
from flows.wording import names_in, wording

GONE_ON = frozenset(
    {Kind.answer, Kind.unsure, Kind.unclear, Kind.silence, Kind.key}
)  # moves on, or counts as a try
BESIDE_IT = frozenset({Kind.danger, Kind.doubt, Kind.new, Kind.unclear})
HANDED = frozenset({Kind.call_began, Kind.hung_up, Kind.escape})
NUMBERS = ("emergency", "emergency_spoken")
END = -1
ANSWER_S = 3.0  # to hear the end of a prompt, think and press
NEVER = (float("-inf"),) * 3
TRIES, FACTS, BESIDE = range(3)
Broken = tuple[str, ...]
_WELL = Case("a person", WELL, Level.self_care, None)
DRAWN = frozenset(
    "answers raised asked floor reason before in_a_row halves protocol language answered level text begun_at "
    "asked_at ended_at told_level told_at urgent_at told_text nudged unfinished from_checkin welcomed heard "
    "call turn encounter expects back_to place stuck stuck_by stuck_at quiet rounds texts "
    "texts_since silences pending rung spoke left".split()
)
"""Fields that do not stand in a key as they are."""
NOW: dict[str, Any] = {
    "asked_at": BASE, "begun_at": int(BASE), "nudged": False, "expects": "", "welcomed": True, "encounter": 1,
    "heard": "", "stuck": 0, "stuck_by": "", "stuck_at": 0, "quiet": False,
    "rounds": 0, "texts": 0, "texts_since": 0, "left": "",  # the last eight are driven by `loops`
}  # fmt: skip
REST = tuple(item.name for item in fields(Session) if item.name not in DRAWN)


@dataclass(slots=True)
class State:
    """A session that can be, one of all that cannot differ from it. level: what it demands so far. way:
    which of the three walks it is of."""

    session: Session
    level: Level
    way: int
    parent: int
    said: Said | None
    after: list[tuple[int, float]] = field(default_factory=list)


@dataclass
class Walk:
    """All states in one language, and what they broke: the first case of each invariant."""

    protocol: Protocol
    language: str
    states: list[State] = field(default_factory=list)
    found: int = 0
    steps: int = 0
    escapes: int = 0
    ends: int = 0
    most_answered: int = 0
    said: set[tuple[str, Medium]] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    broken: dict[str, Broken] = field(default_factory=dict)
    unheard: set[str] = field(default_factory=set)
    longest: "Longest | None" = None


@dataclass(frozen=True, slots=True)
class Longest:
    """The most replies and the most seconds before an emergency is told, and before anything is; circle:
    whether some replies lead round for ever. Seconds: all that is spoken, and 3 s for each answer."""

    replies: int
    seconds: float
    told_s: float
    circle: bool


def small(protocol: Protocol, language: str) -> Walk:
    """The states of somebody who is well but may be unsure, silent or not understood: a quick look at every
    try."""
    walker = Walker(protocol, language)
    for medium in Medium:
        session, effects = opened(protocol, language, medium)
        walker.hear_all(effects, medium)
        walker.add(session, TRIES, END, None)
    walker.only_well = True
    walker.run(None)
    return walker.walked


class Walker:
    """One walk in the making."""

    def __init__(self, protocol: Protocol, language: str, merged: bool = True) -> None:
        self.protocol, self.language, self.merged = protocol, language, merged
        self.walked = Walk(protocol, language)
        self.inputs = Inputs(protocol, language)
        self.coarse, self.fine = Merging(protocol), Merging(protocol, told_aside=True)
        self.oracle = Demands(protocol)
        self.only_well = False
        self.well = {q.id: value_of(given(_WELL, q), q) for q in protocol.questions}
        self.seen: dict[Key, int] = {}
        self.waiting: deque[int] = deque()
        self._seconds: dict[str, float] = {}
        self._urgent: dict[tuple[str, Medium], bool] = {}

    def run(self, progress: Progress | None) -> None:
        """Until no new state is found."""
        while self.waiting:
            number = self.waiting.popleft()
            state = self.walked.states[number]
            for said in self.inputs.at(state.session):
                if _is_due(self.inputs, state, said) and not (
                    self.only_well and self._is_ill(state.session, said)
                ):
                    self._drive(number, state, said)
            if state.way == TRIES:
                self._escape(number, state)
                if state.session.medium is Medium.voice and not _half_told(at_text(state.session)):
                    self.add(at_text(state.session), TRIES, number, None)
            if progress and number % 50 == 0:
                progress(self.walked.steps)
        self.walked.unheard = self.inputs.unheard
        self.walked.found = len(self.walked.states)

    def _is_ill(self, session: Session, said: Said) -> bool:
        """Whether this is another answer than that of somebody well."""
        if said.heard.kind is not Kind.answer or session.stage is not Stage.asking:
            return False
        well = self.well[self.protocol.questions[session.asked].id]
        worst = said.heard.value == YES
        return said.heard.late or not (said.heard.value == well or worst)

    def add(self, session: Session, way: int, parent: int, said: Said | None) -> int:
        """The number of this state; a new one waits to be driven."""
        facts = (self.fine if way == FACTS else self.coarse).key(session)
        key = (*facts, way) if way == BESIDE else (*facts, *self._tries(session), way)
        if not self.merged:
            key = (session.encode(), way)
        number = self.seen.get(key)
        if number is None:
            number = self.seen[key] = len(self.walked.states)
            self.walked.states.append(State(session, Merging.level(facts), way, parent, said))
            self.waiting.append(number)
        return number

    def path(self, number: int, said: Said | None = None) -> list[Said]:
        """Everything that came in until this state, and this."""
        path = [said] if said else []
        while number != END:
            state = self.walked.states[number]
            if state.said is not None:
                path.append(state.said)
            elif state.parent == END:
                path += reversed(self._opening(state.session.medium))
            number = state.parent
        return list(reversed(path))

    def hear_all(self, effects: Iterable[Effect], medium: Medium) -> None:
        """Note what was said."""
        for effect in effects:
            if isinstance(effect, Tell | Ask):
                self.walked.said.add((str(effect.text), medium))
            if isinstance(effect, Ask):
                self.walked.asked.add(effect.question)

    def _opening(self, medium: Medium) -> list[Said]:
        if medium is Medium.sms:
            return [Said(medium, "BACK", Heard(Kind.back))]
        return [Said(medium, "calls", Heard(Kind.call_began)), Said(medium, "(silence)", Heard(Kind.silence))]

    def _drive(self, number: int, state: State, said: Said) -> None:
        self.walked.steps += 1
        try:
            session, effects = taken(self.protocol, state.session, said)
        except CannotHear as fault:
            self._break("nothing_else", number, said, str(fault))
            return
        self.hear_all(effects, session.medium)
        due = max(state.level, self.oracle.of(state.session, said, session))
        self._judge(number, said, session, effects, due)
        if session.stage in (Stage.told, Stage.over, Stage.idle):
            if said.heard.kind in GONE_ON or session.level is Level.emergency_now:
                state.after.append((END - int(session.level), self._spoken(effects, session)))
            return
        way = state.way
        if _is_aside(state.session, said, session):
            if way == TRIES:
                return
            way = BESIDE
        if way == TRIES and _half_told(session):
            return
        found = self.add(_now(session), way, number, said)
        if self.walked.states[found].level < due:
            why = f"what was told demands {due.name}, which is forgotten here"
            self._break("denied_is_safe", number, said, why)
        if said.heard.kind in GONE_ON and not said.after_s and not said.heard.late:
            state.after.append((found, self._spoken(effects, session)))

    def _judge(
        self, number: int, said: Said, session: Session, effects: tuple[Effect, ...], due: Level
    ) -> None:
        for effect in effects:
            if isinstance(effect, Dispose):
                self.walked.ends += 1
                if effect.level < due:
                    why = f"what was told demands {due.name}: told {effect.level.name}"
                    self._break("denied_is_safe", number, said, why)
        answered = sum(1 for told in session.answers if told != UNASKED)
        self.walked.most_answered = max(self.walked.most_answered, answered)
        if answered > self.protocol.limits.answers or session.answered > self.protocol.limits.answers:
            self._break(
                "bounded",
                number,
                said,
                f"{answered} answered questions, {self.protocol.limits.answers} at most",
            )

    def _escape(self, number: int, state: State) -> None:
        for said in self.inputs.escapes(state.session):
            self.walked.escapes += 1
            _, effects = taken(self.protocol, state.session, said)
            if not any(
                isinstance(effect, Tell) and self._names_number(effect.text, said.medium)
                for effect in effects
            ):
                self._break("bounded", number, said, "the emergency number is not named at once")

    def _names_number(self, text: str, medium: Medium) -> bool:
        known = self._urgent.get((text, medium))
        if known is None:
            entry = self.protocol.languages[self.language].texts.get(text)
            raw = (wording(entry, medium) if entry else None) or ""
            known = self._urgent[text, medium] = bool(set(names_in(raw)) & set(NUMBERS))
        return known

    def _spoken(self, effects: Iterable[Effect], session: Session) -> float:
        """Seconds of speech, where this is a call."""
        if session.medium is not Medium.voice:
            return 0
        return sum(self._seconds_of(effect.text) for effect in effects if isinstance(effect, Tell | Ask))

    def _seconds_of(self, text: str) -> float:
        if text not in self._seconds:
            entry = self.protocol.languages[self.language].texts.get(text)
            raw = (wording(entry, Medium.voice) if entry else None) or ""
            self._seconds[text] = spoken_s(raw)
        return self._seconds[text]

    def _break(self, name: str, number: int, said: Said, why: str) -> None:
        if name not in self.walked.broken:
            lines = transcript(self.protocol, self.language, self.path(number, said), why)
            self.walked.broken[name] = lines

    def _tries(self, session: Session) -> Key:
        """Where the session stands beside its facts: every field but those that `merging` reads, that are
        drawn together here, or that no open question reads."""
        fresh = _is_fresh(session)
        natural = session.before < session.asked and fresh  # only there late texts are driven
        before = session.before if natural else -9
        told_before = natural and before >= 0 and session.answers[before] >= 0
        asking = session.stage is Stage.asking
        in_a_row = session.in_a_row if asking else 0  # at a menu of the phone they are over
        place = Stage.idle if asking else session.place  # set anew where 9 or 0 is pressed
        rest = tuple(getattr(session, name) for name in REST)
        return (before, told_before, in_a_row, place, *rest)


def _now(session: Session) -> Session:
    """The same session with its last step just taken, and what only later texts read taken out."""
    if all(getattr(session, name) == value for name, value in NOW.items()):
        return session
    return session.changed(NOW)


def _is_fresh(session: Session) -> bool:
    return session.stage is Stage.asking and not (session.unsure or session.misses or session.in_a_row)


def _is_aside(before: Session, said: Said, after: Session) -> bool:
    """Whether something was told beside the answers, or the questions began again."""
    if said.heard.late or said.heard.kind in (Kind.danger, Kind.doubt) or after.encounter != before.encounter:
        return True
    return said.heard.keep != 0 and said.medium is Medium.sms


def _is_due(inputs: Inputs, state: State, said: Said) -> bool:
    """Which inputs are driven at a state of each walk."""
    heard, session = said.heard, state.session
    plain = not heard.late and not said.after_s
    one = _is_one(inputs.protocol, session, heard.value)
    if state.way == BESIDE:
        return heard.kind is Kind.answer and plain and one
    if state.way == FACTS:
        if said.medium is Medium.voice:
            return False
        return heard.kind in (Kind.answer, Kind.unsure) or (_is_fresh(session) and heard.kind in BESIDE_IT)
    if _is_fresh(session) or session.stage is not Stage.asking:
        return True
    if heard.kind in GONE_ON:
        return plain and (one or heard.kind is not Kind.answer)
    return heard.kind in (Kind.waited, *HANDED) or not inputs.first.isdisjoint(
        (*heard.signs, *heard.doubts)[:1]
    )


def _half_told(session: Session) -> bool:
    """Two choices of a list told while it is open: followed only where its second half is fresh."""
    told = session.raised[session.asked] if session.asked >= 0 else 0
    return told.bit_count() > 1 and not (session.part > 1 and _is_fresh(session))


def _is_one(protocol: Protocol, session: Session, value: object) -> bool:
    """Of list answers those with one choice: beside a try, more of them tell nothing more."""
    takes_list = protocol.questions[session.asked].kind is Takes.list
    return not takes_list or (isinstance(value, int) and value.bit_count() == 1)


class Demands:
    """The least level that the oracle demands of one thing told: an answer, a sign, or an answer that stays
    unknown."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        people = People(protocol)
        self.facts = {flag.told[0].fact: flag.level for flag in protocol.flags if len(flag.told) == 1}
        self.answers: dict[tuple[int, int], Level] = {}
        for flag in protocol.flags:
            told = [(place, may) for place, may in enumerate(people.telling(flag)) if may is not None]
            if len(told) == 1:
                for value in told[0][1]:
                    known = self.answers.get((told[0][0], value), Level.self_care)
                    self.answers[told[0][0], value] = max(known, flag.level)

    def of(self, before: Session, said: Said, after: Session) -> Level:
        """What this input demands by itself."""
        heard, least = said.heard, Level.self_care
        for sign in heard.signs:
            least = max(
                least, Level.emergency_now if sign == "danger" else self.facts.get(sign, Level.self_care)
            )
        if before.stage is not Stage.asking:
            return least
        question = self.protocol.questions[before.asked]
        if heard.kind is Kind.answer and not heard.late and isinstance(heard.value, int):
            if (
                said.after_s
            ):  # an answer to a question of an hour ago: only its signs count, the rest is asked again
                signs = heard.value & sign_mask(question)
                return max(least, self.answers.get((before.asked, signs), least)) if signs else least
            return max(least, self.answers.get((before.asked, heard.value), Level.self_care))
        if heard.kind is Kind.unsure and question.unsure_is is not None:
            return max(least, self.answers.get((before.asked, question.unsure_is), Level.self_care))
        if self._left(before, said, after):
            least = max(least, self.protocol.oracle.unknown.get(question.id, Level.clinician_soon))
        return least

    def _left(self, before: Session, said: Said, after: Session) -> bool:
        """Whether the open question was left without an answer."""
        if said.heard.kind in (Kind.unsure, Kind.unclear, Kind.silence, Kind.doubt) and not said.heard.late:
            gone = after.stage not in (Stage.asking,) or after.asked != before.asked
            return gone and after.answers[before.asked] != UNASKED
        return said.heard.kind in (Kind.waited, Kind.opt_out) and after.stage is Stage.idle


def longest(walked: Walk) -> Longest:
    """The worst waits among all states of a walk."""
    order, circle = _order(walked.states)
    waits: dict[int, tuple[float, float, float]] = {}
    for number in order:
        best = NEVER
        for after, spoken in walked.states[number].after:
            best = tuple(map(max, best, _wait(after, spoken, waits)))  # type: ignore[assignment]
        waits[number] = best
    replies, seconds, told_s = (max((0.0, *ways)) for ways in zip(*waits.values(), strict=True))
    return Longest(int(replies), seconds, told_s, circle)


def _wait(
    after: int, spoken: float, waits: dict[int, tuple[float, float, float]]
) -> tuple[float, float, float]:
    """Replies and seconds until an emergency, and seconds until anything is told, by this way. spoken: the
    seconds that follow the reply."""
    if after >= 0:
        replies, seconds, told_s = waits.get(after, NEVER)
        return replies + 1, seconds + spoken + ANSWER_S, told_s + spoken + ANSWER_S
    emergency = after == END - int(Level.emergency_now)
    return (1, ANSWER_S, ANSWER_S) if emergency else (*NEVER[:2], ANSWER_S)


def _order(states: list[State]) -> tuple[Iterator[int] | list[int], bool]:
    """Every state after those that it leads to."""
    done: list[int] = []
    mark = [0] * len(states)
    circle = False
    for first in range(len(states)):
        stack = [(first, False)]
        while stack:
            number, left = stack.pop()
            if left:
                mark[number] = 2
                done.append(number)
            elif mark[number] == 0:
                mark[number] = 1
                stack.append((number, True))
                for after, _ in states[number].after:
                    if after >= 0 and after != number:
                        circle |= mark[after] == 1
                        if mark[after] == 0:
                            stack.append((after, False))
    return done, circle
