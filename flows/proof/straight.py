"""Every answer set at once: the walk over all explicit answers and "not sure", by text, through the real
engine.

Each node is a session at a fresh question; answers lead to the next node or to an end. What can no longer
differ is one node (`merging.py`). May not: judge what it finds."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from flows.effects import Dispose, Effect
from flows.engine import Moment, advance, begin
from flows.heard import Heard, Kind
from flows.proof.merging import Key, Merging
from flows.proof.people import People
from flows.proof.sayings import Sayings
from flows.protocol import UNKNOWN, Level, Medium, Protocol, Question
from flows.session import Session, Stage

BASE = 1_800_000_000.0  # every step is taken at this moment: only differences of time are ever read
MOST_TRIES = 12
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class End:
    """How an encounter ended."""

    level: Level
    text: str


@dataclass(slots=True, repr=False)  # its parent and all that follows would be told with it
class Node:
    """Sessions that cannot differ in what follows, one of them, and how it was reached first."""

    number: int
    session: Session
    question: Question
    parent: "Node | None"
    told: int | None
    after: dict[int, "Node | End"] = field(default_factory=dict)

    def path(self) -> list[int]:
        """The answers that led here."""
        before = self.parent.path() if self.parent else []
        return before if self.told is None else [*before, self.told]


@dataclass(repr=False)
class Straight:
    """All answer sets of a protocol in one language. misheard: answers that no word tells."""

    protocol: Protocol
    language: str
    start: Node
    nodes: list[Node]
    misheard: list[tuple[Question, int]]
    steps: int = 0

    def count(self) -> int:
        """How many answer sets these nodes stand for; of numbers only those on both sides of every limit."""
        ways: dict[int, int] = {}
        for node in reversed(self.nodes_in_order()):
            after = node.after.values()
            ways[node.number] = sum(ways[one.number] if isinstance(one, Node) else 1 for one in after)
        return ways[self.start.number]

    def nodes_in_order(self) -> list[Node]:
        """Every node before those that its answers lead to."""
        done: dict[int, Node] = {}
        stack: list[tuple[Node, bool]] = [(self.start, False)]
        while stack:
            node, all_after = stack.pop()
            if all_after:
                done[node.number] = node
            elif node.number not in done:
                stack.append((node, True))
                stack += ((after, False) for after in node.after.values() if isinstance(after, Node))
        return list(reversed(done.values()))

    def ends(self) -> Iterator[tuple[Node, int, End]]:
        """Every answer that ends an encounter."""
        for node in self.nodes:
            for told, after in node.after.items():
                if isinstance(after, End):
                    yield node, told, after


def walk(protocol: Protocol, language: str, progress: Progress | None = None) -> Straight:
    """Every answer of every question from the first one on."""
    walker = _Walker(protocol, language)
    return walker.walk(progress or _silent)


def step(
    protocol: Protocol, session: Session, heard: Heard, after_s: float = 0
) -> tuple[Session, tuple[Effect, ...]]:
    """One turn of the real engine, so many seconds after the last one."""
    turn = advance(protocol, session, heard, Moment(BASE + after_s))
    return turn.session, turn.effects


def opened(
    protocol: Protocol, language: str, medium: Medium = Medium.sms
) -> tuple[Session, tuple[Effect, ...]]:
    """The session of a new contact at the first question, and what was said on the way."""
    session = begin(protocol, language, medium).session
    if medium is Medium.sms:
        return step(protocol, session, Heard(Kind.back))
    session, said = step(protocol, session, Heard(Kind.call_began))
    session, more = step(protocol, session, Heard(Kind.silence))
    return session, said + more


def end_of(session: Session, effects: tuple[Effect, ...]) -> End | None:
    """How these effects end the encounter, or None where it goes on."""
    for effect in effects:
        if isinstance(effect, Dispose) and effect.finished:
            return End(effect.level, effect.text)
    return None


class _Walker:
    def __init__(self, protocol: Protocol, language: str) -> None:
        self.protocol, self.language = protocol, language
        self.people, self.merging = People(protocol), Merging(protocol)
        self.sayings = Sayings(protocol, language)
        self.nodes: dict[Key, Node] = {}
        self.answers = {q.id: (*self.people.answers(q), UNKNOWN) for q in protocol.questions}
        self.misheard: dict[tuple[str, int], tuple[Question, int]] = {}
        self.steps = 0

    def walk(self, progress: Progress) -> Straight:
        session, _ = opened(self.protocol, self.language)
        start = Node(0, session, self.protocol.questions[session.asked], None, None)
        self.nodes[self.merging.key(session)] = start
        waiting = deque([start])
        while waiting:
            node = waiting.popleft()
            for value in self.answers[node.question.id]:
                fresh = self._follow(node, value)
                if fresh is not None:
                    waiting.append(fresh)
            progress(self.steps)
        nodes = list(self.nodes.values())
        return Straight(self.protocol, self.language, start, nodes, list(self.misheard.values()), self.steps)

    def _follow(self, node: Node, value: int) -> Node | None:
        """Lead the answer somewhere; the node where it is a new one."""
        said = self.sayings.reply(node.question, value)
        if said is None:
            self.misheard[node.question.id, value] = (node.question, value)
            return None
        session, end = self._told(node, said[1])
        if end is not None:
            node.after[value] = end
            return None
        key = self.merging.key(session)
        found = self.nodes.get(key)
        if found is None:
            asked = self.protocol.questions[session.asked]
            found = self.nodes[key] = Node(len(self.nodes), session, asked, node, value)
            node.after[value] = found
            return found
        node.after[value] = found
        return None

    def _told(self, node: Node, heard: Heard) -> tuple[Session, End | None]:
        """The reply, again where it is asked again ("not sure")."""
        session = node.session
        for _ in range(MOST_TRIES):
            session, effects = step(self.protocol, session, heard)
            self.steps += 1
            end = end_of(session, effects)
            if end is not None or session.stage is not Stage.asking:
                return session, end or End(session.level, session.text)
            if session.asked != node.session.asked:
                return session, None
        return session, End(Level.self_care, "")  # never went on: `bounded` tells of it


def _silent(_: int) -> None:
    return None
