"""Each rule is reached: none is dead, and none is shadowed by others that say the same or more.

The plainest answers that make a rule fire are driven through the engine: whatever else is told can only add
rules,
so a rule that changes nothing there changes nothing at all. May not: judge levels against the oracle."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product

from flows.engine import begin
from flows.proof.finding import answered, taken, transcript
from flows.proof.people import WELL, People, value_of
from flows.proof.straight import End, Node, Straight
from flows.protocol import UNASKED, Condition, Kind, Level, Medium, Protocol, Rule
from flows.rules import fired, judge
from flows.session import Session
from flows.vignettes import Case, given


@dataclass
class Rules:
    """Every rule of the protocol that was walked."""

    walked: Straight
    checked: int = 0
    people: People = field(init=False)

    def __post_init__(self) -> None:
        self.people = People(self.walked.protocol)

    @property
    def protocol(self) -> Protocol:
        """The protocol that was walked."""
        return self.walked.protocol

    def broken(self) -> tuple[str, ...] | None:
        """The first rule that is dead or shadowed."""
        for rule in self.protocol.rules:
            ways = [way for way in map(self.end_with, self._witnesses(rule)) if way is not None]
            reached = [way for way in ways if rule in fired(self.protocol, way[1].merged())]
            if not reached:
                return (f"= rule {rule.id} is dead: no answer set makes it fire",)
            if not any(self._matters(rule, session) for _, session in reached):
                why = f"rule {rule.id} is shadowed: dropping it changes no level and no text"
                language = self.walked.language
                return transcript(
                    self.protocol, language, answered(self.protocol, language, reached[0][0]), why
                )
        return None

    def end_with(self, told: Mapping[str, int]) -> tuple[list[int], Session] | None:
        """The session at the end of these answers, everything else answered well; None where one is not
        heard."""
        path, here = list[int](), Case("a person", WELL, Level.self_care, None)
        node: Node | End = self.walked.start
        while isinstance(node, Node):
            value = told.get(node.question.id, value_of(given(here, node.question), node.question))
            if value not in node.after:
                return None
            path.append(value)
            node = node.after[value]
        session = begin(self.protocol, self.walked.language, Medium.sms).session
        for said in answered(self.protocol, self.walked.language, path):
            session, _ = taken(self.protocol, session, said)
            self.checked += 1
        return path, session

    def _witnesses(self, rule: Rule) -> Iterator[dict[str, int]]:
        """The plainest answers that make the rule fire, one way for each of its choices."""
        conditions = [*rule.when]
        for condition in rule.when:
            gate = self.protocol.questions[condition.place].ask_if
            if gate is not None:
                conditions.append(gate)
        for values in product(*map(self._fulfilling, conditions)):
            told: dict[str, int] = {}
            for condition, value in zip(conditions, values, strict=True):
                told[condition.question] = self._together(condition, told, value)
            yield told

    def _fulfilling(self, condition: Condition) -> list[int]:
        question = self.protocol.questions[condition.place]
        if question.kind is Kind.list:
            return [1 << choice.key for choice in question.choices if condition.mask >> choice.key & 1]
        answers = [UNASKED] * len(self.protocol.questions)
        found = []
        for value in self.people.answers(question):
            answers[question.place] = value
            if condition.holds(tuple(answers)):
                found.append(value)
        return found

    def _together(self, condition: Condition, told: Mapping[str, int], value: int) -> int:
        before, question = told.get(condition.question), self.protocol.questions[condition.place]
        if before is None:
            return value
        return before | value if question.kind is Kind.list else max(before, value)

    def _matters(self, rule: Rule, session: Session) -> bool:
        less = replace(
            self.protocol, rules=tuple(other for other in self.protocol.rules if other is not rule)
        )
        with_it, without = judge(self.protocol, session), judge(less, session)
        return (with_it.level, with_it.text) != (without.level, without.text)
