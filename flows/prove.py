"""The proof: every path of a protocol held against the oracle, with counter-examples that a person can read.

Drives the real engine and answer tables over all answers (`proof/`). May not: open files, or mend
anything."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flows.proof import agreeing, bounds, flags, nothing, words
from flows.proof.asides import two_signs
from flows.proof.finding import Invariant
from flows.proof.reached import Rules
from flows.proof.stated import Stated
from flows.proof.straight import Straight, walk
from flows.proof.tries import Walk
from flows.proof.walking import walks
from flows.protocol import Protocol

__all__ = ["NAMES", "Invariant", "Proof", "prove"]

NAMES = ("flags_reach", "denied_is_safe", "monotone", "bounded", "agree", "words", "nothing_else")
Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Proof:
    """What was looked at and found. paths: answer sets. states: sessions that can differ in what follows.
    steps: turns of the engine."""

    protocol: str
    hash: str
    paths: int
    states: int
    steps: int
    invariants: tuple[Invariant, ...]

    @property
    def holds(self) -> bool:
        """Whether every invariant holds."""
        return all(invariant.holds for invariant in self.invariants)


def prove(protocol: Protocol, progress: Progress | None = None, processes: int = 2) -> Proof:
    """Every invariant over every path. progress: told the name of what is walked and the steps so far.

    The walk over the answers and the walk over all tries are in the protocol's first language: `agree`
    shows that every other one is heard alike, and the engine reads no language."""
    tell = progress or _silent
    language = next(iter(protocol.languages))
    straight = walk(protocol, language, lambda steps: tell("answers", steps))
    walked, calls = walks(protocol, language, processes, tell)
    invariants = (
        flags_reach(straight),
        denied_is_safe(straight, walked),
        monotone(straight),
        bounds.bounded(straight, walked, calls),
        agreeing.agree(straight),
        words.words(protocol),
        nothing.nothing_else(protocol, straight, walked),
    )
    states = len(straight.nodes) + sum(one.found for one in walked) + sum(one.states for one in calls)
    steps = straight.steps + sum(one.steps for one in walked) + sum(one.steps for one in calls)
    return Proof(protocol.id, protocol.hash, straight.count(), states, steps, invariants)


def flags_reach(straight: Straight) -> Invariant:
    """Each flag's lowest level is the stated one, and nobody is told more; each rule is reached."""
    oracle, stated, rules = flags.Oracle(straight), Stated(straight), Rules(straight)
    at_once, apart = two_signs(straight.protocol)
    broken = oracle.flags_reach() or stated.broken() or rules.broken() or apart
    return Invariant("flags_reach", oracle.checked + stated.checked + rules.checked + at_once, broken)


def denied_is_safe(straight: Straight, walked: Sequence[Walk]) -> Invariant:
    """Nothing unknown, unread, silent or left open is told less than its floor."""
    oracle = flags.Oracle(straight)
    broken = oracle.unknown_is_safe()
    broken = broken or next(filter(None, (one.broken.get("denied_is_safe") for one in walked)), None)
    return Invariant("denied_is_safe", oracle.checked + sum(one.steps for one in walked), broken)


def monotone(straight: Straight) -> Invariant:
    """One sign more, or more pain, never lowers the level."""
    pairs = flags.Monotone(straight)
    broken = pairs.broken()
    notes = tuple(f"exempt, {name}: {', '.join(map(str, limits))}" for name, limits in pairs.boundaries())
    return Invariant("monotone", pairs.checked, broken, notes)


def _silent(_: str, __: int) -> None:
    return None
