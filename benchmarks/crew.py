"""How many workers fill a short code: a clock and so many workers as processes, with a carrier near or far.

Texts that are all due wait in the outbox; what leaves it is watched from outside. Once at the pace of a short
code, once at no pace at all, for what the workers could do. May not: reach anything but this machine's
loopback."""

import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from benchmarks.crowd import NO_PACE, SHORT_CODE_PER_S, Crowd, begun, carrier, line_of
from flows.segments import segments
from hotline.embedded import embedded_redis
from hotline.line import Line
from hotline.settings import Settings

_FILLED = 0.95  # of the pace: the rest is the burst of the beginning and the look of the clock
_SLOWEST_S = 180.0
_FIRST, _LAST = 0.1, 0.9  # between these parts of the texts the rate is taken: all workers are at work


def measure(counts: Sequence[int], ways_ms: Sequence[float], seconds: float) -> dict[str, Any]:
    """Segments a second by so many workers, with answers that take so long; each for about so many seconds
    at a short code's pace. Raises embedded.NoRedis; TimeoutError where the texts do not leave."""
    began, told = time.monotonic(), []
    for way_ms in ways_ms:
        for count in counts:
            paced, each = _rate(count, way_ms, SHORT_CODE_PER_S, seconds)
            free, _ = _rate(count, way_ms, NO_PACE, seconds)
            told.append({
                "workers": count, "answers_after_ms": way_ms, "segments_per_s": round(paced, 1),
                "fills_a_short_code": paced >= _FILLED * SHORT_CODE_PER_S,
                "without_pace_per_s": round(free, 1), "segments_a_text": each,
            })  # fmt: skip
    return {
        "rows": told, "threads": Settings().send_threads, "batch": Settings().batch, "cores": os.cpu_count(),
        "python": platform.python_version(), "platform": sys.platform,
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def _rate(workers: int, way_ms: float, pace: float, seconds: float) -> tuple[float, int]:
    """Segments a second that left, and how many each text has."""
    with embedded_redis() as redis, carrier(redis.url, way_ms / 1000) as url:
        line = line_of(redis.url, url, text_segments_per_s=pace)
        crowd = Crowd(line)
        each = segments(crowd.messages(1)[0].body).count
        texts = int(seconds * SHORT_CODE_PER_S / each)
        crowd.rows(texts)
        with _at_work(redis.url, url, workers, pace):
            rate = each * _left_per_s(line, texts)
        line.store.close()
        return rate, each


@contextmanager
def _at_work(redis_url: str, carrier_url: str, workers: int, pace: float) -> Iterator[None]:
    with ExitStack() as processes:
        for role in ("clock", *("work",) * workers):
            processes.enter_context(
                begun(redis_url, carrier_url, "workers", role, BACKLINE_TEXT_SEGMENTS_PER_S=f"{pace:g}")
            )
        yield


def _left_per_s(line: Line, texts: int) -> float:
    """Texts a second, between the first tenth and the last of them."""
    first = _when(line, texts, _FIRST)
    last = _when(line, texts, _LAST)
    return (last[1] - first[1]) / (last[0] - first[0])


def _when(line: Line, texts: int, part: float) -> tuple[float, int]:
    """When this part of the texts had left, and how many had by then."""
    until = time.monotonic() + _SLOWEST_S
    while time.monotonic() < until:
        now, left = time.monotonic(), texts - _waiting(line)
        if left >= part * texts:
            return now, left
        time.sleep(0.02)
    raise TimeoutError(f"{part:.0%} of {texts} texts did not leave in {_SLOWEST_S:g} s")


def _waiting(line: Line) -> int:
    counts = line.store.outbox.counts()
    return counts.get("pending", 0) + counts.get("sending", 0)
