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
from tests.hotline.edges import production
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

    def begin(role: str, **more: str) -> "subprocess.Popen[bytes]":
        given = environment | {f"BACKLINE_{name}": value for name, value in more.items()}
        process = children.start([sys.executable, "-m", "workers", role], given)
        running.append(process)
        return process

    yield begin
    children.stop(running)


def waited_for(what: Callable[[], object], within_s: float = 30.0) -> bool:
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


def test_a_worker_that_was_killed_while_something_is_due_is_told_to_whoever_is_on_call(
    house: House, start: Callable[..., "subprocess.Popen[bytes]"]
) -> None:
    """By the clock itself, once; while nothing is due, nobody is called out."""
    given, on_call = {"BEAT_LATE_S": "4", "LEASE_S": "1", "ON_CALL_NUMBER": "+12025550177"}, "+12025550177"
    alarms = house.line.store.signs.alarms
    worker, _ = start("work", **given), start("clock", **given)
    assert waited_for(lambda: len(house.line.store.signs.beats()) == 2)
    worker.kill()
    worker.wait(timeout=10)
    assert not waited_for(alarms, within_s=6)
    house.join()
    house.go_to(1)
    assert waited_for(lambda: len(house.carrier.thread(on_call)) == 1)
    assert "no worker is at work" in house.carrier.thread(on_call)[0].body
    assert alarms() == {"worker_silent": 1} and house.texts() == []
    start("work", **given)
    assert waited_for(lambda: len(house.texts()) == 1)
    assert len(house.carrier.thread(on_call)) == 1


def test_of_two_clocks_one_acts_and_another_takes_over_when_it_is_killed(
    house: House, start: Callable[[str], "subprocess.Popen[bytes]"]
) -> None:
    """Killed, it leaves its lease: the other one acts within the lease and a beat."""
    signs = house.line.store.signs
    first = start("clock")
    assert waited_for(lambda: "clock" in signs.beats())
    second = start("clock")
    assert not waited_for(lambda: signs.leads("a third one", 1), within_s=2)
    first.kill()
    first.wait(timeout=10)
    killed = time.time()
    assert waited_for(lambda: signs.beats()["clock"] > killed + 0.5, within_s=15)
    assert second.poll() is None


def test_a_clock_that_ends_in_good_order_leaves_its_place_at_once(
    house: House, start: Callable[[str], "subprocess.Popen[bytes]"]
) -> None:
    signs = house.line.store.signs
    clock = start("clock")
    assert waited_for(lambda: "clock" in signs.beats())
    os.kill(clock.pid, signal.SIGTERM)
    assert clock.wait(timeout=20) == 0
    assert signs.leads("another", 1)


@pytest.mark.parametrize("arguments", [[], ["nap"], ["work", "clock"]])
def test_asked_wrongly_it_says_how_to_ask(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "python -m workers work" in capsys.readouterr().err


REFUSED = [
    ({"ADDRESS_KEY": ""}, "BACKLINE_ADDRESS_KEY"),
    ({"CLINIC_PHONE": "555-010-0100"}, "BACKLINE_CLINIC_PHONE"),
    ({}, "hotline sign"),
]


@pytest.mark.parametrize("role", ["work", "clock"])
@pytest.mark.parametrize(("lacks", "told"), REFUSED)
def test_in_production_it_refuses_what_the_web_server_refuses(
    clean_redis: str, role: str, lacks: dict[str, str], told: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workers", role], cwd=ROOT, capture_output=True, text=True, timeout=60,
        env=os.environ | production(clean_redis, **lacks), stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 1 and told in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("role", ["work", "clock"])
def test_without_a_token_it_does_not_start_in_trial_mode_either(clean_redis: str, role: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workers", role], cwd=ROOT, capture_output=True, text=True, timeout=60,
        env=os.environ | {"BACKLINE_REDIS_URL": clean_redis, "BACKLINE_AUTH_TOKEN": ""},
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 1 and "BACKLINE_AUTH_TOKEN" in done.stderr
