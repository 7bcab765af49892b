"""The person of an example case: what they answer to a question, from their facts alone.

Source: CLINICAL "Facts that example cases use". May not: know rules, levels or stages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from flows.protocol import Kind, Level, Medium, Question, Test

Told = bool | int | float | str
UNSURE = "unsure"
COUNTS_WHEN_UNSURE = "pregnant"  # "or may be": the words of its choice say so
NUMBERS = ("age", "duration_days", "severity_0_10")


class True3(IntEnum):
    """Whether something holds of the person: no, not known, yes."""

    no = 0
    unknown = 1
    yes = 2


@dataclass(frozen=True, slots=True)
class Case:
    """One example case: the person's facts (a fact left out is false), and the levels that are right
    for them."""

    id: str
    facts: Mapping[str, Told]
    least: Level
    most: Level | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, apart from how it is sent: yes, no, unsure, a choice, a list of choices, a number."""

    word: str = ""
    number: int | None = None
    choices: tuple[int, ...] | None = None


def read_case(shape: Mapping[str, object]) -> Case:
    """The case of a parsed file's entry; unknown keys are ignored. KeyError, ValueError: it is no case."""
    facts, least, most = shape["facts"], str(shape["expected_min"]), shape.get("expected_max")
    if not isinstance(facts, Mapping):
        raise ValueError(f"case {shape['id']}: facts must be a mapping of fact to value")
    top = Level[str(most)] if most else None
    return Case(str(shape["id"]), facts, Level[least], top, str(shape.get("reason") or ""))


def answer(case: Case, question: Question, medium: Medium, part: int = 0) -> str:
    """What this person texts, or keys, when they are asked this question (part: the spoken half of a
    list)."""
    return sent(given(case, question), question, medium, part)


def sent(told: Given, question: Question, medium: Medium, part: int = 0) -> str:
    """How this answer is texted, or keyed (part: the spoken half of a list)."""
    return _texted(told) if medium is Medium.sms else _keyed(told, question, part)


def given(case: Case, question: Question) -> Given:
    """What this person would answer, apart from how it is sent."""
    if question.kind is Kind.number:
        number = case.facts.get(question.fact or "")
        return Given(number=int(number)) if isinstance(number, int | float) else Given(UNSURE)
    if question.kind is Kind.yes_no:
        return Given({True3.yes: "yes", True3.no: "no", True3.unknown: UNSURE}[_any(case, question.yes_when)])
    if question.kind is Kind.list:
        true = [choice.key for choice in question.choices if _counts(case, choice.true_when)]
        return Given(choices=tuple(true))
    return _choice(case, question)


def _choice(case: Case, question: Question) -> Given:
    """The worst true choice; "not sure" where a worse one may be true."""
    for choice in sorted(question.choices, key=lambda choice: choice.key, reverse=True):
        truth = _any(case, choice.true_when)
        if truth is True3.unknown:
            return Given(UNSURE)
        if truth is True3.yes:
            return Given(number=choice.key)
    return Given(number=min(choice.key for choice in question.choices))


def _counts(case: Case, true_when: tuple[tuple[Test, ...], ...]) -> bool:
    if _any(case, true_when) is True3.yes:
        return True
    return case.facts.get(COUNTS_WHEN_UNSURE) == UNSURE and any(
        test.fact == COUNTS_WHEN_UNSURE for tests in true_when for test in tests
    )


def _any(case: Case, true_when: Iterable[tuple[Test, ...]]) -> True3:
    return max((min(_holds(case, test) for test in tests) for tests in true_when), default=True3.no)


def _holds(case: Case, test: Test) -> True3:
    told = case.facts.get(test.fact, None if test.fact in NUMBERS else False)
    if test.op == "is":
        if told == UNSURE:
            return True3.unknown if test.value else True3.yes  # only a plain yes takes a sign out
        return True3.yes if bool(told) is test.value else True3.no
    if not isinstance(told, int | float):
        return True3.unknown
    limit = test.value
    holds = {
        "at_least": told >= limit,
        "at_most": told <= limit,
        "above": told > limit,
        "under": told < limit,
    }[test.op]
    return True3.yes if holds else True3.no


def _texted(told: Given) -> str:
    if told.word:
        return {"yes": "YES", "no": "NO", UNSURE: "NOT SURE"}[told.word]
    if told.choices is not None:
        return ",".join(str(key) for key in told.choices) or "0"
    return str(told.number)


def _keyed(told: Given, question: Question, part: int) -> str:
    """One key; or an entry that # ends."""
    if question.kind is Kind.number:
        return f"{told.number}#" if told.number is not None else "#"
    if told.choices is not None:
        here = [str(key) for key in told.choices if key in question.keys_of(part)]
        return ("".join(here) or "0") + "#"
    if question.kind is Kind.yes_no:
        return {"yes": "1", "no": "2", UNSURE: "3"}[told.word]
    return "5" if told.word else str(told.number)
