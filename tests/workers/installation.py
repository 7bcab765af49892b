"""A whole installation of real processes for tests that kill them: workers, a clock, the carrier, a Redis.

Waits are scaled down by settings alone. May not: assert what a person must see (the tests do)."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from flask import Flask
from pydantic import SecretStr

from hotline import children
from hotline.consent import Decision, Entry, Purpose, record
from hotline.embedded import embedded_redis
from hotline.line import Line, open_line
from hotline.settings import Settings
from hotline.store import Change, Row, Stored, row_id
from hotline.web import create_app
from tests.hotline.phone.lines import ACCOUNT, served
from workers.fault_points import FOLDER

ROOT = Path(__file__).resolve().parents[2]
LEASE_S, UNKNOWN_AFTER_S, SEND_TIMEOUT_S = 2.0, 1.0, 1.5
AT_MOST_S = 60.0  # for a machine under load; the lease and the sweep are seconds
SETTLED = ("delivered", "undelivered", "failed", "dropped")


class Installation:
    """Everything of one line, as processes of this machine. folder: where deaths are ordered."""

    def __init__(self, line: Line, folder: Path) -> None:
        self.line, self.folder = line, folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self._others: list[subprocess.Popen[bytes]] = []
        self._count = 0

    def begin(self, *command: str) -> "subprocess.Popen[bytes]":
        """Starts a process with this line's settings."""
        settings = self.line.settings
        environment = {
            "BACKLINE_REDIS_URL": settings.redis_url, "BACKLINE_ACCOUNT_SID": settings.account_sid,
            "BACKLINE_AUTH_TOKEN": settings.auth_token.get_secret_value(),
            "BACKLINE_CARRIER_URL": settings.carrier_url, "BACKLINE_TEXT_SENDER": settings.text_sender,
            "BACKLINE_PUBLIC_BASE_URL": settings.public_base_url,
            "BACKLINE_BEAT_S": "0.1", "BACKLINE_LEASE_S": str(LEASE_S), "BACKLINE_LOG_LEVEL": "ERROR",
            "BACKLINE_UNKNOWN_AFTER_S": str(UNKNOWN_AFTER_S), "BACKLINE_TEXT_SEGMENTS_PER_S": "100",
            "BACKLINE_OPTOUT_FEED_URL": settings.optout_feed_url,
            "BACKLINE_OPTOUT_FEED_SECRET": settings.optout_feed_secret.get_secret_value(),
            "BACKLINE_SEND_TIMEOUT_S": str(SEND_TIMEOUT_S), FOLDER: str(self.folder),
            "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        }  # fmt: skip
        process = children.start([sys.executable, "-m", *command], environment)
        self._others.append(process)
        return process

    def hire(self, count: int) -> None:
        """So many workers are at work from here on; those that were killed are replaced."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < count:
            self.workers.append(self.begin("workers", "work"))

    def end(self) -> None:
        """All processes end."""
        children.stop(self._others)

    def phone(self, path: str, asked: dict[str, Any] | None = None) -> Any:
        """The carrier's own JSON: its ledger, what a phone shows, faults to order."""
        url = f"{self.line.settings.carrier_url}/phone/api/{path}"
        answer = (
            requests.get(url, timeout=10) if asked is None else requests.post(url, json=asked, timeout=10)
        )
        assert answer.ok, answer.text
        return answer.json()

    def write(self, purpose: str) -> tuple[str, str]:
        """A text to somebody new, due now: the row's id and the person's number."""
        self._count += 1
        person, line, now = f"+1303555{self._count:04d}", self.line, self.line.now()
        contact, at = line.sealer.contact_of(person), now.timestamp()
        address = line.sealer.seal(contact, "address", json.dumps([person, ACCOUNT.text_sender]).encode())
        id = row_id(contact, purpose, "day1", "2027-01-11")
        row = Row(id, contact, purpose, (("tip_heat", {}),), "en", at, at + 3600)
        entry = record(Entry(Purpose.reminders, Decision.granted, now, "sms", "JOIN", "optin", "words"))
        change = Change(b"", address=address, outbox=(row,), ledger=(entry,))
        line.store.turns.take(contact, "", lambda state: change, now)
        return id, person

    def texts(self, person: str) -> int:
        """How many texts this person's phone got."""
        return len(self.phone(f"thread?number={quote(person)}")["messages"])

    def posts(self, person: str) -> int:
        """How many texts the carrier was asked to send to this person, answered or not."""
        asked = self.phone("ledger")["requests"]
        return sum(one["method"] == "POST" and one["form"].get("To") == person for one in asked)

    def stored(self, id: str) -> Stored:
        """The row as it stands."""
        stored = self.line.store.outbox.read(id)
        assert stored is not None
        return stored

    def settled(self, id: str) -> str:
        """The final state of a row, once it has one."""
        assert waited_for(lambda: self.stored(id).state in SETTLED), self.stored(id)
        return self.stored(id).state

    def order(self, point: str, how: str = "die") -> None:
        """The next process that passes by this point dies, or with `stop` sleeps."""
        (self.folder / point).write_text(how, encoding="utf-8")

    def hit(self, point: str) -> int:
        """The process that an order hit, once it did."""
        assert waited_for(lambda: list(self.folder.glob(f"{point}.*"))), point
        (taken,) = self.folder.glob(f"{point}.*")
        taken.unlink()
        return int(taken.suffix[1:])


def waited_for(what: Callable[..., object], *of: object, within_s: float = AT_MOST_S) -> bool:
    """Whether it came true in time."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if what(*of):
            return True
        time.sleep(0.05)
    return False


def children_of(pid: int) -> list[int]:
    """The processes that a process forked (Linux)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = stat.read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(told.rpartition(")")[2].split()[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def kill(pid: int) -> None:
    """kill -9, and none of its own last words."""
    os.kill(pid, signal.SIGKILL)


@contextmanager
def installation(folder: Path) -> Iterator[Installation]:
    """A line with its web server in this process, and a Redis, a carrier and a clock of its own."""
    with embedded_redis() as redis:
        given: dict[str, Any] = {
            "redis_url": redis.url, "account_sid": ACCOUNT.sid, "text_sender": ACCOUNT.text_sender,
            "auth_token": SecretStr(ACCOUNT.auth_token), "unknown_after_s": UNKNOWN_AFTER_S,
        }  # fmt: skip
        web: list[Flask] = []  # it must know its own address, which is known once somebody listens
        with served(lambda environ, start: web[0](environ, start)) as base:
            carrier = free_address()
            line = open_line(Settings(**given, public_base_url=base, carrier_url=carrier))
            web.append(create_app(line))
            own = Installation(line, folder)
            try:
                own.begin("hotline.phone")
                own.begin("workers", "clock")
                assert waited_for(lambda: _answers(carrier))
                yield own
            finally:
                own.end()
                line.store.close()


def free_address() -> str:
    """An address of this machine where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/phone/api/line", timeout=2).ok
    except requests.RequestException:
        return False
