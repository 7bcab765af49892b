"""The proof must be able to fail: copies of the protocol with one fault each, made mechanically, and the
invariant that rejects each of them.

Survivors are listed with the reason why they change nothing, which is looked at over every answer set. May
not: open files."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context

from flows.checks import unmentioned
from flows.proof import agreeing, bounds, loops
from flows.proof.asides import two_signs, unread
from flows.proof.breaking import Mutant, mutants
from flows.proof.flags import Monotone, Oracle
from flows.proof.order import out_of_order
from flows.proof.reached import Rules
from flows.proof.stated import Stated
from flows.proof.straight import End, Node, Straight, walk
from flows.proof.tries import small
from flows.proof.words import words
from flows.protocol import Protocol

__all__ = ["Judged", "Survivor", "Tried", "judge", "mutants", "try_mutants"]

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no invariant rejects, and why it is the same protocol; reason "" where that is not
    shown."""

    mutation: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tried:
    """How many were made and rejected, by which invariant, and which survived."""

    made: int
    rejected: int
    by: tuple[tuple[str, int], ...]
    survivors: tuple[Survivor, ...]

    @property
    def all_rejected(self) -> bool:
        """Whether every survivor is shown to change nothing."""
        return all(survivor.reason for survivor in self.survivors)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one mutant: the invariant that rejects it, or the reason why it is no other protocol."""

    mutation: str
    rejected_by: str | None
    reason: str = ""


def try_mutants(
    protocol: Protocol, progress: Progress | None = None, every: int = 1, processes: int = 2
) -> Tried:
    """Judges every so many of the mutants, on so many processes."""
    chosen = list(mutants(protocol))[::every]
    judged: list[Judged] = []
    for one in _judged(protocol, chosen, processes):
        judged.append(one)
        if progress:
            progress("mutants", len(judged))
    by: dict[str, int] = {}
    for one in judged:
        if one.rejected_by:
            by[one.rejected_by] = by.get(one.rejected_by, 0) + 1
    survivors = tuple(Survivor(one.mutation, one.reason) for one in judged if not one.rejected_by)
    return Tried(len(judged), len(judged) - len(survivors), tuple(sorted(by.items())), survivors)


def judge(protocol: Protocol, mutant: Mutant, original: Straight | None = None) -> Judged:
    """The first invariant that rejects this mutant, the quickest first."""
    try:
        for name, broken in _looks(mutant.protocol):
            if broken:
                return Judged(mutant.mutation, name)
    except LookupError:  # the engine finds no text or no row of its table: no way on from there
        return Judged(mutant.mutation, "nothing_else")
    return Judged(
        mutant.mutation, None, _same(original or walk(protocol, next(iter(protocol.languages))), mutant)
    )


def _looks(protocol: Protocol) -> Iterator[tuple[str, bool]]:
    yield "nothing_else", out_of_order(protocol) is not None
    yield "words", _wrong_words(protocol) or not words(protocol).holds
    straight = walk(protocol, next(iter(protocol.languages)))
    oracle = Oracle(straight)
    yield "flags_reach", oracle.flags_reach() is not None
    yield "denied_is_safe", oracle.unknown_is_safe() is not None
    yield "flags_reach", Stated(straight).broken() is not None
    yield "flags_reach", Rules(straight).broken() is not None
    yield "bounded", bounds.too_many(straight) is not None
    yield "bounded", unread(straight)[1] is not None
    yield "flags_reach", two_signs(protocol)[1] is not None
    yield "monotone", Monotone(straight).broken() is not None
    yield "bounded", bounds.for_ever(protocol)[1] is not None
    yield "bounded", loops.ever(protocol)[1] is not None
    yield "agree", not agreeing.agree(straight).holds
    walked = small(protocol, next(iter(protocol.languages)))
    for name in ("denied_is_safe", "bounded"):
        yield name, name in walked.broken
    yield "nothing_else", "nothing_else" in walked.broken or bool(walked.unheard)


def _wrong_words(protocol: Protocol) -> bool:
    return any(next(unmentioned(protocol, texts), None) for texts in protocol.languages.values())


def _judged(protocol: Protocol, chosen: Sequence[Mutant], processes: int) -> Iterator[Judged]:
    if processes == 1:
        original = walk(protocol, next(iter(protocol.languages)))
        yield from (judge(protocol, mutant, original) for mutant in chosen)
        return
    numbers = list(range(len(chosen)))
    with get_context("fork").Pool(processes, _prepare, (protocol, list(chosen))) as pool:
        yield from pool.imap(_judge_one, numbers, chunksize=4)


_WORK: dict[str, object] = {}


def _prepare(protocol: Protocol, chosen: list[Mutant]) -> None:
    _WORK.update(protocol=protocol, chosen=chosen, original=walk(protocol, next(iter(protocol.languages))))


def _judge_one(number: int) -> Judged:
    protocol, chosen, original = _WORK["protocol"], _WORK["chosen"], _WORK["original"]
    assert isinstance(protocol, Protocol) and isinstance(chosen, list) and isinstance(original, Straight)
    return judge(protocol, chosen[number], original)


def _same(original: Straight, mutant: Mutant) -> str:
    """The reason why a mutant is no other protocol: the same level and text on every answer set, or ""."""
    changed = walk(mutant.protocol, original.language)
    if len(original.protocol.questions) != len(mutant.protocol.questions):
        return ""
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[Node | End, Node | End]] = [(original.start, changed.start)]
    while waiting:
        one, other = waiting.pop()
        if isinstance(one, End) or isinstance(other, End):
            if one != other:
                return ""
            continue
        if (one.number, other.number) in seen:
            continue
        seen.add((one.number, other.number))
        if one.question.id != other.question.id:
            return ""
        for value in one.after.keys() & other.after.keys():
            waiting.append((one.after[value], other.after[value]))
    return f"the same level and text on every answer set ({original.count():,})"
