"""The walks over all states, on as many processes as there are walks.

May not: judge what they find."""

from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

from flows.proof.straight import opened
from flows.proof.tries import END, FACTS, TRIES, Walk, Walker, longest
from flows.protocol import Medium, Protocol

Tell = Callable[[str, int], None]
_WORK: dict[str, Any] = {}


def walks(protocol: Protocol, language: str, processes: int, tell: Tell) -> list[Walk]:
    """The walk over all tries, and the walk over what is told beside the answers."""
    if processes == 1:
        return [_walk(protocol, language, way, lambda steps: tell("tries", steps)) for way in (TRIES, FACTS)]
    context = get_context("fork")
    steps = [context.Value("L", 0), context.Value("L", 0)]
    _WORK.update(protocol=protocol, language=language, steps=steps)
    with context.Pool(2) as pool:
        found = [pool.apply_async(_child, (way,)) for way in (TRIES, FACTS)]
        while not all(one.ready() for one in found):
            next((one for one in found if not one.ready()), found[0]).wait(0.2)
            tell("tries", sum(counter.value for counter in steps))
        return [one.get() for one in found]


def _child(way: int) -> Walk:
    counter = _WORK["steps"][way]

    def tell(steps: int) -> None:
        counter.value = steps

    return _walk(_WORK["protocol"], _WORK["language"], way, tell)


def _walk(protocol: Protocol, language: str, way: int, tell: Callable[[int], None]) -> Walk:
    walker = Walker(protocol, language)
    for medium in Medium if way == TRIES else (Medium.sms,):
        session, effects = opened(protocol, language, medium)
        walker.hear_all(effects, medium)
        walker.add(session, way, END, None)
    walker.run(tell)
    walked = walker.walked
    walked.longest = longest(walked)
    walked.states.clear()  # many, and read by nobody from here on
    return walked
