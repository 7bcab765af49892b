"""What it costs to understand one text: plain answers and free text, against taking the same text apart.

The bare baseline lower-cases, normalises and splits the text, which any reader must do. The replies are those
of the corpus (`tests/data`). May not: start servers."""

import json
import platform
import re
import statistics
import time
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from flows.answers import understand
from flows.load import load

ROOT = Path(__file__).resolve().parents[1]
PLAIN = (("yes", "heart"), ("no", "saddle"), ("NO.", "vessel"), ("7", "pain"), ("45", "age"), ("2", "limbs"),
         ("not sure", "heart"), ("stop", "pain"))  # fmt: skip
_WORD = re.compile(r"\w+|[^\w\s]")
Reply = tuple[str, str | None, str]


def measure(rounds: int) -> dict[str, Any]:
    """Microseconds for one text at the median, so many rounds over all; the ratio is that of the medians."""
    protocol = load(ROOT / "flows" / "back_pain")
    plain: Sequence[Reply] = [(text, question, "en") for text, question in PLAIN] * 20
    told: dict[str, Sequence[Reply]] = {"plain": plain, "free": _free()}

    def read(reply: Reply) -> None:
        understand(protocol, reply[0], reply[1], reply[2])

    figures: dict[str, Any] = {}
    for name, replies in told.items():
        ours, bare = _median_us(read, replies, rounds), _median_us(_bare, replies, rounds)
        figures[name] = {"texts": len(replies), "median_us": round(ours, 1), "bare_us": round(bare, 2),
                         "ratio": round(ours / bare, 1)}  # fmt: skip
    return figures | {"python": platform.python_version()}


def _free() -> list[Reply]:
    """The replies of the corpus with three words or more."""
    written = json.loads((ROOT / "tests/data/utterances.own.json").read_text(encoding="utf-8"))
    return [
        (one["text"], one["question"], one["language"]) for one in written if len(one["text"].split()) > 2
    ]


def _median_us(act: Callable[[Reply], None], replies: Sequence[Reply], rounds: int) -> float:
    for reply in replies:
        act(reply)
    taken = []
    for _ in range(rounds):
        for reply in replies:
            began = time.perf_counter_ns()
            act(reply)
            taken.append(time.perf_counter_ns() - began)
    return statistics.median(taken) / 1000


def _bare(reply: Reply) -> None:
    _WORD.findall(unicodedata.normalize("NFKD", reply[0]).casefold())
