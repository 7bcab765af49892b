"""What the line knows of one number, in words: question, answers, signs, floors, rules, level, follow-up,
tasks.

Reads only: the line's store, and the protocol's own judging of what stands there. May not: change a state, or
decide anything that a caller hears. In trial mode only; the numbers are made up."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Literal

from flows.enrolment import BadEnrolment, Enrolment
from flows.programme import Due, checkin_of, next_due
from flows.protocol import NO, NONE, UNASKED, UNKNOWN, YES, Kind, Level, Medium, Protocol, Question, Rule
from flows.rules import KEPT, judge
from flows.session import BadSession, Session, Stage
from flows.wording import say
from hotline import zones
from hotline.errors import StoreAway
from hotline.line import Line
from hotline.phone.words import LEVELS, NO_LEVEL, QUESTIONS, REASONS, STAGES, plain
from hotline.store import State, Task

CHOICE = re.compile("^([0-9]) (.+)$", re.MULTILINE)
TASKS_SHOWN = 8
Mark = Literal["open", "told", "sign", "unknown", "unasked"]


@dataclass(frozen=True, slots=True)
class Row:
    """One question with what was told to it. `raised`: signs told beside the answer, which no later answer
    clears."""

    name: str
    told: str
    mark: Mark
    raised: str = ""
    floor: str = ""


@dataclass(frozen=True, slots=True)
class Fired:
    """One rule that holds, the level it demands, and the source it cites."""

    id: str
    level: Level
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The question that stands open, as it was asked."""

    name: str
    number: int
    of: int
    prompt: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The level: as told once the questions ended, else what the answers so far demand. `why`: one sentence.

    open: nothing urgent was told, but questions are still open, so it is no self-care yet."""

    level: Level
    name: str
    meaning: str
    told: bool
    why: str
    open: bool = False


@dataclass(frozen=True, slots=True)
class Encounter:
    """The encounter of one contact."""

    stage: str
    judged: Judged | None
    asked: Asked | None
    rows: tuple[Row, ...]
    rules: tuple[Fired, ...]
    floors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The enrolment: since when, at which level, the next step and when, its words, and what is waited
    for."""

    since: datetime
    level: str
    step: str = ""
    at: datetime | None = None
    words: str = ""
    waiting: str = ""
    held: bool = False


@dataclass(frozen=True, slots=True)
class Owed:
    """One open staff task. `own`: it is about the person whose phone is shown."""

    reason: str
    level: str
    due: datetime
    state: str
    own: bool


@dataclass(frozen=True, slots=True)
class Known:
    """Everything the page shows beside the phone. `fault`: why there is nothing to show."""

    encounter: Encounter | None = None
    follow_up: FollowUp | None = None
    tasks: tuple[Owed, ...] = ()
    opted_out: bool = False
    fault: str = ""


def known_of(line: Line, number: str) -> Known:
    """What the line knows of a number now. Never raises: what cannot be read is told as `fault`."""
    try:
        contact = line.sealer.contact_of(number)
        state, tasks = line.store.turns.read(contact), line.store.tasks.list()
        return Known(_encounter(line, state), _follow_up(line, state), _owed(tasks, contact), state.opted_out)
    except StoreAway:
        return Known(fault="Redis does not answer: nothing is known until it does.")
    except (BadSession, BadEnrolment) as fault:
        return Known(fault=str(fault))


def session_of(line: Line, number: str) -> Session | None:
    """The session of a number as it stands; None: there is none, or it cannot be read now."""
    try:
        told = line.store.turns.read(line.sealer.contact_of(number)).session
        return Session.decode(told) if told else None
    except (StoreAway, BadSession):
        return None


def in_words(protocol: Protocol, question: Question, told: int, language: str = "en") -> str:
    """An answer (a mask or a number) in words."""
    if told < 0:
        return "not asked" if told == UNASKED else "unknown"
    if question.kind is Kind.number:
        return str(told)
    if question.kind is Kind.yes_no:
        return " and ".join(word for mask, word in ((YES, "yes"), (NO, "no")) if told & mask) or "nothing"
    named = _choices(protocol, question, language)
    keys = [choice.key for choice in question.choices if told & 1 << choice.key]
    return "; ".join(named.get(key, str(key)) for key in keys) or ("none" if told == NONE else "none so far")


def _choices(protocol: Protocol, question: Question, language: str) -> Mapping[int, str]:
    """The choices of a menu or list as the text asks them: lines that begin with their number."""
    prompt = say(protocol, question.text, language, Medium.sms, {})
    return {int(key): words for key, words in CHOICE.findall(prompt)}


def _encounter(line: Line, state: State) -> Encounter | None:
    if not state.session:
        return None
    session = Session.decode(state.session)
    protocol = line.protocol_of(session.protocol)
    if len(session.answers) != len(protocol.questions):
        return (
            None  # the version it is pinned to is nowhere to be found; its answers mean nothing in this one
        )
    begun = (
        any(told != UNASKED for told in session.answers)
        or any(session.raised)
        or session.stage is Stage.asking
    )
    verdict = judge(protocol, session)
    rules = tuple(_fired(rule) for rule in sorted(verdict.rules, key=lambda rule: -rule.level))
    judged = _judged(protocol, session, verdict.level, verdict.rules) if begun else None
    return Encounter(
        STAGES[session.stage], judged, _asked(line, protocol, session),
        tuple(_rows(protocol, session)), rules, tuple(_floors(protocol, session)),
    )  # fmt: skip


def _asked(line: Line, protocol: Protocol, session: Session) -> Asked | None:
    if session.stage is not Stage.asking or session.asked < 0:
        return None
    question = protocol.questions[session.asked]
    key = f"{question.text}_{session.part}" if session.part else question.text
    prompt = line.renderer.text(protocol, session.language, session.medium, key, {})
    return Asked(_name(question), question.place + 1, len(protocol.questions), prompt)


def _judged(protocol: Protocol, session: Session, level: Level, rules: tuple[Rule, ...]) -> Judged:
    told = session.stage is not Stage.asking and bool(session.text)
    level = session.level if told else level
    name, meaning = LEVELS[level]
    why = _why(protocol, session, level, rules)
    if not told and level is Level.self_care:
        return Judged(level, *NO_LEVEL, told, why, open=True)
    return Judged(level, name, meaning, told, why)


def _why(protocol: Protocol, session: Session, level: Level, rules: tuple[Rule, ...]) -> str:
    """One sentence: what this level rests on."""
    deciding = [rule for rule in rules if rule.level is level]
    if deciding:
        names = dict.fromkeys(_name(protocol.questions[c.place]) for rule in deciding for c in rule.when)
        return f"Because of: {', '.join(names)}."
    if level > Level.self_care and session.floor is level:
        return f"A floor holds it here: {_reason(protocol, session.reason)}."
    if level > Level.self_care:
        return "Danger was told in words, beside the questions."
    told = session.stage is not Stage.asking and bool(session.text)
    return "Every question was answered and no rule fired." if told else "No rule has fired so far."


def _rows(protocol: Protocol, session: Session) -> Iterator[Row]:
    for question in protocol.questions:
        told, raised = session.answers[question.place], session.raised[question.place]
        beside = in_words(protocol, question, raised, session.language) if raised else ""
        words = in_words(protocol, question, told, session.language) if told != UNASKED or not raised else ""
        floor = LEVELS[question.floor][0] if told == UNKNOWN else ""
        yield Row(_name(question), words, _mark(protocol, session, question, told), beside, floor)


def _mark(protocol: Protocol, session: Session, question: Question, told: int) -> Mark:
    if session.stage is Stage.asking and session.asked == question.place:
        return "open"
    if told < 0:
        return "unknown" if told == UNKNOWN else "unasked"
    # A sign is an answer that by itself, or with the others, makes a rule hold.
    fired = judge(protocol, session).rules
    return "sign" if any(_holds(rule, question) for rule in fired) else "told"


def _holds(rule: Rule, question: Question) -> bool:
    return any(condition.place == question.place for condition in rule.when)


def _fired(rule: Rule) -> Fired:
    return Fired(rule.id, rule.level, LEVELS[rule.level][0], rule.source)


def _floors(protocol: Protocol, session: Session) -> Iterator[str]:
    if session.floor > Level.self_care:
        yield f"At least {LEVELS[session.floor][0].lower()}: {_reason(protocol, session.reason)}."
    if session.unfinished and session.stage is Stage.idle:
        yield "The last encounter was left unfinished; what was told is kept for a day."


def _reason(protocol: Protocol, reason: str) -> str:
    if reason == KEPT:
        return "signs told in an earlier, unfinished encounter"
    if reason in protocol.places:
        return f"“{_name(protocol.question(reason))}” stayed unknown, and unknown is never a no"
    return plain(reason) if reason else "set by what was told"


def _name(question: Question) -> str:
    return QUESTIONS.get(question.id, plain(question.id))


def _follow_up(line: Line, state: State) -> FollowUp | None:
    if not state.enrolment:
        return None
    told, now = Enrolment.decode(state.enrolment), line.now()
    programme, places = line.protocol.programme, zones.named(told.zones)
    due, waiting = next_due(programme, told, now, places, line.window), checkin_of(programme, told, now)
    return FollowUp(
        since=datetime.fromtimestamp(told.joined_at, UTC),
        level=LEVELS[told.level][0],
        step=_step(due),
        at=due.at if due else None,
        words=_words(line, told.language, due) if due and due.text else "",
        waiting=f"the check-in of day {waiting.day}" if waiting else "",
        held=bool(told.held_at),
    )


def _words(line: Line, language: str, due: Due) -> str:
    return line.renderer.text(line.protocol, language, Medium.sms, due.text, due.fill)


def _step(due: Due | None) -> str:
    if due is None:
        return "the programme is over"
    if not due.text:
        return "the end of the programme"
    return f"{'check-in' if due.asks else 'tip'} of day {due.day}"


def _owed(tasks: list[Task], contact: str) -> tuple[Owed, ...]:
    """The tasks that are not closed, this person's first, then the soonest due."""
    still = [task for task in tasks if task.state != "closed"]
    still.sort(key=lambda task: (task.contact != contact, task.due_at))
    return tuple(_task(task, contact) for task in still[:TASKS_SHOWN])


def _task(task: Task, contact: str) -> Owed:
    names = {level.name: told for level, (told, _) in LEVELS.items()}
    return Owed(
        REASONS.get(task.reason, plain(task.reason)), names.get(task.level, plain(task.level)),
        datetime.fromtimestamp(task.due_at, UTC), task.state, task.contact == contact,
    )  # fmt: skip


def local(at: datetime, zone: tzinfo) -> str:
    """A time as the person's own clock shows it, with its day."""
    return f"{at.astimezone(zone):%a %d %b, %H:%M}"
