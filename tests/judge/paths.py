"""The answer paths that judges of others are driven over: all counted, a uniform sample, the boundaries.

A path is one answer a question, in order, to the emergency or the end. An answer is written as the exports
take it: a key, a tuple of keys, a number; "unsure" (None where a number is asked) stays without an answer."""

from dataclasses import dataclass, field, replace
from itertools import combinations, product
from random import Random

from flows.effects import Dispose
from flows.engine import Moment, Turn, advance, begin
from flows.exchange.outline import answer_keys, spans
from flows.heard import Heard
from flows.heard import Kind as Hears
from flows.protocol import NONE, UNASKED, UNKNOWN, Condition, Kind, Level, Medium, Protocol, Question
from flows.rules import is_emergency, next_question
from flows.session import blank

Answer = str | int | tuple[str, ...] | None
Path = tuple[Answer, ...]
UNSURE = "unsure"


def value_of(question: Question, answer: Answer) -> int:
    """The answer as our machine notes it; UNKNOWN where it stays without one."""
    if answer is None or answer == UNSURE:
        return UNKNOWN if question.unsure_is is None else question.unsure_is
    if isinstance(answer, int):
        return answer
    keys = answer_keys(question)
    told = sum({keys[key] for key in ((answer,) if isinstance(answer, str) else answer)})
    return told or NONE


def answers_to(question: Question) -> tuple[Answer, ...]:
    """Every answer to a question."""
    if question.kind is Kind.number:
        return (*range(question.low, question.high + 1), None)
    keys = [key for key in answer_keys(question) if key != UNSURE]
    if question.kind is not Kind.list:
        return (*keys, UNSURE)
    keys.remove("0")
    some = [told for size in range(1, len(keys) + 1) for told in combinations(keys, size)]
    return (("0",), *some, (UNSURE,))


def told_by_us(protocol: Protocol, path: Path) -> tuple[Level, str]:
    """The level and text that our engine ends this path with. AssertionError: it asked more or less."""
    turn = first_turn(protocol)
    for answer in path:
        assert not disposed(turn), "ended before the path did"
        turn = answer_once(protocol, turn, answer)
    ends = disposed(turn)
    assert ends, "asked for more than the path has"
    return ends[0].level, ends[0].text


def first_turn(protocol: Protocol) -> Turn:
    """A person by text, at the first question."""
    start = begin(protocol, next(iter(protocol.languages)), Medium.sms)
    return advance(protocol, start.session, Heard(Hears.back), Moment(0))


def answer_once(protocol: Protocol, turn: Turn, answer: Answer) -> Turn:
    """One answer; "not sure" as often as it takes to stay so."""
    question = protocol.questions[turn.session.asked]
    if answer is None or answer in (UNSURE, (UNSURE,)):
        times = 1 if question.unsure_is is not None else protocol.limits.unsure
        for _ in range(times):
            turn = advance(protocol, turn.session, Heard(Hears.unsure), Moment(0))
        return turn
    return advance(protocol, turn.session, Heard(Hears.answer, value_of(question, answer)), Moment(0))


def disposed(turn: Turn) -> list[Dispose]:
    """The end of the encounter, where this turn told one."""
    return [effect for effect in turn.effects if isinstance(effect, Dispose)]


def edges(protocol: Protocol, question: Question, listed: int) -> list[Answer]:
    """The answers at which something may change: both ends of every span, short lists and the whole one."""
    if question.kind is Kind.number:
        return [*dict.fromkeys(end for span in spans(protocol, question) for end in span), None]
    answers = answers_to(question)
    if question.kind is not Kind.list:
        return list(answers)
    longest = max(len(answer) for answer in answers if isinstance(answer, tuple))
    return [
        answer
        for answer in answers
        if isinstance(answer, tuple) and len(answer) in (*range(listed + 1), longest)
    ]


def plain(protocol: Protocol, question: Question) -> Answer:
    """The answer of somebody with nothing but back pain: no rule reads it alone."""
    fired = [rule.when for rule in protocol.rules if len(rule.when) == 1]
    for answer in (("0",),) if question.kind is Kind.list else edges(protocol, question, 0):
        told = [UNASKED] * len(protocol.questions)
        told[question.place] = value_of(question, answer)
        if told[question.place] >= 0 and not any(when[0].holds(tuple(told)) for when in fired):
            if question.kind is not Kind.yes_no or told[question.place] == question.safe_answer:
                return answer
    raise AssertionError(f"{question.id} has no plain answer")


@dataclass
class Paths:
    """All paths of one protocol, counted without being walked."""

    protocol: Protocol
    read: tuple[Condition, ...] = ()
    classes: dict[str, dict[tuple[bool, ...], list[Answer]]] = field(default_factory=dict)
    counted: dict[tuple[object, ...], int] = field(default_factory=dict)
    asked: dict[tuple[object, ...], Question | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.plain = {question.id: plain(self.protocol, question) for question in self.protocol.questions}
        self.blank = blank(self.protocol, next(iter(self.protocol.languages)), Medium.sms)
        ending = [rule.when for rule in self.protocol.rules if rule.level is Level.emergency_now]
        gates = [question.ask_if for question in self.protocol.questions if question.ask_if is not None]
        self.read = tuple(dict.fromkeys([condition for when in ending for condition in when] + gates))
        for question in self.protocol.questions:
            self.classes[question.id] = {}
            for answer in answers_to(question):
                kind = self._kind(question, answer)
                self.classes[question.id].setdefault(kind, []).append(answer)

    def _kind(self, question: Question, answer: Answer) -> tuple[bool, ...]:
        """What the rest of a path may still read of an answer: paths that agree in it go on alike."""
        told = [UNASKED] * len(self.protocol.questions)
        told[question.place] = self._value(question, answer)
        own = [condition for condition in self.read if condition.place == question.place]
        return tuple(condition.holds(tuple(told)) for condition in own)

    def _value(self, question: Question, answer: Answer) -> int:
        return UNKNOWN if answer == (UNSURE,) else value_of(question, answer)

    def count(self) -> int:
        """How many paths there are."""
        return self._below((UNASKED,) * len(self.protocol.questions))

    def sample(self, size: int, seed: int) -> list[Path]:
        """So many paths, each as likely as any other, drawn with replacement."""
        chance = Random(seed)
        return [self._draw(chance) for _ in range(size)]

    def _draw(self, chance: Random) -> Path:
        told, path = (UNASKED,) * len(self.protocol.questions), []
        while question := self._next(told):
            kinds = list(self.classes[question.id].values())
            weights = [len(alike) * self._below(self._with(told, question, alike[0])) for alike in kinds]
            answer = chance.choice(chance.choices(kinds, weights)[0])
            told = self._with(told, question, answer)
            path.append(answer)
        return tuple(path)

    def boundary(self, changed: int, listed: int) -> list[Path]:
        """Every path that differs from the plain one in at most `changed` answers: numbers at the edges of
        their spans, lists of at most `listed` choices or of all."""
        other = [
            [(q.id, answer) for answer in edges(self.protocol, q, listed) if answer != self.plain[q.id]]
            for q in self.protocol.questions
        ]
        found = dict.fromkeys(
            self._walk(dict(changes))
            for size in range(changed + 1)
            for places in combinations(other, size)
            for changes in product(*places)
        )
        return list(found)

    def _walk(self, changes: dict[str, Answer]) -> Path:
        told, path = (UNASKED,) * len(self.protocol.questions), []
        while question := self._next(told):
            answer = changes[question.id] if question.id in changes else self.plain[question.id]
            told = self._with(told, question, answer)
            path.append(answer)
        return tuple(path)

    def _next(self, told: tuple[int, ...]) -> Question | None:
        """What our rules ask next; paths that agree in what is still read are asked the same."""
        key = self._key(told)
        if key not in self.asked:
            session = replace(self.blank, answers=told)
            over = is_emergency(self.protocol, told)
            self.asked[key] = None if over else next_question(self.protocol, session)
        return self.asked[key]

    def _below(self, told: tuple[int, ...]) -> int:
        key = self._key(told)
        if key not in self.counted:
            question = self._next(told)
            kinds = self.classes[question.id].values() if question else ()
            ways = (
                len(alike) * self._below(self._with(told, question, alike[0])) for alike in kinds if question
            )
            self.counted[key] = sum(ways) if question else 1
        return self.counted[key]

    def _key(self, told: tuple[int, ...]) -> tuple[object, ...]:
        truths = tuple(condition.holds(told) for condition in self.read)
        return truths, tuple(value == UNASKED for value in told)

    def _with(self, told: tuple[int, ...], question: Question, answer: Answer) -> tuple[int, ...]:
        return (*told[: question.place], self._value(question, answer), *told[question.place + 1 :])
