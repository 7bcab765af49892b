"""The tape of a test run (`hotline.phone.tap`) read back: the exchanges with the carrier's REST, each once.

May not: judge, or leave out what is merely odd."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SAME = (
    (r"\b(AC|CA|MM|SM)[0-9a-f]{32}\b", r"\1#"),
    (r"\b[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000", "a moment"),
    (r"\bDateSent(%3C|%3E)?=\d{4}-\d{2}-\d{2}\b", r"DateSent\1=a day"),
    (r"(\+|%2B)1[2-9]\d{9}\b", "a number"),
    (r"\b127\.0\.0\.1(:|%3A)\d+\b", "an address"),
    (r"(/|%2F)status(/|%2F)[\w-]{24}\b", "an id"),
)
"""What makes no difference to a judge who looks at shapes, each only where it is whole: a number, a date or
an id that is wrongly written stays as it is, and so do texts, names and every other value."""


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


def read(folder: Path) -> list[Exchange]:
    """Every exchange on the tapes in that folder and those below it. Raises ValueError for a torn line that
    is not the last of its file (a killed process leaves such a one)."""
    return [one for tape in sorted(folder.rglob("*.jsonl")) for one in _exchanges(tape, folder)]


def distinct(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """The first of each shape."""
    return list({one.shape: one for one in reversed(list(exchanges))}.values())[::-1]


def _exchanges(tape: Path, folder: Path) -> Iterator[Exchange]:
    asked: dict[str, dict[str, Any]] = {}
    told: dict[str, dict[str, Any]] = {}
    for row in _rows(tape):
        (asked if "method" in row else told)[row["id"]] = row
    for id, row in asked.items():
        end = told.get(id)
        answer = None if end is None else Answer(end["status"], end["headers"], end["body"])
        fault = None if end is None else end["fault"]
        where = f"{tape.relative_to(folder)} {id}"
        yield Exchange(where, row["method"], row["target"], row["headers"], row["body"], answer, fault)


def _rows(tape: Path) -> Iterator[dict[str, Any]]:
    lines = tape.read_text(encoding="utf-8").splitlines(keepends=True)
    for number, line in enumerate(lines, 1):
        if number == len(lines) and not line.endswith("\n"):
            return
        yield json.loads(line)
