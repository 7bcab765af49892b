"""What the records of calls tell: how many, how long, where people hang up, and the tries at each question.

Reads the record events that are kept (`events_keep_h`). Counts only: no contact, no answer, no words. May
not: change anything."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from flows.heard import Kind
from flows.protocol import Medium
from flows.session import Stage
from hotline.line import Line
from hotline.sealing import SHARDS

MISSED = (Kind.silence.value, Kind.unclear.value)
PAGE = 1000


@dataclass(slots=True)
class Tries:
    """What came in at one question by phone: answers ("not sure" too), and tries that were none."""

    answered: int = 0
    missed: int = 0


@dataclass(slots=True)
class Calls:
    """The calls on record. ended: how many of them have ended; lasted_s: seconds of each whose length the
    carrier told; hung_up: by whom nothing more was wanted or heard, at which question or menu."""

    began: int = 0
    ended: int = 0
    lasted_s: list[int] = field(default_factory=list)
    hung_up: Counter[str] = field(default_factory=Counter)
    tries: dict[str, Tries] = field(default_factory=dict)


def of(line: Line) -> Calls:
    """The calls whose records are still kept. StoreAway."""
    found = Calls()
    for event in _events(line):
        if event.get("medium") == Medium.voice.value:
            _count(found, event, _place(line, event))
    return found


def told(calls: Calls) -> dict[str, object]:
    """The same as plain values, for one JSON document."""
    lengths = sorted(calls.lasted_s)
    return {
        "calls": calls.began,
        "ended": calls.ended,
        "median_s": lengths[len(lengths) // 2] if lengths else None,
        "longest_s": lengths[-1] if lengths else None,
        "hung_up": dict(calls.hung_up.most_common()),
        "tries": {
            place: {"answered": tries.answered, "missed": tries.missed}
            for place, tries in sorted(calls.tries.items())
        },
    }


def _count(calls: Calls, event: Mapping[str, str], place: str) -> None:
    heard = event["heard"]
    if heard == Kind.call_began.value:
        calls.began += 1
    elif heard == Kind.hung_up.value:
        calls.ended += 1
        calls.hung_up[place] += 1
        calls.lasted_s += [int(event["lasted_s"])] if "lasted_s" in event else []
    elif event["stage"] == Stage.asking.value:
        tries = calls.tries.setdefault(place, Tries())
        tries.missed += heard in MISSED
        tries.answered += heard in (Kind.answer.value, Kind.unsure.value)


def _place(line: Line, event: Mapping[str, str]) -> str:
    """The question that stood open, else the menu, by its name."""
    stage = Stage(event["stage"])
    questions = line.protocol_of(event["protocol"]).questions
    asked = int(event["asked"])
    if stage is Stage.asking and 0 <= asked < len(questions):
        return questions[asked].id
    return stage.name


def _events(line: Line) -> Iterable[Mapping[str, str]]:
    for shard in range(SHARDS):
        yield from _of_shard(line, shard)


def _of_shard(line: Line, shard: int) -> Iterator[Mapping[str, str]]:
    after = "0"
    while page := line.store.turns.events(shard, after, PAGE):
        yield from (event for _, event in page)
        after = page[-1][0]
