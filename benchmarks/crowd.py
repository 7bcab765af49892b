"""People with an opt-in, and the processes of a line that texts them: what the measurements of sending share.

May not: measure anything, or reach anything but this machine's loopback."""

import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
from pydantic import SecretStr

from flows.protocol import Medium
from hotline import children
from hotline.consent import Decision, Entry, Purpose, record
from hotline.line import Line, open_line
from hotline.outbound import Message
from hotline.settings import Settings
from hotline.store import Change, Row, row_id

SHORT_CODE_PER_S = 100
NO_PACE = 1e6  # where a sender's pace is not what is measured
ACCOUNT, TOKEN, SENDER = "AC" + "0" * 32, "a-token-of-the-benchmark", "+12025550100"


def line_of(redis_url: str, carrier_url: str, **more: Any) -> Line:
    """The line of this process, of the same settings as the processes beside it."""
    return open_line(Settings(
        mode="trial", redis_url=redis_url, account_sid=ACCOUNT, auth_token=SecretStr(TOKEN),
        text_sender=SENDER, carrier_url=carrier_url, **more,
    ))  # fmt: skip


@contextmanager
def carrier(redis_url: str, answers_after_s: float = 0.0) -> Iterator[str]:
    """The stateful carrier as a process of its own, near or far away; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with begun(redis_url, url, "benchmarks.far_carrier", f"{answers_after_s:g}"):
        _wait_for(url)
        yield url


@contextmanager
def begun(redis_url: str, carrier_url: str, *command: str, **more: str) -> Iterator[None]:
    """`python -m` this with the settings of the line and these, until the block is left."""
    root = str(Path(__file__).resolve().parents[1])
    environment = {
        "BACKLINE_REDIS_URL": redis_url, "BACKLINE_ACCOUNT_SID": ACCOUNT, "BACKLINE_AUTH_TOKEN": TOKEN,
        "BACKLINE_CARRIER_URL": carrier_url, "BACKLINE_TEXT_SENDER": SENDER,
        "BACKLINE_PUBLIC_BASE_URL": carrier_url, **more,
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
    }  # fmt: skip
    with tempfile.TemporaryFile() as output:
        process = children.start([sys.executable, "-m", *command], environment, output=output)
        try:
            yield
        finally:
            children.stop([process])


def _wait_for(url: str) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            requests.get(f"{url}/phone/api/line", timeout=2)
            return
        except requests.RequestException:
            time.sleep(0.1)
    raise RuntimeError("the stand-in carrier does not answer")


class Crowd:
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
