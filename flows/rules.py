"""Judging the answers: which rules fired, the level they demand, and the text it is told with.

Pure and short, so that the proof can drive it. May not: know stages, channels or times."""

from collections.abc import Iterator
from dataclasses import dataclass

from flows.heard import Heard
from flows.heard import Kind as Reply
from flows.protocol import NO, NONE, UNASKED, YES, Candidate, Kind, Level, Protocol, Question, Rule, Test
from flows.session import Session

KEPT = "kept"  # the reason of a floor that an unfinished encounter left behind


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the answers so far demand: a level, the rules that fired at any level, the text of that level."""

    level: Level
    rules: tuple[Rule, ...]
    text: str


def fired(protocol: Protocol, answers: tuple[int, ...]) -> tuple[Rule, ...]:
    """The rules whose every condition holds, in the order of the file."""
    found = []
    for rule in protocol.rules:  # plain loops: the proof takes this step half a million times
        for condition in rule.when:
            if not condition.holds(answers):
                break
        else:
            found.append(rule)
    return tuple(found)


def judge(protocol: Protocol, session: Session) -> Verdict:
    """The level of everything told so far and of every floor that was set, and its text."""
    answers = session.merged()
    rules = fired(protocol, answers)
    level = max([session.floor, *(rule.level for rule in rules)])
    return Verdict(level, rules, _text(protocol, session, answers, rules, level))


def is_emergency(protocol: Protocol, answers: tuple[int, ...]) -> bool:
    """Whether these answers end the questions at once."""
    return any(rule.level is Level.emergency_now for rule in fired(protocol, answers))


def next_question(protocol: Protocol, session: Session) -> Question | None:
    """The first question that was not asked yet and that these answers call for."""
    answers = session.merged()
    for question in protocol.questions:
        if session.answers[question.place] == UNASKED and _called_for(question, answers):
            return question
    return None


def flags_of(protocol: Protocol, answers: tuple[int, ...]) -> tuple[int, ...]:
    """Only the signs among the answers: what is kept for a day when an encounter was not finished."""
    return tuple(
        told & sign_mask(question) if told > 0 else 0 for question, told in _pairs(protocol, answers)
    )


def sign_answers(protocol: Protocol, sign: str) -> tuple[tuple[Question, int], ...]:
    """The questions that a sign (a fact's name) answers by itself, with the mask it gives each."""
    known = protocol.answers_of_signs
    if sign not in known:
        masks = ((question, _mask_of(question, sign)) for question in protocol.questions)
        known[sign] = tuple((question, mask) for question, mask in masks if mask)
    return known[sign]


def signs_of_question(protocol: Protocol, question: Question) -> tuple[str, ...]:
    """The signs that this question asks for."""
    told = (question.yes_when, *(choice.true_when for choice in question.choices))
    facts = dict.fromkeys(test.fact for one in told for tests in one for test in tests)
    return tuple(fact for fact in facts if is_of(protocol, fact, question))


def is_of(protocol: Protocol, sign: str, question: Question) -> bool:
    """Whether this question asks for that sign."""
    return any(found is question for found, _ in sign_answers(protocol, sign))


def _called_for(question: Question, answers: tuple[int, ...]) -> bool:
    return question.ask_if is None or question.ask_if.holds(answers)


def _pairs(protocol: Protocol, answers: tuple[int, ...]) -> Iterator[tuple[Question, int]]:
    return zip(protocol.questions, answers, strict=True)


def sign_mask(question: Question) -> int:
    """The answers to this question that are signs by themselves: its yes, or the choices of plain facts."""
    if question.kind is Kind.yes_no:
        return YES if question.safe_answer == NO else 0
    plain = [choice for choice in question.choices if choice.true_when and _is_plain(choice.true_when)]
    return sum(1 << choice.key for choice in plain)


def signs_in(question: Question, mask: int) -> int:
    """The signs among the choices of an answer to this question: a mask. A number has none by itself."""
    return 0 if question.kind is Kind.number else mask & ~NONE & sign_mask(question)


def may_tell(question: Question, heard: Heard) -> int:
    """The signs that a reply tells to this question, or may: "not sure" is no "no"."""
    return signs_in(question, sign_mask(question) if heard.kind is Reply.unsure else heard.mask)


def _is_plain(true_when: tuple[tuple[Test, ...], ...]) -> bool:
    return all(test.op == "is" for tests in true_when for test in tests)


def _mask_of(question: Question, sign: str) -> int:
    if question.kind is Kind.yes_no:
        return YES if question.safe_answer == NO and _told_by(question.yes_when, sign) else 0
    return sum(1 << choice.key for choice in question.choices if _told_by(choice.true_when, sign))


def _told_by(true_when: tuple[tuple[Test, ...], ...], sign: str) -> bool:
    """Whether one of the conjunctions is true of a person of whom nothing else is known."""
    return any(_alone(tests, sign) for tests in true_when)


def _alone(tests: tuple[Test, ...], sign: str) -> bool:
    return any(test.fact == sign and test.value is True for test in tests) and all(
        test.op == "is" and (test.fact == sign or test.value is False) for test in tests
    )


def _text(
    protocol: Protocol, session: Session, answers: tuple[int, ...], rules: tuple[Rule, ...], level: Level
) -> str:
    named = {rule.text for rule in rules if rule.level is level}
    candidates = protocol.dispositions[level].texts
    for candidate in candidates:
        if _fits(candidate, session, answers, named, level):
            return candidate.text
    return candidates[-1].text  # a floor with no text of its own: the plainest of the level


def _fits(
    candidate: Candidate, session: Session, answers: tuple[int, ...], named: set[str], level: Level
) -> bool:
    if candidate.floor:
        return session.floor is level and session.reason != KEPT
    if candidate.when:
        return all(condition.holds(answers) for condition in candidate.when)
    return candidate.text in named
