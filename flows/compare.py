"""What a change of the protocol does to people: which answer sets are told another level, how many, and
the plainest of each.

Counts every answer set of both protocols at once, merging those that can no longer differ. May not: run
the engine, or say
whether a change is right."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flows.protocol import NO, NONE, UNKNOWN, YES, Condition, Kind, Level, Protocol, Question

Path = tuple[tuple[str, str], ...]
NOT_ASKED = None


@dataclass(frozen=True, slots=True)
class Moved:
    """Answer sets that were told `old` and are told `new` now: how many, and one with the fewest signs
    in it."""

    old: Level
    new: Level
    count: int
    example: Path


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every pair of levels that some answer set moves between, and how many stay."""

    same: int
    moved: tuple[Moved, ...]

    @property
    def up(self) -> int:
        """How many answer sets are told a higher level than before."""
        return sum(moved.count for moved in self.moved if moved.new > moved.old)

    @property
    def down(self) -> int:
        """How many answer sets are told a lower level than before."""
        return sum(moved.count for moved in self.moved if moved.new < moved.old)


def compare(old: Protocol, new: Protocol) -> Comparison:
    """Both protocols over every answer set: each answer of each question, and "unknown", where it is
    asked."""
    sides = (_Side.of(old), _Side.of(new))
    front = {(sides[0].start, sides[1].start): _Way(1, 0, ())}
    for id in _order(old, new):
        front = _step(id, sides, front)
    return _told(front)


@dataclass(frozen=True, slots=True)
class _State:
    """Where one protocol stands: the level so far, and what may still fire or open a question."""

    level: Level
    alive: frozenset[int]
    gates: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Way:
    """How many answer sets lead here, and the plainest of them."""

    count: int
    signs: int
    path: Path

    def plus(self, other: "_Way | None") -> "_Way":
        """Both ways together."""
        if other is None:
            return self
        plain = min(self, other, key=lambda way: (way.signs, len(way.path)))
        return _Way(self.count + other.count, plain.signs, plain.path)


Front = dict[tuple[_State, _State], _Way]


@dataclass(frozen=True)
class _Side:
    """One protocol, ready to be stepped through question by question."""

    protocol: Protocol
    questions: Mapping[str, Question]
    last: Mapping[int, str] = field(default_factory=dict)  # rule -> the last question it reads

    @classmethod
    def of(cls, protocol: Protocol) -> "_Side":
        places = {question.id: question.place for question in protocol.questions}
        last = {
            number: max((condition.question for condition in rule.when), key=lambda id: places[id])
            for number, rule in enumerate(protocol.rules)
        }
        return cls(protocol, {question.id: question for question in protocol.questions}, last)

    @property
    def start(self) -> _State:
        return _State(Level.self_care, frozenset(range(len(self.protocol.rules))))

    def asks(self, id: str, state: _State) -> bool:
        question = self.questions.get(id)
        return question is not None and (question.ask_if is None or id in state.gates)

    def after(self, id: str, state: _State, told: int | None) -> _State:
        """The state after the question of that id; told None: it was not asked."""
        question = self.questions.get(id)
        if question is None:
            return state
        level = max(state.level, question.floor) if told == UNKNOWN else state.level
        alive = []
        for number in state.alive:
            rule = self.protocol.rules[number]
            if not all(_holds(condition, told) for condition in rule.when if condition.question == id):
                continue
            if self.last[number] == id:
                level = max(level, rule.level)
            else:
                alive.append(number)
        kept = frozenset(number for number in alive if self.protocol.rules[number].level > level)
        return _State(level, kept, state.gates | self._opened(id, told))

    def _opened(self, id: str, told: int | None) -> frozenset[str]:
        gated = (q for q in self.protocol.questions if q.ask_if is not None and q.ask_if.question == id)
        return frozenset(q.id for q in gated if q.ask_if is not None and _holds(q.ask_if, told))

    def conditions(self, id: str) -> Iterator[Condition]:
        for rule in self.protocol.rules:
            yield from (condition for condition in rule.when if condition.question == id)
        yield from (
            q.ask_if for q in self.protocol.questions if q.ask_if is not None and q.ask_if.question == id
        )


def _order(old: Protocol, new: Protocol) -> list[str]:
    ids = [question.id for question in new.questions]
    return ids + [question.id for question in old.questions if question.id not in ids]


def _step(id: str, sides: tuple[_Side, _Side], front: Front) -> Front:
    classes = _classes(id, sides)
    after: Front = {}
    for (old, new), way in front.items():
        asked = (sides[0].asks(id, old), sides[1].asks(id, new))
        answers = classes if any(asked) else [(NOT_ASKED, 1, "", 0)]
        for told, count, words, signs in answers:
            key = (
                sides[0].after(id, old, told if asked[0] else NOT_ASKED),
                sides[1].after(id, new, told if asked[1] else NOT_ASKED),
            )
            path = (*way.path, (id, words)) if words else way.path
            after[key] = _Way(way.count * count, way.signs + signs, path).plus(after.get(key))
    return after


def _classes(id: str, sides: tuple[_Side, _Side]) -> list[tuple[int | None, int, str, int]]:
    """The answers to a question that any condition of either side can tell apart: one of each, how many, in
    words, and how many conditions it fulfils (the fewer, the plainer)."""
    conditions = [condition for side in sides for condition in side.conditions(id)]
    question = sides[1].questions.get(id) or sides[0].questions[id]
    found: dict[tuple[bool, ...], tuple[int, int, str]] = {}
    for told, words in _answers(question):
        key = (told == UNKNOWN, *(_holds(condition, told) for condition in conditions))
        first = found.get(key, (told, 0, words))
        found[key] = (first[0], first[1] + 1, first[2])
    return [(told, count, words, sum(key)) for key, (told, count, words) in found.items()]


def _answers(question: Question) -> Iterator[tuple[int, str]]:
    """Every answer of a question: its value and its words."""
    if question.kind is Kind.yes_no:
        yield from ((NO, "no"), (YES, "yes"))
    elif question.kind is Kind.menu:
        yield from ((1 << choice.key, str(choice.key)) for choice in question.choices)
    elif question.kind is Kind.list:
        yield from _subsets([choice.key for choice in question.choices])
    else:
        yield from ((number, str(number)) for number in range(question.low, question.high + 1))
    yield UNKNOWN, "not sure"


def _subsets(keys: list[int]) -> Iterator[tuple[int, str]]:
    for picked in range(1 << len(keys)):
        told = [key for place, key in enumerate(keys) if picked >> place & 1]
        yield sum(1 << key for key in told) or NONE, ",".join(map(str, told)) or "0"


def _holds(condition: Condition, told: int | None) -> bool:
    if told is None or told < 0:
        return False
    if condition.mask:
        return bool(told & condition.mask)
    return (condition.at_least is None or told >= condition.at_least) and (
        condition.under is None or told < condition.under
    )


def _told(front: Front) -> Comparison:
    pairs: dict[tuple[Level, Level], _Way] = {}
    for (old, new), way in front.items():
        key = (old.level, new.level)
        pairs[key] = way.plus(pairs.get(key))
    same = sum(way.count for (old, new), way in pairs.items() if old is new)
    moved = [Moved(old, new, way.count, way.path) for (old, new), way in pairs.items() if old is not new]
    return Comparison(same, tuple(sorted(moved, key=lambda one: (one.new - one.old, one.old))))
