"""The people of the proof: every answer they can give to a question, and which of them tell a flag.

A person answers from their facts alone (`flows.vignettes`). May not: know rules or levels."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

from flows.protocol import NO, NONE, UNKNOWN, YES, Flag, Kind, Level, Protocol, Question, Test
from flows.vignettes import NUMBERS, UNSURE, Case, Given, Told, given

WELL: Mapping[str, Told] = {"age": 40, "severity_0_10": 3, "duration_days": 2}
"""Somebody who is well apart from mild pain since two days."""
TOPS = {"age": 120, "severity_0_10": 10, "duration_days": 60}


def value_of(told: Given, question: Question) -> int:
    """An answer as the machine notes it; UNKNOWN where the person is not sure."""
    if told.word:
        return {"yes": YES, "no": NO, UNSURE: UNKNOWN}[told.word]
    if told.choices is not None:
        return sum(1 << key for key in told.choices) or NONE
    assert told.number is not None
    return told.number if question.kind is Kind.number else 1 << told.number


def given_of(value: int, question: Question) -> Given:
    """The answer that the machine notes so."""
    if value == UNKNOWN:
        return Given(UNSURE)
    if question.kind is Kind.yes_no:
        return Given("yes" if value == YES else "no")
    if question.kind is Kind.number:
        return Given(number=value)
    if question.kind is Kind.menu:
        return Given(number=value.bit_length() - 1)
    return Given(choices=tuple(choice.key for choice in question.choices if value >> choice.key & 1))


@dataclass(frozen=True)
class People:
    """All people of one protocol, question by question."""

    protocol: Protocol

    def answers(self, question: Question) -> tuple[int, ...]:
        """Every answer to a question; of numbers those on both sides of every limit that anything reads."""
        if question.kind is Kind.yes_no:
            return (NO, YES)
        if question.kind is Kind.menu:
            return tuple(1 << choice.key for choice in question.choices)
        if question.kind is Kind.number:
            return self.numbers(question.fact or "", question.low, question.high)
        keys = [choice.key for choice in question.choices]
        subsets = (
            sum(1 << key for place, key in enumerate(keys) if n >> place & 1) for n in range(1 << len(keys))
        )
        return tuple(mask or NONE for mask in subsets)

    def numbers(self, fact: str, low: int, high: int) -> tuple[int, ...]:
        """Both sides of every limit of a fact's number, in rules, flags and choices, and both ends."""
        found = {low, high, *(limit for limit in (WELL.get(fact),) if isinstance(limit, int))}
        for limit in _limits(self.protocol, fact):
            found |= {limit - 1, limit, limit + 1}
        return tuple(sorted(number for number in found if low <= number <= high))

    def alone(self, told: Iterable[Test], edge: bool = False) -> Case:
        """Somebody well of whom just this is true; numbers as near to harmless as may be, or (edge) right
        at the limit."""
        facts = dict(WELL)
        for test in told:
            now = None if edge else facts.get(test.fact)
            facts[test.fact] = bool(test.value) if test.op == "is" else _nearest(now, test)
        return Case("a person", facts, Level.self_care, None)

    def telling(self, flag: Flag) -> tuple[frozenset[int] | None, ...]:
        """The answers that people give of whom this flag is told, one entry a question; None: any at all.

        A fact that takes others out ("old and unchanged") is false unless the flag names it."""
        named = {test.fact for test in flag.told}
        return tuple(
            frozenset(self._given(question, flag)) if named & self.facts(question) else None
            for question in self.protocol.questions
        )

    @cached_property
    def takers(self) -> frozenset[str]:
        """The facts that are read as false somewhere: true, they take a sign out."""
        return frozenset(t.fact for t in _tests(self.protocol) if t.op == "is" and t.value is False)

    @cached_property
    def safe(self) -> frozenset[str]:
        """The facts that speak for being well, because their question's yes is the safe answer."""
        asked = (question for question in self.protocol.questions if question.safe_answer == YES)
        return frozenset(test.fact for question in asked for tests in question.yes_when for test in tests)

    def worse(self, question: Question) -> frozenset[tuple[int, int]]:
        """Pairs of answers of which the second is given once one more fact is true, or the pain is higher."""
        if question.kind is Kind.list:
            keys, all_of = [choice.key for choice in question.choices], self.answers(question)
            return frozenset((m, m & ~NONE | 1 << k) for m in all_of for k in keys if not m >> k & 1)
        pairs: set[tuple[int, int]] = set()
        facts = sorted(self.facts(question) - set(NUMBERS) - self.takers)
        numbers = sorted(self.facts(question) & set(NUMBERS))
        for values in product(*(self._values(fact) for fact in numbers)):
            for truths in product((False, True), repeat=len(facts)):
                told: dict[str, Told] = dict(zip((*facts, *numbers), (*truths, *values), strict=True))
                pairs |= set(self._one_more(question, told, facts))
        return frozenset((less, more) for less, more in pairs if less != more)

    def facts(self, question: Question) -> set[str]:
        """The facts that an answer to this question comes from."""
        told = {test.fact for tests in question.yes_when for test in tests}
        told |= {test.fact for choice in question.choices for tests in choice.true_when for test in tests}
        return told | ({question.fact} if question.fact else set())

    def _one_more(
        self, question: Question, told: dict[str, Told], facts: list[str]
    ) -> Iterator[tuple[int, int]]:
        less = _answer(question, told)
        for fact in facts:
            more = _answer(question, {**told, fact: fact not in self.safe})
            if told[fact] is (fact in self.safe):
                yield less, more
        if "severity_0_10" in told:
            for higher in self._values("severity_0_10"):
                if higher > told["severity_0_10"]:  # type: ignore[operator]
                    yield less, _answer(question, {**told, "severity_0_10": higher})

    def _given(self, question: Question, flag: Flag) -> Iterator[int]:
        if question.kind is not Kind.list:
            for facts in self._some(self.facts(question), flag):
                yield _answer(question, facts)
            return
        ways: list[set[int]] = []
        for choice in question.choices:  # each choice by itself: together they would be too many
            named = {test.fact for tests in choice.true_when for test in tests}
            lone = replace(question, choices=(choice,))
            ways.append({_answer(lone, facts) & ~NONE for facts in self._some(named, flag)})
        for masks in product(*ways):
            yield sum(masks) or NONE

    def _some(self, named: Iterable[str], flag: Flag) -> Iterator[dict[str, Told]]:
        """Every mix of these facts that the flag leaves open."""
        fixed: dict[str, list[Told]] = {
            test.fact: [bool(test.value)] for test in flag.told if test.op == "is"
        }
        facts = sorted(named)
        for values in product(*(fixed.get(fact) or self._free(fact, flag) for fact in facts)):
            yield dict(zip(facts, values, strict=True))

    def _free(self, fact: str, flag: Flag) -> list[Told]:
        if fact in NUMBERS:
            tests = [test for test in flag.told if test.fact == fact]
            return [value for value in self._values(fact) if all(within(value, test) for test in tests)]
        return [False] if fact in self.takers else [False, True]

    def _values(self, fact: str) -> tuple[int, ...]:
        return self.numbers(fact, 0, TOPS[fact])


def _tests(protocol: Protocol) -> Iterator[Test]:
    """Every test by which an answer comes from facts."""
    for question in protocol.questions:
        for true_when in (question.yes_when, *(choice.true_when for choice in question.choices)):
            for tests in true_when:
                yield from tests


def _limits(protocol: Protocol, fact: str) -> Iterator[int]:
    places = {q.place for q in protocol.questions if q.fact == fact}
    read = [condition for rule in protocol.rules for condition in rule.when]
    read += [q.ask_if for q in protocol.questions if q.ask_if is not None]
    read += [condition for d in protocol.dispositions.values() for c in d.texts for condition in c.when]
    for condition in read:
        if condition.place in places:
            yield from (limit for limit in (condition.at_least, condition.under) if limit is not None)
    tests = [*(test for flag in protocol.flags for test in flag.told), *_tests(protocol)]
    yield from (int(test.value) for test in tests if test.fact == fact and test.op != "is")
    if fact == "age":
        yield protocol.limits.adult_age


def _answer(question: Question, facts: Mapping[str, Told]) -> int:
    return value_of(given(Case("a person", facts, Level.self_care, None), question), question)


def within(value: int, test: Test) -> bool:
    """Whether a number keeps to the test's limit."""
    limit = int(test.value)
    return {
        "at_least": value >= limit, "at_most": value <= limit, "above": value > limit, "under": value < limit,
    }[test.op]  # fmt: skip


def _nearest(now: Told | None, test: Test) -> int:
    limit = int(test.value)
    if now is not None and within(int(now), test):
        return int(now)
    return {"at_least": limit, "at_most": limit, "above": limit + 1, "under": limit - 1}[test.op]
