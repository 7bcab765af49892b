"""The demo plays itself through, and nothing of it stays, however it ends."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline import children, demo
from hotline.demo import DemoFailed

ROOT = Path(__file__).resolve().parents[2]
GONE_WITHIN_S = 10.0


def start_demo(*arguments: str) -> "subprocess.Popen[str]":
    """The demo as a person starts it, in a session of its own like a terminal's."""
    command = [sys.executable, "-m", "hotline.cli", "demo", *arguments]
    environment = {
        name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def of_the_demo(pid: int) -> set[int]:
    """Every living process that the demo `pid` or one of its children started, orphans included."""
    mark = f"{children.PARENT}={pid}:".encode()
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            surroundings = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # ended while we looked, or somebody else's
        if any(entry.startswith(mark) for entry in surroundings) and children.is_alive(int(folder.name)):
            found.add(int(folder.name))
    return found | redis_of(pid)


def redis_of(pid: int) -> set[int]:
    """The demo's keeper, its child, and the Redis, a child of the keeper."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(child): int(parent) for child, parent in (row.split() for row in listed.splitlines())}
    first = {child for child, parent in parents.items() if parent == pid}
    return first | {child for child, parent in parents.items() if parent in first}


def all_gone(pids: set[int], within_s: float = GONE_WITHIN_S) -> bool:
    """Whether every one of them ends within that time."""
    deadline = time.monotonic() + within_s
    while any(children.is_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not [pid for pid in pids if children.is_alive(pid)]


@pytest.fixture
def ready() -> Iterator["subprocess.Popen[str]"]:
    """A demo whose phone has been announced."""
    process = start_demo()
    assert process.stdout
    told = []
    for line in process.stdout:
        told.append(line)
        if "Ctrl-C" in line:
            break
    assert "http://127.0.0.1:" in "".join(told), "".join(told)
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_after_kill_9_every_process_is_gone_within_ten_seconds(ready: "subprocess.Popen[str]") -> None:
    """Redis, the server's workers, the queue's worker: none outlives the demo, and none was told to end."""
    pids = of_the_demo(ready.pid)
    folders = list(Path(tempfile.gettempdir()).glob(f"backline-redis-{ready.pid}-*"))
    assert len(folders) == 1
    assert len(pids) >= 8, "keeper, Redis, web and its two workers, phone, worker, clock"
    ready.kill()
    ready.wait()
    assert all_gone(pids), [pid for pid in pids if children.is_alive(pid)]
    assert not of_the_demo(ready.pid)
    assert not [folder for folder in folders if folder.exists()]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_a_request_to_end_stop_everything(
    ready: "subprocess.Popen[str]", how: signal.Signals
) -> None:
    """Exit 0 and a clean table; what a process manager sends is as good as Ctrl-C."""
    pids = of_the_demo(ready.pid)
    ready.send_signal(how)
    assert ready.wait(timeout=GONE_WITHIN_S) == 0
    assert all_gone(pids, within_s=1)


def test_once_plays_everything_and_leaves_nothing() -> None:
    """A text encounter, a call, a JOIN and the real worker's check-in a day later; the last line says ok."""
    begun = time.monotonic()
    process = start_demo("--once")
    told, _ = process.communicate(timeout=180)
    assert process.returncode == 0, told
    assert told.splitlines()[-1] == "demo: ok"
    assert told.index("# A text encounter") < told.index("# A call") < told.index("# JOIN")
    assert "> BACK" in told and "# A day later" in told
    assert time.monotonic() - begun < 180
    if sys.platform == "linux":
        assert not of_the_demo(process.pid)


def test_a_taken_port_is_told_with_the_remedy() -> None:
    """The page's port can be chosen; a taken one is said before anything starts."""
    taken, _ = demo.free_ports(None)
    with (
        socket.create_server(("127.0.0.1", taken)),
        pytest.raises(DemoFailed, match="choose another one with --port"),
    ):
        demo.free_ports(taken)


def test_a_process_that_ends_is_named_with_its_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that cannot start is not waited for: the demo says which one it is and what it wrote."""
    broken = [("the worker", ["-c", "print('no such queue'); raise SystemExit(3)"])]
    monkeypatch.setattr(demo, "commands", lambda web: broken)
    with (
        pytest.raises(DemoFailed, match=r"the worker ended with code 3:\n    no such queue"),
        demo.running_demo(),
    ):
        pass


def test_the_demo_takes_over_nothing_of_a_real_installation() -> None:
    """A shell set up for production: its account, its Redis and its on-call number stay out of the demo."""
    environment = demo.environment_for("redis://own", 1, 2)
    assert environment["BACKLINE_MODE"] == "trial"
    assert environment["BACKLINE_ON_CALL_NUMBER"] is None
    assert environment["BACKLINE_REDIS_URL"] == "redis://own"
    assert (
        environment["BACKLINE_AUTH_TOKEN"] != demo.environment_for("redis://own", 1, 2)["BACKLINE_AUTH_TOKEN"]
    )
