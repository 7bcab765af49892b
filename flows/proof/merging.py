"""Which sessions cannot differ in what follows: one key for all of them.

Two sessions have the same key where the same question stands open after the same tries, at the same level
with the same text, and every condition that a higher rule not yet fired, a text that would win, or a question
not yet asked still reads is alike. The tests
hold this against a walk without any merging. May not: run the engine."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from flows.protocol import UNASKED, Condition, Level, Protocol
from flows.rules import KEPT, sign_mask
from flows.session import Session

Key = tuple[object, ...]
LAST = 99  # the rank of a text that its disposition does not list


@dataclass
class Merging:
    """The conditions of one protocol as bits, ready to make keys. told_aside: whether signs may be told
    beside the answers, so that an answered question may still change for the worse."""

    protocol: Protocol
    told_aside: bool = False
    _places: list[list[tuple[int, Condition]]] = field(default_factory=list)
    _rules: list[tuple[Level, int, int]] = field(default_factory=list)  # level, rank of its text, its bits
    _chosen: list[tuple[Level, int, int]] = field(default_factory=list)  # texts that win by a condition
    _gates: list[tuple[int, int]] = field(default_factory=list)
    _keys: dict[Key, Key] = field(default_factory=dict)
    _truths: dict[tuple[int, int], int] = field(default_factory=dict)
    _ranks: dict[tuple[Level, str], int] = field(default_factory=dict)
    _raisable: int = 0

    def __post_init__(self) -> None:
        bits: dict[Condition, int] = {}
        for condition in self._conditions():
            bits.setdefault(condition, 1 << len(bits))
        self._places = [[] for _ in self.protocol.questions]
        for condition, bit in bits.items():
            self._places[condition.place].append((bit, condition))
            if self.told_aside and condition.mask & sign_mask(self.protocol.questions[condition.place]):
                self._raisable |= bit
        self._ranks = {
            (level, candidate.text): rank
            for level, disposition in self.protocol.dispositions.items()
            for rank, candidate in enumerate(disposition.texts)
        }
        for rule in self.protocol.rules:
            rank = self._ranks.get((rule.level, rule.text), LAST)
            self._rules.append((rule.level, rank, sum({bits[condition] for condition in rule.when})))
        for level, disposition in self.protocol.dispositions.items():
            for rank, candidate in enumerate(disposition.texts):
                if candidate.when:
                    self._chosen.append((level, rank, sum({bits[condition] for condition in candidate.when})))
        for question in self.protocol.questions:
            if question.ask_if is not None:
                self._gates.append((question.place, bits[question.ask_if]))

    def key(self, session: Session) -> Key:
        """The key of a session whose encounter is open."""
        kept = session.reason == KEPT
        facts = (session.answers, session.raised, session.asked, session.before, session.floor, kept)
        known = self._keys.get(facts)
        if known is None:
            known = self._keys[facts] = self._key(session)
        return known

    def _key(self, session: Session) -> Key:
        truth, changing, unasked = 0, self._raisable, 0
        for place, told in enumerate(session.merged()):
            truth |= self.truth(place, told)
            if session.answers[place] == UNASKED:
                unasked |= 1 << place
            if session.answers[place] == UNASKED or place == session.asked:
                changing |= sum(bit for bit, _ in self._places[place])
            elif self.told_aside and place == session.before:
                changing |= sum(bit for bit, _ in self._places[place])
        now = self._now(session, truth)
        read = 0
        for level, rank, bits in self._rules:
            if (level, -rank) > now and not (bits & ~truth & ~changing):
                read |= bits
        for level, _, bits in self._chosen:
            if level >= now[0]:
                read |= bits
        for place, bit in self._gates:
            if unasked >> place & 1:
                read |= bit
        return (session.asked, unasked, now, truth & read)

    @staticmethod
    def level(key: Key) -> Level:
        """The level so far of a session with this key."""
        now = key[2]
        assert isinstance(now, tuple)
        return Level(now[0])

    def _now(self, session: Session, truth: int) -> tuple[Level, int]:
        """The level so far, and how early its text stands among those of the level."""
        level = max([session.floor, *(level for level, _, bits in self._rules if truth & bits == bits)])
        ranks = [rank for at, rank, bits in self._rules if at is level and truth & bits == bits]
        for rank, candidate in enumerate(self.protocol.dispositions[level].texts):
            if candidate.floor and session.floor is level and session.reason != KEPT:
                ranks.append(rank)
        ranks += [rank for at, rank, bits in self._chosen if at is level and truth & bits == bits]
        return level, -min(ranks, default=LAST)

    def truth(self, place: int, told: int) -> int:
        """Which conditions on the question at that place this answer fulfils."""
        known = self._truths.get((place, told))
        if known is None:
            known = self._truths[place, told] = self._judge(place, told)
        return known

    def _judge(self, place: int, told: int) -> int:
        answers = [UNASKED] * len(self.protocol.questions)
        answers[place] = told
        return sum(bit for bit, condition in self._places[place] if condition.holds(tuple(answers)))

    def _conditions(self) -> Iterator[Condition]:
        for rule in self.protocol.rules:
            yield from rule.when
        for disposition in self.protocol.dispositions.values():
            for candidate in disposition.texts:
                yield from candidate.when
        for question in self.protocol.questions:
            if question.ask_if is not None:
                yield question.ask_if
