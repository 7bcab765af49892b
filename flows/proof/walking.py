"""The walks over all states, on as many processes as there are walks.

May not: judge what they find."""

from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from typing import Any

from flows.proof.calls import WHO, Called, called
from flows.proof.straight import opened
from flows.proof.tries import END, FACTS, TRIES, Walk, Walker, longest
from flows.protocol import Medium, Protocol

Tell = Callable[[str, int], None]
_WORK: dict[str, Any] = {}


def walks(protocol: Protocol, language: str, processes: int, tell: Tell) -> tuple[list[Walk], list[Called]]:
    """The walk over all tries, the walk over what is told beside the answers, and those over all calls."""
    if processes == 1:
        walked = [_walk(protocol, language, way, partial(tell, "tries")) for way in (TRIES, FACTS)]
        return walked, [called(protocol, language, who) for who in WHO]
    context = get_context("fork")
    steps = [context.Value("L", 0), context.Value("L", 0)]
    _WORK.update(protocol=protocol, language=language, steps=steps)
    with context.Pool(2) as pool:
        found = [pool.apply_async(_child, (way,)) for way in (TRIES, FACTS)]
        calls = [pool.apply_async(_call, (who,)) for who in WHO]
        waiting: list[Any] = [*found, *calls]
        while waiting := [one for one in waiting if not one.ready()]:
            waiting[0].wait(0.2)
            tell("tries", sum(counter.value for counter in steps))
        return [one.get() for one in found], [one.get() for one in calls]


def _call(who: str) -> Called:
    return called(_WORK["protocol"], _WORK["language"], who)


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
