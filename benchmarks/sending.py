"""Texts a second of one worker's job against the bare twilio-python client: the same carrier, the same run.

The job does all that keeps a person from getting a text twice or after STOP: pace, claim, consent, last look,
record. The bare client posts the same texts from as many threads and keeps nothing. Slices take turns. The
carrier answers at once: with one that is far away, both wait more and differ less. May not: reach anything
but this machine's loopback."""

import json
import math
import os
import platform
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from pydantic import SecretStr

from flows.protocol import Medium
from hotline import children
from hotline.consent import Decision, Entry, Purpose, record
from hotline.embedded import embedded_redis
from hotline.line import Line, open_line
from hotline.outbound import Message
from hotline.settings import Settings
from hotline.store import Change, Row, row_id
from workers import jobs

SHORT_CODE_PER_S = 100
ACCOUNT, TOKEN, SENDER = "AC" + "0" * 32, "a-token-of-the-benchmark", "+12025550100"
NO_PACE = 1e6  # a sender's pace is not what is measured here


def measure(pairs: int, texts: int) -> dict[str, Any]:
    """The figures of one run: `pairs` slices of each kind, `texts` in each. Raises embedded.NoRedis."""
    began = time.monotonic()
    with embedded_redis() as redis, _carrier(redis.url) as url:
        line = open_line(Settings(
            mode="trial", redis_url=redis.url, account_sid=ACCOUNT, auth_token=SecretStr(TOKEN),
            text_sender=SENDER, carrier_url=url, text_segments_per_s=NO_PACE, lease_s=120,
        ))  # fmt: skip
        jobs.use(line)
        crowd = _Crowd(line)
        _slice(line, crowd, texts)  # the first ones open the connections
        slices = [_slice(line, crowd, texts) for _ in range(pairs)]
        counts = line.store.outbox.counts()
        line.store.close()
    return _figures(slices, texts) | {
        "accepted": counts["accepted"], "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def _slice(line: Line, crowd: "_Crowd", texts: int) -> tuple[float, float]:
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


@contextmanager
def _carrier(redis_url: str) -> Iterator[str]:
    """The stateful carrier as a process of its own; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    root = str(Path(__file__).resolve().parents[1])
    environment = {
        "BACKLINE_REDIS_URL": redis_url, "BACKLINE_ACCOUNT_SID": ACCOUNT, "BACKLINE_AUTH_TOKEN": TOKEN,
        "BACKLINE_CARRIER_URL": url, "BACKLINE_TEXT_SENDER": SENDER, "BACKLINE_PUBLIC_BASE_URL": url,
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
    }  # fmt: skip
    with tempfile.TemporaryFile() as output:
        carrier = children.start([sys.executable, "-m", "hotline.phone"], environment, output=output)
        try:
            _wait_for(url)
            yield url
        finally:
            children.stop([carrier])


def _wait_for(url: str) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            requests.get(f"{url}/phone/api/line", timeout=2)
            return
        except requests.RequestException:
            time.sleep(0.1)
    raise RuntimeError("the stand-in carrier does not answer")


class _Crowd:
    """People with an opt-in, each good for one text."""

    def __init__(self, line: Line) -> None:
        self._line, self._count = line, 0

    def rows(self, count: int) -> list[str]:
        """The rows of so many new people."""
        return [self._written(self._number()) for _ in range(count)]

    def messages(self, count: int) -> list[Message]:
        """The same kind of texts, ready for the client."""
        until = self._line.now() + timedelta(hours=1)
        body = self._line.renderer.text(self._line.protocol, "en", Medium.sms, "tip_heat", {})
        return [
            Message("0aAAAAAAAAAAAAAAAAAAAAAA", self._number(), SENDER, body, until) for _ in range(count)
        ]

    def _number(self) -> str:
        self._count += 1
        return f"+1303{2000000 + self._count}"

    def _written(self, person: str) -> str:
        line, now = self._line, self._line.now()
        contact, at = line.sealer.contact_of(person), now.timestamp()
        id = row_id(contact, "reminder", "day1", "2027-01-11")
        row = Row(id, contact, "reminder", (("tip_heat", {}),), "en", at, at + 3600)
        entry = record(Entry(Purpose.reminders, Decision.granted, now, "sms", "JOIN", "optin", "words"))
        address = line.sealer.seal(contact, "address", json.dumps([person, SENDER]).encode())
        change = Change(b"", address=address, outbox=(row,), ledger=(entry,))
        line.store.turns.take(contact, "", lambda state: change, now)
        return id
