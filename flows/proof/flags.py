"""flags_reach, denied_is_safe (of the answers themselves) and monotone: what every answer set is told,
against the oracle.

May not: run the engine again where `straight` has been."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product

from flows.proof.finding import answered, transcript
from flows.proof.people import People, value_of, within
from flows.proof.straight import End, Node, Straight
from flows.protocol import UNASKED, UNKNOWN, Flag, Level, Protocol, Question, Test
from flows.vignettes import Case, Told, given

Allowed = Sequence[frozenset[int] | None]
Broken = tuple[str, ...] | None


@dataclass
class Oracle:
    """The straight walk held against `flags.yaml`."""

    walked: Straight
    checked: int = 0
    people: People = field(init=False)

    def __post_init__(self) -> None:
        self.people = People(self.walked.protocol)

    @property
    def protocol(self) -> Protocol:
        """The protocol that was walked."""
        return self.walked.protocol

    def flags_reach(self) -> Broken:
        """Every flag alone, at its lowest over all answer sets, and in pairs."""
        looks = (self._alone, self._lowest, self._pairs)
        return next((broken for look in looks for broken in look()), None)

    def unknown_is_safe(self) -> Broken:
        """No answer set with an unknown answer is told less than the oracle's floor, none is self-care."""
        for question in self.protocol.questions:
            floor = self._floor(question)
            allowed = [frozenset({UNKNOWN}) if q is question else None for q in self.protocol.questions]
            lowest = self._least(allowed, question)
            if lowest is not None and lowest[0].level < floor:
                told = lowest[0].level.name
                why = f'"{question.id}" stays unknown, so {floor.name} is the least: told {told}'
                return self.show(lowest[1], why)
        return next(self._unknown_beside(), None)

    def _floor(self, question: Question) -> Level:
        return self.protocol.oracle.unknown.get(question.id, Level.clinician_soon)

    def _unknown_beside(self) -> Iterator[tuple[str, ...]]:
        """One answer unknown beside each flag: the level and the text that win."""
        for question in self.protocol.questions:
            if question.unsure_is is not None:
                continue
            for flag in self.protocol.flags:
                if self._telling[flag.id][question.place] is not None:
                    continue
                found = self.follow(self.people.alone(flag.told).facts, unknown=question)
                told = self._answers(found[1]) if found else {}
                if found is None or told.get(question.place) != UNKNOWN or not self._was_told(flag, told):
                    continue
                level, text = self._with_unknown(question, flag)
                if found[0] != End(level, text or found[0].text):
                    why = f'{flag.id}, "{question.id}" unknown: {level.name} with {text} is stated'
                    yield self.show(found[1], f"{why}, told {found[0].level.name} with {found[0].text}")

    def _with_unknown(self, question: Question, flag: Flag) -> tuple[Level, str | None]:
        floor = self._floor(question)
        level = max(floor, flag.level)
        named = {other.text for other in self.protocol.flags}
        order = self.protocol.oracle.texts.get(level, ())
        # The text of an unknown answer is the one that no flag names, else the plainest of its level.
        own = next((text for text, tests in order if text not in named and not tests), order[-1][0])
        texts = ({flag.text} if flag.level is level else set()) | ({own} if floor is level else set())
        facts = self.people.alone(flag.told).facts
        for text, tests in order:
            if text in texts or (tests and all(holds(facts, test) for test in tests)):
                return level, text
        return level, None

    def follow(
        self, facts: Mapping[str, Told], unknown: Question | None = None
    ) -> tuple[End, list[int]] | None:
        """How somebody with these facts ends, and what they answered; None where a reply is not heard."""
        case, path = Case("a person", facts, Level.self_care, None), []
        here: Node | End = self.walked.start
        while isinstance(here, Node):
            value = value_of(given(case, here.question), here.question)
            value = UNKNOWN if here.question is unknown else value
            self.checked += 1
            if value not in here.after:
                return None
            path.append(value)
            here = here.after[value]
        return here, path

    def _alone(self) -> Iterator[tuple[str, ...]]:
        for flag in self.protocol.flags:
            found = self.follow(self.people.alone(flag.told).facts)
            if found is None:
                continue
            end, path = found
            if end.level is not flag.level:
                yield self.show(path, f"{flag.id} alone is {flag.level.name}: told {end.level.name}")
            elif flag.text and end.text != flag.text:
                yield self.show(path, f"{flag.id} alone is told with {flag.text}: told with {end.text}")

    def _lowest(self) -> Iterator[tuple[str, ...]]:
        for flag in self.protocol.flags:
            lowest = self._least(self._telling[flag.id])
            if lowest is None:
                yield (f"= {flag.id} can be told by no answer set",)
            elif lowest[0].level is not flag.level:
                told = f"the lowest level over all answer sets is {lowest[0].level.name}"
                yield self.show(lowest[1], f"{flag.id} is {flag.level.name}: {told}")

    def _pairs(self) -> Iterator[tuple[str, ...]]:
        """Two flags together: the level of the worst flag that is true then, and the text that wins."""
        for (one, other), edge in product(combinations(self.protocol.flags, 2), (False, True)):
            facts = self._both(one, other, edge)
            if facts is None:
                continue
            found = self.follow(facts)
            if found is None:
                continue
            end, path = found
            level, text = self._stated(facts, path)
            if end.level is not level:
                yield self.show(path, f"{one.id} and {other.id} are {level.name}: told {end.level.name}")
            elif text and end.text != text:
                yield self.show(path, f"{one.id} and {other.id} are told with {text}: told with {end.text}")

    def _both(self, one: Flag, other: Flag, edge: bool) -> Mapping[str, Told] | None:
        facts = self.people.alone((*one.told, *other.told), edge).facts
        return facts if all(holds(facts, test) for test in (*one.told, *other.told)) else None

    def _stated(self, facts: Mapping[str, Told], path: Sequence[int]) -> tuple[Level, str | None]:
        """The level of somebody with these facts, and the text that wins among flags that were told by
        then."""
        true = [flag for flag in self.protocol.flags if all(holds(facts, test) for test in flag.told)]
        taken_out = self._taken_out(facts)
        counted = [flag for flag in true if not taken_out & {test.fact for test in flag.told}]
        level = max((flag.level for flag in counted), default=Level.self_care)
        told = self._answers(path)
        texts = {flag.text for flag in counted if flag.level is level and self._was_told(flag, told)}
        for text, tests in self.protocol.oracle.texts.get(level, ()):
            if text in texts or (tests and all(holds(facts, test) for test in tests)):
                return level, text
        return level, None

    def _answers(self, path: Sequence[int]) -> Mapping[int, int]:
        """The answers of a path by the place of their question."""
        told: dict[int, int] = {}
        here: Node | End = self.walked.start
        for value in path:
            assert isinstance(here, Node)
            told[here.question.place] = value
            here = here.after[value]
        return told

    def _was_told(self, flag: Flag, told: Mapping[int, int]) -> bool:
        """Whether these answers tell the flag: an emergency ends the questions before some are asked."""
        return all(may is None or told.get(place) in may for place, may in enumerate(self._telling[flag.id]))

    @cached_property
    def _telling(self) -> Mapping[str, Allowed]:
        return {flag.id: self.people.telling(flag) for flag in self.protocol.flags}

    def _taken_out(self, facts: Mapping[str, Told]) -> set[str]:
        """The facts that are true, but that another true fact ("old and unchanged") takes out of every
        answer."""
        true = {fact for fact, value in facts.items() if value is True}
        takers = true & self.people.takers
        if not takers:
            return set()
        kept: set[str] = set()
        for question in self.protocol.questions:
            for way in (question.yes_when, *(choice.true_when for choice in question.choices)):
                for tests in way:
                    if all(holds(facts, test) for test in tests):
                        kept |= {test.fact for test in tests}
        return {fact for fact in true - kept - takers if self._is_read(fact)}

    def _is_read(self, fact: str) -> bool:
        return any(fact in self.people.facts(question) for question in self.protocol.questions)

    def _least(self, allowed: Allowed, must: Question | None = None) -> tuple[End, list[int]] | None:
        """The lowest end over all answer sets of these answers, and the shortest way there. must: it is
        asked."""
        best: dict[int, tuple[End, list[int]] | None] = {}
        for node in reversed(self.walked.nodes_in_order()):
            best[node.number] = self._least_from(node, allowed, must, best)
        return best[self.walked.start.number]

    def _least_from(
        self,
        node: Node,
        allowed: Allowed,
        must: Question | None,
        best: Mapping[int, tuple[End, list[int]] | None],
    ) -> tuple[End, list[int]] | None:
        may = allowed[node.question.place]
        counts = must is None or node.question is must or node.session.answers[must.place] != UNASKED
        found: tuple[End, list[int]] | None = None
        for value, after in node.after.items():
            if may is not None and value not in may:
                continue
            self.checked += 1
            if isinstance(after, End):
                way = (after, [value]) if counts else None
            else:
                rest = best[after.number]
                way = (rest[0], [value, *rest[1]]) if rest else None
            if way and (found is None or (way[0].level, len(way[1])) < (found[0].level, len(found[1]))):
                found = way
        return found

    def show(self, path: Iterable[int], why: str) -> tuple[str, ...]:
        """The conversation of these answers."""
        language = self.walked.language
        return transcript(self.protocol, language, answered(self.protocol, language, list(path)), why)


def holds(facts: Mapping[str, Told], test: Test) -> bool:
    """Whether a fact of a person is so."""
    told = facts.get(test.fact, False)
    if test.op == "is":
        return bool(told) is bool(test.value)
    return within(int(told), test)


# monotone


@dataclass
class Monotone:
    """Two people of whom one has one sign more, or more pain, through the same later answers."""

    walked: Straight
    checked: int = 0

    def broken(self) -> Broken:
        """The shortest conversation of somebody who is told less with more signs, beside that of the
        other."""
        people = People(self.walked.protocol)
        worse = {q.id: people.worse(q) for q in self.walked.protocol.questions}
        pairs: set[tuple[int, int]] = set()
        waiting: list[tuple[Node | End, Node | End, list[int], list[int]]] = []
        for node in self.walked.nodes:
            for less, more in worse[node.question.id]:
                if less in node.after and more in node.after:
                    path = node.path()
                    waiting.append((node.after[less], node.after[more], [*path, less], [*path, more]))
        while waiting:
            less_at, more_at, less_path, more_path = waiting.pop()
            self.checked += 1
            if isinstance(less_at, End) and isinstance(more_at, End):
                if more_at.level < less_at.level:
                    return self._show(less_path, more_path, less_at, more_at)
                continue
            if isinstance(more_at, End) and more_at.level is Level.emergency_now:
                continue
            key = (_number(less_at), _number(more_at))
            if less_at is more_at or key in pairs:
                continue
            pairs.add(key)
            waiting += list(_onward(less_at, more_at, less_path, more_path))
        return None

    def boundaries(self) -> list[tuple[str, list[int]]]:
        """The limits at which a number's level may change either way: they are exempt."""
        people = People(self.walked.protocol)
        questions = [q for q in self.walked.protocol.questions if not people.worse(q)]
        return [(q.id, list(people.answers(q)) if q.fact else [c.key for c in q.choices]) for q in questions]

    def _show(self, less: list[int], more: list[int], was: End, now: End) -> tuple[str, ...]:
        protocol, language = self.walked.protocol, self.walked.language
        first = transcript(protocol, language, answered(protocol, language, less))
        second = transcript(protocol, language, answered(protocol, language, more))
        return (
            *first,
            "= and with one sign more",
            *second,
            f"= {was.level.name} before, {now.level.name} with more",
        )


def _number(here: Node | End) -> int:
    return here.number if isinstance(here, Node) else -1 - here.level


def _onward(
    less: Node | End, more: Node | End, less_path: list[int], more_path: list[int]
) -> Iterator[tuple[Node | End, Node | End, list[int], list[int]]]:
    """Both give the same answers to what comes; whoever is asked something more, by itself, gives any."""
    places = [here.question.place for here in (less, more) if isinstance(here, Node)]
    first = min(places)
    less_asks = isinstance(less, Node) and less.question.place == first
    more_asks = isinstance(more, Node) and more.question.place == first
    asked = less if less_asks else more
    assert isinstance(asked, Node)
    for value in asked.after:
        next_less, next_more = less, more
        if less_asks:
            assert isinstance(less, Node)
            next_less = less.after[value]
        if more_asks:
            assert isinstance(more, Node)
            if value not in more.after:
                continue
            next_more = more.after[value]
        yield (
            next_less,
            next_more,
            [*less_path, value] if less_asks else less_path,
            [*more_path, value] if more_asks else more_path,
        )
