"""`python -m workers`: the two processes as they run in production, and how they end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hotline import children
from tests.workers.conftest import House
from workers.__main__ import main

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def start(house: House) -> Iterator[Callable[[str], "subprocess.Popen[bytes]"]]:
    """Starts a role against the house's Redis and carrier."""
    settings, running = house.line.settings, []
    environment = {
        "BACKLINE_REDIS_URL": settings.redis_url,
        "BACKLINE_ACCOUNT_SID": settings.account_sid,
        "BACKLINE_AUTH_TOKEN": settings.auth_token.get_secret_value(),
        "BACKLINE_CARRIER_URL": settings.carrier_url,
        "BACKLINE_BEAT_S": "0.2",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    }

    def begin(role: str) -> "subprocess.Popen[bytes]":
        process = children.start([sys.executable, "-m", "workers", role], environment)
        running.append(process)
        return process

    yield begin
    children.stop(running)


def waited_for(what: Callable[[], bool], within_s: float = 30.0) -> bool:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.1)
    return False


def test_the_clock_and_the_worker_bring_the_checkin_to_the_phone_and_end_in_good_order(
    house: House, start: Callable[[str], "subprocess.Popen[bytes]"]
) -> None:
    house.join()
    processes = [start("work"), start("clock")]
    assert waited_for(lambda: "clock" in house.line.store.signs.beats())
    house.go_to(1)
    assert waited_for(lambda: len(house.texts()) == 1)
    for process in processes:
        os.kill(process.pid, signal.SIGTERM)
    assert [process.wait(timeout=20) for process in processes] == [0, 0]


@pytest.mark.parametrize("arguments", [[], ["nap"], ["work", "clock"]])
def test_asked_wrongly_it_says_how_to_ask(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "python -m workers work" in capsys.readouterr().err
