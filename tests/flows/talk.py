"""Somebody who talks with the machine itself: no words, no channel, no store; and what some facts answer.

Every step is held to the stage table: it may lead only to the stages that its row declares."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flows.draft import Desk, Moment
from flows.effects import Ask, Dispose, Effect, Owe, Tell
from flows.engine import STAGES, advance, asks_place, at_text, begin
from flows.heard import Heard, Kind
from flows.keys import press
from flows.programme import Waiting
from flows.protocol import NO, NONE, UNASKED, UNKNOWN, YES, Level, Medium, Protocol, Question
from flows.protocol import Kind as Takes
from flows.rules import judge, next_question
from flows.session import Session, Stage, blank
from flows.vignettes import UNSURE, Case, Given, Told, given

E, U, C, S = Level.emergency_now, Level.urgent_today, Level.clinician_soon, Level.self_care
MIN, HOUR, DAY = 60, 3600, 86_400
OPEN = Desk(staffed=True, open=True, due="5 pm today", opens="8 am Mon")
CLOSED = Desk(staffed=True, open=False, due="", opens="8 am Mon")
CHECKIN = {1: "better", 2: "same", 3: "worse", 4: "new_sign"}
MONDAY = 1_800_000_000.0
BENIGN: dict[str, Told] = {"age": 40, "severity_0_10": 3, "duration_days": 2}
Reply = str | int | tuple[int, ...]


def mask_of(told: Given) -> int:
    """A person's answer as the machine notes it; UNKNOWN where they are not sure."""
    if told.word:
        return {"yes": YES, "no": NO, UNSURE: UNKNOWN}[told.word]
    if told.choices is not None:
        return sum(1 << key for key in told.choices) or NONE
    assert told.number is not None
    return told.number


def answered(protocol: Protocol, facts: Mapping[str, Told]) -> Session:
    """The session of somebody with these facts once all is asked, "not sure" noted with its floor."""
    case, session = Case("a person", facts, Level.self_care, None), blank(protocol, "en", Medium.sms)
    while question := next_question(protocol, session):
        told = given(case, question)
        value = 1 << (told.number or 0) if question.kind is Takes.menu and told.number else mask_of(told)
        if value == UNKNOWN and question.unsure_is is not None:
            value = question.unsure_is
        floor = max(session.floor, question.floor) if value == UNKNOWN else session.floor
        answers = list(session.answers)
        answers[question.place] = value
        reason = question.id if floor > session.floor else session.reason
        session = replace(session, answers=tuple(answers), floor=floor, reason=reason)
    return session


def level_of(protocol: Protocol, **facts: Told) -> Level:
    """The level of somebody with these facts, who is otherwise well, 40, with mild pain since two days."""
    return judge(protocol, answered(protocol, BENIGN | facts)).level


@dataclass
class Talk:
    """A person and where they stand. `said`: the keys of what the last step said; `effects`: all of it."""

    protocol: Protocol
    medium: Medium = Medium.sms
    at: float = MONDAY
    desk: Desk = Desk()
    enrolled: bool = False
    opted_out: bool = False
    waiting: Waiting | None = None
    asks_place: bool = False
    effects: tuple[Effect, ...] = ()
    session: Session = field(init=False)

    def __post_init__(self) -> None:
        self.session = begin(self.protocol, "en", self.medium).session

    def hear(
        self, kind: Kind, value: Reply | None = None, *, after_s: float = 5, **more: object
    ) -> list[str]:
        """One thing heard so many seconds later; the keys of what is said."""
        return self.take(Heard(kind, value, **more), after_s=after_s)  # type: ignore[arg-type]

    def take(self, heard: Heard, *, after_s: float = 5) -> list[str]:
        """One step; where it leads to must stand in its row."""
        self.at += after_s
        before = (
            at_text(self.session) if self.medium is Medium.sms else replace(self.session, medium=self.medium)
        )
        if heard.kind in (Kind.waited, Kind.hung_up, Kind.other_call):
            before = self.session
        moment = Moment(
            self.at, self.desk, self.enrolled, self.opted_out, self.waiting, asks_place=self.asks_place
        )
        turn = advance(self.protocol, before, heard, moment)
        assert turn.session.stage in leads_to(self.protocol, before, heard, moment), (
            before.stage,
            heard.kind,
        )
        self.session, self.effects = turn.session, turn.effects
        return self.said

    @property
    def said(self) -> list[str]:
        """The keys of the last step's words, in order."""
        return [effect.text for effect in self.effects if isinstance(effect, Tell | Ask)]

    @property
    def asked(self) -> str:
        """The id of the question that stands open, or ""."""
        return self.question.id if self.session.stage is Stage.asking else ""

    @property
    def question(self) -> Question:
        """The question that stands open."""
        return self.protocol.questions[self.session.asked]

    def owed(self) -> list[tuple[str, Level]]:
        """What staff owe from the last step."""
        return [(effect.reason, effect.level) for effect in self.effects if isinstance(effect, Owe)]

    def has(self, kind: type[Effect]) -> bool:
        """Whether the last step has such an effect."""
        return any(isinstance(effect, kind) for effect in self.effects)

    @property
    def disposed(self) -> Dispose:
        """How the last step ended the encounter."""
        (found,) = [effect for effect in self.effects if isinstance(effect, Dispose)]
        return found

    def reply(self, told: Reply, **more: object) -> list[str]:
        """An answer to the open question: "yes", "no", "unsure", a choice, a list of choices, a number."""
        if told == "unsure":
            return self.hear(Kind.unsure, **more)  # type: ignore[arg-type]
        return self.hear(Kind.answer, self._value(told), **more)  # type: ignore[arg-type]

    def key(self, keys: str, *, after_s: float = 5, early: bool = False) -> list[str]:
        """Keys on the phone."""
        return self.take(press(self.protocol, self.session, keys, early=early), after_s=after_s)

    def wait(self, after_s: float = 20) -> list[str]:
        """Nothing is keyed."""
        return self.hear(Kind.silence, after_s=after_s)

    def start(self) -> list[str]:
        """The questions begin."""
        if self.medium is Medium.sms:
            return self.hear(Kind.back)
        self.hear(Kind.call_began)
        return self.wait()

    def go_to(self, question: str, *, answers: Mapping[str, Reply] | None = None) -> None:
        """Answer everything before that question harmlessly, but for these."""
        for _ in range(20):
            if self.asked == question:
                return
            assert self.asked, f"the questions ended before {question}: {self.said}"
            self.reply_to(dict(answers or {}).get(self.asked, harmless(self.question)))
        raise AssertionError(f"{question} was never asked")

    def reply_to(self, told: Reply) -> list[str]:
        """Answer the open question whole: both halves of a spoken list too."""
        asked = self.asked
        said = self.reply(told)
        while self.asked == asked and self.session.part:
            said = self.reply(told)
        return said

    def finish(self, **answers: Reply) -> list[str]:
        """Answer everything that is left, harmlessly but for these."""
        while self.asked:
            self.reply_to(answers.get(self.asked, harmless(self.question)))
        return self.said

    def _value(self, told: Reply) -> int:
        question = self.question
        if question.kind is Takes.number:
            assert isinstance(told, int)
            return told
        if isinstance(told, str):
            return {"yes": YES, "no": NO, "none": NONE}[told]
        keys = told if isinstance(told, tuple) else (told,)
        here = question.keys_of(self.session.part) if question.kind is Takes.list else keys
        return sum(1 << key for key in keys if key in here) or NONE


def harmless(question: Question) -> Reply:
    """The answer of somebody who is well."""
    if question.kind is Takes.number:
        return int(BENIGN[question.fact or ""])
    if question.kind is Takes.yes_no:
        return "yes" if question.safe_answer == YES else "no"
    return 1 if question.kind is Takes.menu else "none"


def told_to(session: Session, protocol: Protocol, question: str) -> int:
    """What is noted for a question."""
    noted = session.answers[protocol.places[question]]
    return noted if noted != UNASKED else UNASKED


def leads_to(protocol: Protocol, session: Session, heard: Heard, moment: Moment) -> set[Stage]:
    """The stages that the table lets a step lead to, with what signs and an opt-out beside the answer add."""
    stage, by_text = session.stage, session.medium is Medium.sms
    if stage is Stage.placing and by_text and not asks_place(session, heard, moment):
        stage = session.back_to
    if moment.waiting is not None and session.medium is Medium.sms and stage in (Stage.idle, Stage.told):
        stage = Stage.checkin
    waited_min = (moment.at - session.asked_at) / 60
    for row in (Stage.lapsed, stage):
        lapsed = stage is Stage.asking and waited_min >= protocol.limits.resume_within_min
        if row is Stage.lapsed and not (lapsed and session.medium is Medium.sms):
            continue
        if (row, heard.kind) in STAGES:
            stage = row
            break
    to = set(STAGES[stage, heard.kind].to)
    if heard.signs or heard.doubts:
        to |= {Stage.asking, Stage.told}
    if heard.opt_out:
        to |= {Stage.idle, Stage.told}
    if Stage.checkin in to:
        to = to - {Stage.checkin} | {Stage.idle, Stage.told}
    return to
