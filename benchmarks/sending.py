"""Texts a second of one worker's job against the bare twilio-python client: the same carrier, the same run.

The job does all that keeps a person from getting a text twice or after STOP: pace, claim, consent, last look,
record. The bare client posts the same texts from as many threads and keeps nothing. Slices take turns. The
carrier answers at once: with one that is far away, both wait more and differ less. May not: reach anything
but this machine's loopback."""

import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.crowd import NO_PACE, SHORT_CODE_PER_S, Crowd, carrier, line_of
from hotline.embedded import embedded_redis
from hotline.line import Line
from hotline.outbound import Message
from hotline.settings import Settings
from workers import jobs


def measure(pairs: int, texts: int) -> dict[str, Any]:
    """The figures of one run: `pairs` slices of each kind, `texts` in each. Raises embedded.NoRedis."""
    began = time.monotonic()
    with embedded_redis() as redis, carrier(redis.url) as url:
        line = line_of(redis.url, url, text_segments_per_s=NO_PACE, lease_s=120)
        jobs.use(line)
        crowd = Crowd(line)
        _slice(line, crowd, texts)  # the first ones open the connections
        slices = [_slice(line, crowd, texts) for _ in range(pairs)]
        counts = line.store.outbox.counts()
        line.store.close()
    return _figures(slices, texts) | {
        "accepted": counts["accepted"], "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def _slice(line: Line, crowd: "Crowd", texts: int) -> tuple[float, float]:
    """Texts a second of the bare client and of the job, one after the other."""
    messages, rows = crowd.messages(texts), crowd.rows(texts)
    return _per_s(texts, lambda: _bare(line, messages)), _per_s(texts, lambda: jobs.deliver(rows))


def _bare(line: Line, messages: list[Message]) -> None:
    """Only the client, its connections and its threads."""
    with ThreadPoolExecutor(line.settings.send_threads) as threads:
        list(threads.map(lambda message: line.sender.send(message, line.now()), messages))


def _per_s(count: int, act: Callable[[], None]) -> float:
    began = time.monotonic()
    act()
    return count / (time.monotonic() - began)


def _figures(slices: list[tuple[float, float]], texts: int) -> dict[str, Any]:
    ratios = sorted(job / bare for bare, job in slices)
    per_s = statistics.median(job for _, job in slices)
    return {
        "ratio": round(statistics.median(ratios), 3), "ratios": [round(ratio, 3) for ratio in ratios],
        "texts_per_s": round(per_s, 1), "bare_per_s": round(statistics.median(bare for bare, _ in slices), 1),
        "workers_for_a_short_code": math.ceil(SHORT_CODE_PER_S / per_s), "texts_a_slice": texts,
        "threads": Settings().send_threads, "python": platform.python_version(), "cores": os.cpu_count(),
        "platform": sys.platform,
    }  # fmt: skip
