"""Everything on one machine: a Redis, the web, the worker, the clock, and the carrier with its phone.

The very processes of production, as processes, with made-up secrets. They end with us, however we end.

May use: embedded, children, rehearsal; it starts the others as processes. May not: import flask, twilio,
redis or workers, or decide anything that a caller hears.
"""

import base64
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import IO, NoReturn

from hotline import children, rehearsal
from hotline.embedded import embedded_redis
from hotline.errors import BackLineError

START_WITHIN_S = 60.0
STOP_WITHIN_S = 5.0
LAST_WORDS = 15
"""So many lines of a process's output are shown when it ends by itself."""

_STRANGERS = tuple(
    f"BACKLINE_{name}" for name in ("AUTH_TOKEN_OLD", "QUEUE_REDIS_URL", "ON_CALL_NUMBER", "ON_CALL_WEBHOOK")
)
"""Settings of a real installation that the demo must not take over from the shell."""


class DemoFailed(BackLineError):
    """A process of the demo did not start, or ended by itself: the message says which, and its last words."""


@dataclass(frozen=True, slots=True)
class Running:
    """One process of the demo. What it writes goes to a file without a name, so a kill leaves none behind."""

    name: str
    process: "subprocess.Popen[bytes]"
    output: IO[bytes]

    def last_words(self) -> str:
        """The end of what it wrote."""
        self.output.seek(0)
        lines = self.output.read().decode("utf-8", "replace").splitlines()
        return "\n".join(f"    {line}" for line in lines[-LAST_WORDS:])


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that answers. The addresses end without a slash."""

    phone_url: str
    line_url: str
    processes: tuple[Running, ...]

    def check(self) -> None:
        """Raises DemoFailed when one of the processes ended."""
        for running in self.processes:
            code = running.process.poll()
            if code is not None:
                raise DemoFailed(f"{running.name} ended with code {code}:\n{running.last_words()}")


def run_demo(once: bool, port: int | None = None) -> int:
    """Runs the demo until Ctrl-C, or plays it through by itself. Returns the exit code.

    port: where the phone's page listens; a free one when None.
    """
    _listen_to_requests_to_end()
    try:
        with running_demo(port) as demo:
            play(demo) if once else serve(demo)
        print("demo: ok", flush=True)
        return 0
    except KeyboardInterrupt:
        print("\nstopped", flush=True)
        return 1 if once else 0
    except BackLineError as fault:
        print(f"demo: {fault}", flush=True)
        return 1


@contextmanager
def running_demo(port: int | None = None) -> Iterator[Demo]:
    """The whole demo, answering, for as long as the block lasts.

    Raises DemoFailed when something does not start, embedded.NoRedis when there is no Redis to be had.
    """
    with ExitStack() as stack:
        redis = stack.enter_context(embedded_redis())
        web, phone = free_ports(port)
        environment = environment_for(redis.url, web, phone)
        processes = [_begin(stack, name, command, environment) for name, command in commands(web)]
        demo = Demo(f"http://127.0.0.1:{phone}", f"http://127.0.0.1:{web}", tuple(processes))
        stack.callback(children.stop, [running.process for running in processes], STOP_WITHIN_S)
        _wait_until_ready(demo, time.monotonic() + START_WITHIN_S)
        yield demo


def commands(web: int) -> Sequence[tuple[str, Sequence[str]]]:
    """The processes by name. The web has two workers, so that no state can hide in one of them."""
    gunicorn = ["gunicorn", "hotline.web:app_from_settings()", "--bind", f"127.0.0.1:{web}", "--workers", "2"]
    options = ["--threads", "4", "--graceful-timeout", "2", "--no-control-socket", "--log-level", "warning"]
    return [
        ("the web", ["-m", *gunicorn, *options]),
        ("the phone", ["-m", "hotline.phone"]),
        ("the worker", ["-m", "workers", "work"]),
        ("the clock", ["-m", "workers", "clock"]),
    ]


# Two nurses on duty day and night, so that key 0 rings somebody: the page plays them.
_NURSES = {
    "BACKLINE_DESK_DAYS": "0-6",
    "BACKLINE_DESK_FROM": "00:00",
    "BACKLINE_DESK_UNTIL": "23:59",
    "BACKLINE_DESK_PHONES": "+12025550180,+12025550181",
}


def environment_for(redis_url: str, web: int, phone: int) -> dict[str, str | None]:
    """The settings of this one demo: its own addresses and secrets, made now and kept nowhere."""
    return {
        **dict.fromkeys(_STRANGERS),
        "BACKLINE_MODE": "trial",
        "BACKLINE_REDIS_URL": redis_url,
        "BACKLINE_ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
        "BACKLINE_AUTH_TOKEN": secrets.token_hex(16),
        "BACKLINE_PUBLIC_BASE_URL": f"http://127.0.0.1:{web}",
        "BACKLINE_CARRIER_URL": f"http://127.0.0.1:{phone}",
        "BACKLINE_ADDRESS_KEY": _key(),
        "BACKLINE_SEALING_KEYS": f"demo:{_key()}",
        **_NURSES,
        "BACKLINE_SPEECH": "true",
        "PYTHONUNBUFFERED": "1",
    }


def free_ports(wanted: int | None) -> tuple[int, int]:
    """Two free ports of this machine, for the web and the phone; the second is `wanted` where that is given.

    Raises DemoFailed when the wanted one is taken.
    """
    with socket.socket() as web, socket.socket() as phone:
        web.bind(("127.0.0.1", 0))
        try:
            phone.bind(("127.0.0.1", wanted or 0))
        except OSError as taken:
            raise DemoFailed(f"port {wanted} is taken: choose another one with --port") from taken
        return int(web.getsockname()[1]), int(phone.getsockname()[1])


def _begin(
    stack: ExitStack, name: str, command: Sequence[str], environment: dict[str, str | None]
) -> Running:
    """Starts one process; should the next one fail to start, this one is stopped."""
    output = stack.enter_context(tempfile.TemporaryFile())
    process = children.start([sys.executable, *command], environment, output=output)
    stack.callback(children.stop, [process], STOP_WITHIN_S)
    return Running(name, process, output)


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def _wait_until_ready(demo: Demo, deadline: float) -> None:
    """Returns once web and phone answer. Raises DemoFailed when a process ends or time is up."""
    waiting = {"the web": f"{demo.line_url}/ready", "the phone": f"{demo.phone_url}/phone/api/clock"}
    while waiting:
        demo.check()
        waiting = {name: url for name, url in waiting.items() if not rehearsal.answers(url)}
        if time.monotonic() > deadline:
            silent = [running for running in demo.processes if running.name in waiting]
            words = "\n".join(f"{running.name}:\n{running.last_words()}" for running in silent)
            raise DemoFailed(f"no answer within {START_WITHIN_S:.0f} s from {words}")
        time.sleep(0.1)


def play(demo: Demo) -> None:
    """Plays the demo through. Raises StepMissing or DemoFailed; what the processes wrote is shown then."""
    try:
        rehearsal.rehearse(demo.phone_url, demo.check)
    except rehearsal.StepMissing:
        for running in demo.processes:
            print(f"-- {running.name} wrote:\n{running.last_words()}", file=sys.stderr, flush=True)
        raise


def serve(demo: Demo) -> NoReturn:
    """Says where the phone is and waits for Ctrl-C. Raises DemoFailed when a process ends by itself."""
    print(f"The phone: {demo.phone_url}/\nText BACK, or dial. Ctrl-C stops everything.", flush=True)
    if _has_display():
        webbrowser.open(f"{demo.phone_url}/")
    while True:
        demo.check()
        time.sleep(0.5)


def _has_display() -> bool:
    """Whether a browser window could open. A text browser would take the terminal over."""
    if sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _listen_to_requests_to_end() -> None:
    """A request to end is as good as Ctrl-C; one that our starter told us to ignore (nohup) stays ignored."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
