"""What enrolments cost: Redis memory for each, and a beat of the clock where few of many are due.

They are written as the store writes them (`hotline.store.keys`, the same encodings), only many at once. May
not: measure a network; Redis is on this machine."""

import base64
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, cast

import redis
from pydantic import SecretStr
from rq import Queue

from benchmarks.virtual.world import Doorbell, VirtualClock
from flows.enrolment import Enrolment
from flows.protocol import Level
from hotline.embedded import embedded_redis
from hotline.line import open_line
from hotline.settings import Settings
from hotline.store import keys
from workers import clock

NOW = datetime(2027, 3, 4, 12, tzinfo=UTC)
LAST_DAY = 14
_AT_ONCE = 5000
_PLACES = ("e", "c", "m", "p", "x", "a,k", "h", "r", "US")
_LEFT_OUT = ((), (), (), ("pregnant",), ("bones", "thinner"), ("limbs",))
_VERSION = 70_000_000  # of this length are the versions of the first ten years


def measure_memory(counts: Sequence[int]) -> dict[str, Any]:
    """Bytes of Redis for each enrolment, its place in the due set counted, at each of these counts."""
    told: dict[str, Any] = {}
    with embedded_redis() as own, redis.Redis.from_url(own.url) as client:
        before, done, chance = _used(client), 0, Random(6)
        for count in sorted(counts):
            fill(client, count - done, chance, due=0)
            done, used = count, _used(client) - before
            told[str(count)] = {"bytes_each": round(used / count, 1), "megabytes": round(used / 1e6, 1)}
        told["encodings"] = _encodings(client)
    return told


def measure_beat(counts: Sequence[int], due: int, rounds: int) -> dict[str, Any]:
    """Milliseconds in which the clock hands out `due` of so many enrolled, and those of an idle beat."""
    told: dict[str, Any] = {}
    with embedded_redis() as own, redis.Redis.from_url(own.url) as client:
        chance, done = Random(6), 0
        settings = Settings(redis_url=own.url, auth_token=SecretStr("none"), batch=100)
        line = open_line(settings)
        line.store.clock = VirtualClock(NOW)
        for count in sorted(counts):
            fill(client, count - done - (due if not done else 0), chance, due=0)
            if not done:
                fill(client, due, chance, due=due)
            done = count
            times, idle = [], []
            for lap in range(rounds):
                # The lease of the lap before is over, and nothing else has come due.
                now = NOW + timedelta(seconds=(lap + len(told) * rounds) * (settings.lease_s + 1))
                times.append(_drained(line, now, due))
                idle.append(_timed(lambda now=now: clock.beat(line, _bell(), now)))
            told[str(count)] = {
                "beat_ms": round(statistics.median(times) * 1000, 2),
                "idle_ms": round(statistics.median(idle) * 1000, 2),
            }
        line.store.close()
    first, last = (told[str(count)]["beat_ms"] for count in (min(counts), max(counts)))
    return told | {"due": due, "ratio": round(last / first, 2)}


def fill(client: "redis.Redis", count: int, chance: Random, due: int) -> None:
    """So many enrolments more, `due` of them due at NOW and the others later."""
    for first in range(0, count, _AT_ONCE):
        with client.pipeline(transaction=False) as pipeline:
            for place in range(first, min(first + _AT_ONCE, count)):
                contact, later = _contact(chance), 86_400 + chance.random() * 86_400
                tag, at = keys.tag_of(contact), NOW.timestamp() + (-1 if place < due else later)
                value = f"{_VERSION + chance.randrange(9)} {enrolment(chance).encode()}"
                pipeline.hset(keys.enrolments(tag, contact), contact, value)
                pipeline.zadd(keys.due(tag), {contact: round(at, 0)})
            pipeline.execute()


def enrolment(chance: Random) -> Enrolment:
    """Somebody at any place of the programme."""
    joined = int(NOW.timestamp()) - chance.randrange(LAST_DAY * 86_400)
    day = (int(NOW.timestamp()) - joined) // 86_400
    begun = Enrolment(
        "en", chance.choice(_PLACES), joined, chance.choice((3, 7, 8)), Level.self_care,
        chance.choice(_LEFT_OUT),
    )  # fmt: skip
    if not day:
        return begun
    asked = max(one for one in (1, 3, 7, 8, 14) if one <= day)
    waits, at = chance.random() < 0.5, int(NOW.timestamp()) - 3600
    texted = sum(1 << one for one in range(1, day + 1))
    return replace(
        begun, done_day=day, asks="checkin" if waits else "", asked_day=asked, asked_at=at if waits else 0,
        day7="done" if day > 7 else "", nudged=waits, last_at=at, texted=texted,
    )  # fmt: skip


def _contact(chance: Random) -> str:
    return base64.urlsafe_b64encode(chance.randbytes(18)).decode()[:22]


def _used(client: "redis.Redis") -> int:
    return int(client.info("memory")["used_memory"])


def _encodings(client: "redis.Redis") -> dict[str, int]:
    """How Redis keeps a sample of the buckets: packed is what the figures rest on."""
    found: dict[str, int] = {}
    for key in _some(client):
        told = cast(bytes, client.object("encoding", key)).decode()
        found[told] = found.get(told, 0) + 1
    return found


def _some(client: "redis.Redis") -> Iterator[bytes]:
    for place, key in enumerate(client.scan_iter(match="*:e:*", count=1000)):
        if place >= 500:
            return
        yield key


def _drained(line: Any, now: datetime, due: int) -> float:
    """Seconds in which that many are handed out, batch by batch."""
    began, handed = time.perf_counter(), 0
    while handed < due:
        found = clock.beat(line, _bell(), now)["remind"]
        if not found:
            raise RuntimeError(f"{handed} of {due} were handed out")
        handed += found
    return time.perf_counter() - began


def _timed(act: Any) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _bell() -> Queue:
    return cast(Queue, Doorbell())
