"""The tape of a test run (`hotline.phone.tap`) read back: the exchanges with the carrier's REST, each once.

May not: judge, or leave out what is merely odd."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SAME = (
    (r"\b(AC|CA|MM|SM)[0-9a-f]{32}\b", r"\1#"),
    (r"\b[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000", "a moment"),
    (r"\bDateSent(%3C|%3E)?=\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])\b", r"DateSent\1=a day"),
    (r"(\+|%2B)[1-9]\d{6,14}\b", r"\1a number"),
    (r"\b127\.0\.0\.1(:|%3A)\d+\b", r"an address\1"),
    (r"(/|%2F)status(/|%2F)[\w-]{24}\b", r"\1status\2an id"),
)
"""What makes no difference to a judge who looks at shapes, each only where it is whole: a number, a date or
an id that is wrongly written stays as it is, and so do texts, names and every other value. How a sign is
escaped stays too: a bare `+` in a form is a space."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the carrier answered. body: None where the answer was cut off."""

    status: int
    headers: dict[str, str]
    body: str | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer; None where there was none. where: the file and the line's id. fault: what
    was ordered to go wrong, if anything."""

    where: str
    method: str
    target: str
    headers: dict[str, str]
    body: str
    answer: Answer | None
    fault: str | None

    @property
    def shape(self) -> str:
        """Two exchanges with the same one are the same to a judge."""
        answer = self.answer and (
            self.answer.status, self.answer.headers.get("Content-Type"), self.answer.body
        )  # fmt: skip
        asked = [self.method, self.target, sorted(self.headers.items()), self.body]
        shape = json.dumps([asked, self.fault, answer])
        for pattern, word in SAME:
            shape = re.sub(pattern, word, shape)
        return shape


@dataclass(frozen=True, slots=True)
class Heard:
    """What is on the tapes of a run. exchanges: how many in all. folders: where they lie. distinct: the first
    of each shape."""

    exchanges: int
    folders: frozenset[str]
    distinct: list[Exchange]


def read(folder: Path) -> Iterator[Exchange]:
    """Every exchange on the tapes in that folder and those below it. Raises ValueError for a torn line that
    is not the last of its file (a killed process leaves such a one)."""
    for tape in sorted(folder.rglob("*.jsonl")):
        yield from _exchanges(tape, str(tape.relative_to(folder)))


def sum_up(folder: Path) -> Heard:
    """The tapes in that folder and those below it; those of a long run do not fit into memory at once."""
    exchanges, folders, shapes = 0, set(), dict[str, Exchange]()
    for one in read(folder):
        exchanges += 1
        folders.add(one.where.partition("/")[0])
        shapes.setdefault(one.shape, one)
    return Heard(exchanges, frozenset(folders), list(shapes.values()))


def _exchanges(tape: Path, place: str) -> Iterator[Exchange]:
    waiting: dict[str, dict[str, Any]] = {}
    with tape.open(encoding="utf-8") as lines:
        for line in lines:
            if not line.endswith("\n"):
                break  # the last one, torn by a kill
            row = json.loads(line)
            if "method" in row:
                if row["id"] in waiting:  # of an earlier process with the same number
                    yield _exchange(place, waiting[row["id"]], None)
                waiting[row["id"]] = row
            else:
                yield _exchange(place, waiting.pop(row["id"]), row)
    yield from (_exchange(place, asked, None) for asked in waiting.values())


def _exchange(place: str, asked: dict[str, Any], told: dict[str, Any] | None) -> Exchange:
    return Exchange(
        f"{place} {asked['id']}", asked["method"], asked["target"], asked["headers"], asked["body"],
        None if told is None else Answer(told["status"], told["headers"], told["body"]),
        None if told is None else told["fault"],
    )  # fmt: skip
