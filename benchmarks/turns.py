"""The whole SMS turn against a bare Flask view: the same server, the same load, slices one after the other.

A turn here is all that the carrier waits for: the signature, reading, deciding, sealing and the commit in a
Redis with its append-only file on (everysec). The two take turns in short slices, so that whatever else this
machine does meets both. May not: reach anything but this machine's loopback."""

import os
import platform
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from typing import Any

import redis

from benchmarks import people
from benchmarks.load import CONNECTIONS, Load, Slice
from hotline import children
from hotline.embedded import embedded_redis
from hotline.serving import THREADS, command

WORKERS = 2
PEOPLE_A_S = 200
"""So many people are ready for each second of turns: about twice what has been measured here."""
TRIP_PEOPLE = 20
WARM_S = 1.0


class NoServer(RuntimeError):
    """The server does not answer."""


def measure(pairs: int, slice_s: float) -> dict[str, Any]:
    """The figures of one run. Raises NoServer, embedded.NoRedis, load.BadAnswer."""
    began, finished = time.monotonic(), 0

    def seen(body: bytes) -> None:
        nonlocal finished
        finished += people.LAST_WORDS in body

    crowd = people.crowd(int(PEOPLE_A_S * (slice_s * pairs + WARM_S)), seen)
    bare = repeat((people.bare_request(), None))
    with embedded_redis() as own, serving(own.url) as port, redis.Redis.from_url(own.url) as client:
        load = Load(port)
        load.run(bare, WARM_S)
        load.run(crowd, WARM_S)
        slices = [(load.run(bare, slice_s), load.run(crowd, slice_s)) for _ in range(pairs)]
        load.close()
        trips = round_trips(port, client)
    return _figures(slices, trips, finished) | {"seconds": round(time.monotonic() - began, 1)}


def round_trips(port: int, client: "redis.Redis") -> float:
    """How often Redis read from the line for each turn: Redis counts it; one person texts after the other."""
    texts = [text for number in range(TRIP_PEOPLE) for text in people.requests_of(60_000 + number)]
    load = Load(port, 1)
    load.run(iter([(texts[0], None)]), 60)
    before = _reads(client)
    load.run(((text, None) for text in texts[1:]), 60)
    reads = _reads(client) - before - 1  # our own question
    load.close()
    return reads / (len(texts) - 1)


def _reads(client: "redis.Redis") -> int:
    told: Any = client.info("stats")
    return int(told["total_reads_processed"])


@contextmanager
def serving(redis_url: str) -> Iterator[int]:
    """A server with the line and the bare view, as `hotline serve` starts it; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {
        "BACKLINE_REDIS_URL": redis_url, "BACKLINE_ACCOUNT_SID": people.ACCOUNT,
        "BACKLINE_AUTH_TOKEN": people.TOKEN, "BACKLINE_PUBLIC_BASE_URL": people.BASE,
        "BACKLINE_MODE": "trial", "BACKLINE_LOG_LEVEL": "WARNING",
        # The people here answer at once; each answer is to count for the question before it.
        "BACKLINE_LATE_ANSWER_S": "0",
    }  # fmt: skip
    with tempfile.TemporaryFile() as output:
        start = command("benchmarks.app:both()", f"127.0.0.1:{port}", WORKERS)
        server = children.start(start, environment | {"PYTHONPATH": _root()}, output=output)
        try:
            _wait_for(port)
            yield port
        finally:
            children.stop([server])


def _root() -> str:
    return os.pathsep.join(
        [str(Path(__file__).resolve().parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    )


def _wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            load = Load(port, 1)
            load.run(iter([(people.bare_request(), None)]), 10)
            load.close()
            return
        except (OSError, RuntimeError):
            time.sleep(0.1)
    raise NoServer("the server does not answer")


def _figures(slices: list[tuple[Slice, Slice]], trips: float, finished: int) -> dict[str, Any]:
    ratios = sorted(turns.per_s / bare.per_s for bare, turns in slices)
    waits = sorted(wait for _, turns in slices for wait in turns.waits)
    count = sum(turns.answers for _, turns in slices)
    return {
        "ratio": round(statistics.median(ratios), 4),
        "ratios": [round(ratio, 4) for ratio in ratios],
        "turns_per_s": round(count / sum(turns.seconds for _, turns in slices), 1),
        "baseline_per_s": round(
            sum(bare.answers for bare, _ in slices) / sum(bare.seconds for bare, _ in slices), 1
        ),
        "round_trips": round(trips, 3),
        "turns": count,
        "encounters_finished": finished,
        "p50_ms": round(waits[len(waits) // 2] * 1000, 2),
        "p95_ms": round(waits[len(waits) * 95 // 100] * 1000, 2),
        "workers": WORKERS, "threads": THREADS, "connections": CONNECTIONS, "appendfsync": "everysec",
        "python": platform.python_version(), "cores": os.cpu_count(), "platform": sys.platform,
    }  # fmt: skip
