"""A turn in the making: the session as it changes and the effects as they gather, and the acts that
many steps share.

Lives for one call of `engine.advance`. May not: be kept, or know channels beyond the medium's name."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flows.discreet import instead
from flows.effects import Ask, Dispose, Effect, Leave, Note, Owe, Tell
from flows.heard import Heard
from flows.programme import Waiting
from flows.protocol import EMPTY, UNASKED, UNKNOWN, YES, Kind, Level, Medium, Protocol, Question
from flows.rules import KEPT, Verdict, flags_of, judge, next_question
from flows.session import Session, Stage, merge
from flows.wording import Say

HOUR_S = 3600
MOST_TURNS = 120  # of a call: nobody needs half of them, but who doubts over and over is not asked for ever


@dataclass(frozen=True, slots=True)
class Desk:
    """The nurse desk at this moment: whether there is one, whether it is open, the words for its times,
    and how many phones a call can be handed over to."""

    staffed: bool = False
    open: bool = False
    due: str = ""
    opens: str = ""
    nurses: int = 0  # phones that a call can be handed over to now, in the order of the rota
    heard_by: str = ""  # by when a message will be heard


@dataclass(frozen=True, slots=True)
class Moment:
    """What the world is at this step. at: seconds since the epoch. withheld: the caller shows no number."""

    at: float
    desk: Desk = Desk()
    enrolled: bool = False
    opted_out: bool = False
    waiting: Waiting | None = None
    withheld: bool = False
    textable: bool = True  # as far as is known, this number can get texts
    can_call: bool = False  # check-in calls can be placed to this number
    by_call: bool = False  # in the programme, by calls
    asks_place: bool = False  # the number does not tell one time zone, and its owner can be asked
    discreet: bool = False  # the follow-up speaks discreetly with this person


@dataclass(slots=True)
class Draft:
    """One turn in the making."""

    protocol: Protocol
    session: Session
    moment: Moment
    heard: Heard
    effects: list[Effect] = field(default_factory=list)

    def set(self, **changes: Any) -> None:
        """Change the session. Where the misses in a row are over, so are the silences among them."""
        if self.session.silences and self._ends_misses(changes):
            changes.setdefault("silences", 0)
        self.session = self.session.changed(changes)

    def _ends_misses(self, changes: Mapping[str, Any]) -> bool:
        stage = self.session.stage
        in_a_row = "in_a_row" if stage is Stage.asking else "misses"  # a menu counts no others
        return changes.get(in_a_row) == 0 or changes.get("stage", stage) is not stage

    def add(self, *effects: Effect) -> None:
        """Something must happen."""
        self.effects += effects

    def say(self, text: str, **fill: str) -> None:
        """Say a text; in discreet mode the one in its place."""
        if self.moment.discreet:
            text = instead(self.protocol.programme, text)
        self.effects.append(Tell(text, fill))

    @property
    def spoken(self) -> bool:
        """Whether this turn is on the phone."""
        return self.session.medium is Medium.voice

    @property
    def open(self) -> bool:
        """Whether a question stands open."""
        return self.session.stage is Stage.asking

    @property
    def question(self) -> Question:
        """The question that stands open."""
        return self.protocol.questions[self.session.asked]

    @property
    def emergency_told(self) -> bool:
        """Whether an emergency was the last thing told, within the hours that it counts."""
        session = self.session
        at_rest = session.stage in (Stage.told, Stage.again)
        return (
            at_rest
            and session.level is Level.emergency_now
            and self.within(session.ended_at, self.protocol.limits.keep_level_h)
        )

    def within(self, since: float, hours: float) -> bool:
        """Whether that moment lies at most so many hours back (and is not "never")."""
        return since > 0 and self.moment.at - since < hours * HOUR_S

    # asking

    def begin(self, *, from_checkin: bool = False) -> None:
        """Open an encounter: nothing answered; signs of an unfinished one of the last day still raised, its
        doubts still open."""
        session, count = self.session, len(self.protocol.questions)
        unfinished = session.unfinished and self.within(session.asked_at, self.protocol.limits.keep_level_h)
        raised = flags_of(self.protocol, session.merged()) if unfinished else (EMPTY,) * count
        floor = judge(self.protocol, session).level if unfinished else Level.self_care
        self.set(
            stage=Stage.asking,
            asked=-1,
            before=-1,
            doubted=session.doubted if unfinished or session.call else 0,  # heard before them in this call
            crossed=False,
            part=0,
            more=False,
            halves=EMPTY,
            answers=(UNASKED,) * count,
            raised=raised,
            unsure=0,
            misses=0,
            in_a_row=0,
            answered=0,
            floor=floor,
            reason=KEPT if floor else "",
            again=0,
            begun_at=int(self.moment.at),
            nudged=False,
            from_checkin=from_checkin,
            expects="",
            encounter=session.encounter + 1,
            back_to=Stage.idle,
            unfinished=True,
        )
        self.add(Note("encounter_began", "checkin" if from_checkin else self.session.medium.value))

    def ask_next(self) -> bool:
        """Ask the next question; False where none is left."""
        if not self.open_next():
            return False
        self.ask(part=1 if self.spoken and self.question.halves else 0)
        return True

    def open_next(self) -> bool:
        """Let the next question stand open, its prompt not said yet; False where none is left."""
        if self.session.turn > MOST_TURNS:
            self.floor_doubts()
        doubted = self.doubted()
        question = doubted[0] if doubted and self.session.answers[doubted[0].place] != UNASKED else None
        question = question or next_question(self.protocol, self.session) or next(iter(doubted), None)
        if question is None:
            return False
        self.set(
            before=self.session.asked,
            asked=question.place,
            crossed=question in doubted,
            unsure=0,
            misses=0,
            more=False,
            halves=EMPTY,
            asked_at=round(self.moment.at, 1),
        )
        return True

    def doubt(self, question: Question) -> None:
        """Note that a question's answer is in doubt: it is asked (again) before the questions end, and only
        an answer to a prompt that was said after this clears it. A list spoken in halves is read from the
        first again: the doubt may be of that."""
        self.set(doubted=self.session.doubted | 1 << question.place)
        if question.place != self.session.asked:
            return
        self.set(crossed=True)
        if self.session.part > 1:
            self.set(part=1, more=False)

    def doubt_danger(self) -> None:
        """Note that somebody may have called for help ("maybe I need an ambulance"): no question asks that,
        so it stands, in the place behind the questions, until a disposition is told."""
        self.set(doubted=self.session.doubted | 1 << len(self.protocol.questions))

    def is_doubted(self, question: Question) -> bool:
        """Whether this question is in doubt."""
        return bool(self.session.doubted >> question.place & 1)

    def doubted(self) -> list[Question]:
        """The questions in doubt, those first whose answer was given before."""
        session = self.session
        found = [question for question in self.protocol.questions if self.is_doubted(question)]
        return sorted(found, key=lambda question: session.answers[question.place] == UNASKED)

    def doubted_floor(self) -> Level:
        """The highest floor of the questions in doubt; a call for help in doubt is one for today."""
        help_in_doubt = self.session.doubted >> len(self.protocol.questions)
        least = Level.urgent_today if help_in_doubt else Level.self_care
        return max((least, *(question.floor for question in self.doubted())))

    def _cleared(self, question: Question) -> int:
        return self.session.doubted & ~(1 << question.place)

    def ask(self, *, part: int | None = None, whole: bool = False) -> None:
        """Say the prompt of the open question (again). whole: its list too, after "is there more"."""
        question = self.question
        if part is None:
            part = (self.session.part or 1) if self.spoken and question.halves else 0
        self.set(stage=Stage.asking, asked_at=round(self.moment.at, 1), part=part)
        if self.session.more and part and not whole:
            self.add(Ask(question.id, f"more_{question.id}"))
        else:
            self.add(Ask(question.id, f"{question.text}_{part}" if part else question.text))
            if part < 2:
                self.set(crossed=False)

    def raise_sign(self, question: Question, mask: int) -> None:
        """Note a sign told beside the answers: nothing clears it in this encounter."""
        raised = list(self.session.raised)
        raised[question.place] |= mask
        self.set(raised=tuple(raised))

    def record(self, question: Question, value: int) -> None:
        """Note an answer. One that was given before may be raised by it, never cleared."""
        answers, before = list(self.session.answers), self.session.answers[question.place]
        number = question.fact is not None
        if before >= 0:
            value = self._worse(question, before, value) if number else merge(value, before)
        answers[question.place] = value
        first = before == UNASKED
        answered = self.session.answered + first
        self.set(answers=tuple(answers), answered=answered)
        if not self._stays_in_doubt(question, value):
            self.set(doubted=self._cleared(question))

    def _stays_in_doubt(self, question: Question, value: int) -> bool:
        """Whether this answer was given to a prompt of before the doubt. A yes leaves nothing to doubt."""
        if question.kind is Kind.yes_no and value & YES:
            return False
        return self.session.crossed or question.place != self.session.asked

    def _worse(self, question: Question, *numbers: int) -> int:
        """The number that demands the higher level (a higher age need not), else the higher number."""

        def level(number: int) -> int:
            answers = list(self.session.answers)
            answers[question.place] = number
            return judge(self.protocol, replace(self.session, answers=tuple(answers))).level

        return max(numbers, key=lambda number: (level(number), number))

    def set_floor(self, question: Question) -> None:
        """The answer stays unknown: the level of this encounter is at least the question's floor."""
        answers = list(self.session.answers)
        first = answers[question.place] == UNASKED
        if first:
            answers[question.place] = UNKNOWN
        floor, reason = self.session.floor, self.session.reason
        if question.floor > floor or (question.floor == floor and reason == KEPT):
            floor, reason = question.floor, question.id
        answered = self.session.answered + first
        doubted = self._cleared(question)
        self.set(answers=tuple(answers), answered=answered, floor=floor, reason=reason, doubted=doubted)

    def floor_doubts(self) -> None:
        """What is in doubt stays unknown: it is asked no more."""
        least = self.doubted_floor()
        for question in self.doubted():
            self.set_floor(question)
        self.set(floor=max(self.session.floor, least))

    # telling

    def judged(self) -> Verdict:
        """What everything told so far demands."""
        return judge(self.protocol, self.session)

    def dispose(self, verdict: Verdict, text: str | None = None) -> bool:
        """End the encounter at that level: its words and what staff owe. False where a higher one of
        the last day stands."""
        session, limits = self.session, self.protocol.limits
        lower = self.within(session.told_at, limits.keep_level_h) and session.told_level > verdict.level
        told = session.told_level if lower else verdict.level
        text = text or verdict.text
        at = int(self.moment.at)
        self.add(Dispose(told, text, tuple(rule.id for rule in verdict.rules)))
        self.set(
            stage=Stage.told,
            back_to=Stage.idle,
            level=told,
            text=session.told_text if lower else text,
            ended_at=at,
            doubted=0,
            unfinished=False,
            misses=0,
            in_a_row=0,
            told_level=told,
            told_at=session.told_at if lower else at,
            told_text=session.told_text if lower else text,
            urgent_at=at if told >= Level.urgent_today else session.urgent_at,
        )
        self.say(Say.LOWER_THAN_BEFORE if lower else text)
        self._owe(verdict.level)
        return not lower

    def _owe(self, level: Level) -> None:
        due_min = self.protocol.dispositions[level].task_due_min
        if due_min is not None:
            self.add(Owe(f"told_{level.name}", level, due_min))
        if level >= Level.urgent_today:
            self.add(Leave("urgent"))

    def unfinished(self, reason: str) -> None:
        """Leave the encounter open-ended: its floor is recorded, and staff hear of an open flag or "not
        sure"."""
        floors = (question.floor for question in self._open_questions())
        level = max([self.judged().level, self.doubted_floor(), *floors])
        rules = tuple(rule.id for rule in self.judged().rules)
        self.add(Dispose(level, "", rules, finished=False))
        self.owe_if_open(reason)

    def _open_questions(self) -> list[Question]:
        """The question that stands open, and those in doubt."""
        session = self.session
        return [
            question
            for question in self.protocol.questions
            if question.place == session.asked or self.is_doubted(question)
        ]

    def owe_if_open(self, reason: str) -> None:
        """A staff task where a flag, a doubt or a "not sure" stands open."""
        verdict = self.judged()
        if verdict.level > Level.self_care or self.session.unsure or self.session.doubted:
            level = max(verdict.level, Level.clinician_soon, self.doubted_floor())
            self.add(Owe(reason, level, self.protocol.limits.task_due_min))
