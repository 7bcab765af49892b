"""flags_reach, the other way round: nobody is told more than the oracle states.

Every raised level must be told by a flag of that level, or be the floor of an answer that stays unknown.
May not: run the engine again where `straight` has been."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_

from flows.proof.finding import answered, transcript
from flows.proof.people import People
from flows.proof.straight import End, Node, Straight
from flows.protocol import UNKNOWN, Flag, Level, Question

Broken = tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Way:
    """Answers up to a question. open: a bit for each flag that they may still tell. stated: the highest level
    of those they have told."""

    node: Node
    open: int
    stated: Level
    before: "Way | None" = None
    told: int | None = None

    def path(self) -> list[int]:
        """The answers that led here."""
        before = self.before.path() if self.before else []
        return before if self.told is None else [*before, self.told]


@dataclass
class Stated:
    """The straight walk, with the flags that its answers tell. Ways on which no flag differs are one."""

    walked: Straight
    checked: int = 0
    flags: Sequence[Flag] = field(init=False)

    def __post_init__(self) -> None:
        self.flags = self.walked.protocol.flags

    def broken(self) -> Broken:
        """The shortest conversation that is told a level which no flag states, or None."""
        first = Way(self.walked.start, (1 << len(self.flags)) - 1, Level.self_care)
        seen, waiting = {self._key(first)}, deque([first])
        while waiting:
            way = waiting.popleft()
            for told, after, left, stated in self._onward(way):
                if isinstance(after, End):
                    if after.level > stated:
                        return self._show([*way.path(), told], after.level, stated)
                    continue
                further = Way(after, left, stated, way, told)
                key = self._key(further)
                if key not in seen:
                    seen.add(key)
                    waiting.append(further)
        return None

    def _key(self, way: Way) -> tuple[int, int, Level]:
        return way.node.number, way.open, way.stated

    def _onward(self, way: Way) -> Iterator[tuple[int, Node | End, int, Level]]:
        """Each answer that differs in what follows or in the flags that it tells."""
        place, seen = way.node.question.place, set[tuple[int, int, Level]]()
        for value, after in way.node.after.items():
            self.checked += 1
            told, floor = self._tell(place, value)
            left = way.open & told
            until = after.question.place if isinstance(after, Node) else len(self._read)
            for skipped in range(place + 1, until):
                left &= ~self._read[skipped]
            stated = max(way.stated, floor, self._highest(left & ~self._later[until]))
            left &= self._later[until] & self._above[stated]
            where = after.number if isinstance(after, Node) else -1 - after.level
            if (where, left, stated) not in seen:
                seen.add((where, left, stated))
                yield value, after, left, stated

    def _tell(self, place: int, value: int) -> tuple[int, Level]:
        """The flags that this answer leaves open, and the floor that it sets."""
        question = self.walked.protocol.questions[place]
        if value == UNKNOWN:
            if question.unsure_is is None:
                return self._all & ~self._read[place], self._floor(question)
            value = question.unsure_is
        return self._all & ~self._read[place] | self._telling[place].get(value, 0), Level.self_care

    def _floor(self, question: Question) -> Level:
        return self.walked.protocol.oracle.unknown.get(question.id, Level.clinician_soon)

    def _highest(self, told: int) -> Level:
        return max((level for level in Level if told & self._of_level[level]), default=Level.self_care)

    @cached_property
    def _all(self) -> int:
        return (1 << len(self.flags)) - 1

    @cached_property
    def _telling(self) -> Sequence[Mapping[int, int]]:
        """By question, the flags that each answer tells."""
        telling: list[dict[int, int]] = [{} for _ in self.walked.protocol.questions]
        people = People(self.walked.protocol)
        for number, flag in enumerate(self.flags):
            for place, may in enumerate(people.telling(flag)):
                for value in may or ():
                    telling[place][value] = telling[place].get(value, 0) | 1 << number
        return telling

    @cached_property
    def _read(self) -> Sequence[int]:
        """By question, the flags that are told by some of its answers only."""
        return [reduce(or_, told.values(), 0) for told in self._telling]

    @cached_property
    def _later(self) -> Sequence[int]:
        """By question, the flags that it or a later one still has to tell."""
        later = [0]
        for flags in reversed(self._read):
            later.append(later[-1] | flags)
        return later[::-1]

    @cached_property
    def _of_level(self) -> Mapping[Level, int]:
        return {
            level: sum(1 << n for n, flag in enumerate(self.flags) if flag.level is level) for level in Level
        }

    @cached_property
    def _above(self) -> Mapping[Level, int]:
        return {level: sum(self._of_level[one] for one in Level if one > level) for level in Level}

    def _show(self, path: list[int], told: Level, stated: Level) -> tuple[str, ...]:
        protocol, language = self.walked.protocol, self.walked.language
        why = f"flags.yaml states {stated.name} for these answers: told {told.name}"
        return transcript(protocol, language, answered(protocol, language, path), why)
