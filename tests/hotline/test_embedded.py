"""Our own Redis is a real one with its append-only file on, and nothing of it stays, however we end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis

from hotline import children, embedded
from hotline.embedded import NoRedis, embedded_redis

HOLDER = """
import sys, time, redis
from hotline.embedded import embedded_redis
with embedded_redis() as own:
    print(own.url, own.folder, redis.Redis.from_url(own.url).info("server")["process_id"], flush=True)
    time.sleep(60)
"""

GRANDPARENT = """
import os, sys, time
from hotline import children
child = children.start([sys.executable, "-c", '''
import os, time
from hotline import children
children.watch_parent(every_s=0.1)
pid = os.fork()
if pid:
    print(os.getpid(), pid, flush=True)
time.sleep(60)
'''])
time.sleep(60)
"""


def ends(pid: int, within_s: float = 8.0) -> bool:
    """Whether a process is gone within that many seconds."""
    deadline = time.monotonic() + within_s
    while children.is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not children.is_alive(pid)


def test_it_answers_and_keeps_an_append_only_file() -> None:
    """What is written stands in a file each second, as production demands of a Redis."""
    with embedded_redis() as own, redis.Redis.from_url(own.url) as client:
        assert client.set("greeting", "hello")
        assert client.config_get("append*")["appendonly"] == "yes"
        assert client.config_get("appendfsync")["appendfsync"] == "everysec"
        assert client.config_get("bind")["bind"] == "127.0.0.1"
        assert own.folder and list(own.folder.glob("appendonlydir/*"))


def test_nobody_else_on_the_machine_can_read_it() -> None:
    """Its folder is private and it asks for a password."""
    with embedded_redis() as own:
        assert own.folder and own.folder.stat().st_mode & 0o077 == 0
        port = own.url.rpartition(":")[2].partition("/")[0]
        with redis.Redis(port=int(port)) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_nothing_stays_when_the_block_ends() -> None:
    """Server and folder are gone."""
    with embedded_redis() as own, redis.Redis.from_url(own.url) as client:
        pid = client.info("server")["process_id"]
    assert ends(pid)
    assert own.folder and not own.folder.exists()


def test_a_given_address_is_used_and_nothing_is_started() -> None:
    """Whoever has a Redis keeps it."""
    with embedded_redis("redis://127.0.0.1:1/0") as given:
        assert given.url == "redis://127.0.0.1:1/0"
        assert given.folder is None


def test_it_dies_with_a_killed_parent_and_leaves_no_folder() -> None:
    """kill -9 leaves us no chance to clear up: the keeper does it."""
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True)
    assert holder.stdout
    _, folder, pid = holder.stdout.readline().split()
    assert Path(folder).is_dir() and children.is_alive(int(pid))
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert ends(int(pid))
    deadline = time.monotonic() + 5
    while Path(folder).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(folder).exists()


def test_a_missing_program_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing on PATH, nothing in the package: the message names what to install and what to set."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(embedded, "_packaged", lambda: None)
    with pytest.raises(NoRedis, match="Install Redis, or set BACKLINE_REDIS_URL"), embedded_redis():
        pass


def test_a_server_too_old_for_our_scripts_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A Redis 5 on PATH is not used; the packaged one is."""
    old = tmp_path / "redis-server"
    old.write_text("#!/bin/sh\necho 'Redis server v=5.0.3 sha=00000000:0'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert embedded.version_of(str(old)) == (5, 0, 3)
    assert embedded.find_program() != str(old)


def test_a_server_that_does_not_start_shows_its_own_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The port is taken: the error holds the server's log, and no folder stays."""
    with embedded_redis() as own:
        taken = int(own.url.rpartition(":")[2].partition("/")[0])
        monkeypatch.setattr(embedded, "_free_port", lambda: taken)
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        with pytest.raises(NoRedis, match="does not answer"), embedded_redis(within_s=5):
            pass
    assert not list(tmp_path.iterdir())


def test_grandchildren_end_when_the_first_process_is_killed() -> None:
    """The parent-death signal is not inherited: a forked job process ends by watching the parent itself."""
    first = subprocess.Popen([sys.executable, "-c", GRANDPARENT], stdout=subprocess.PIPE, text=True)
    assert first.stdout
    child, grandchild = (int(part) for part in first.stdout.readline().split())
    assert children.is_alive(child) and children.is_alive(grandchild)
    first.kill()
    first.wait()
    first.stdout.close()
    assert ends(child) and ends(grandchild)


def test_a_process_that_ignores_the_request_to_end_is_killed_in_time() -> None:
    """A stuck server does not hold up the end of the demo."""
    stuck = "from signal import *; signal(SIGTERM, SIG_IGN); print(1, flush=True); pause()"
    process = children.start([sys.executable, "-c", stuck], output=subprocess.PIPE)
    assert process.stdout and process.stdout.readline()
    begun = time.monotonic()
    children.stop([process], within_s=0.5)
    process.stdout.close()
    assert process.returncode == -signal.SIGKILL
    assert time.monotonic() - begun < 5


def test_a_number_given_to_another_process_is_not_mistaken_for_the_parent() -> None:
    """Process numbers are used again; the start time tells one from the other."""
    pid, begun = children.signature_of(os.getpid()).split(":")
    assert children.is_alive(int(pid), begun)
    assert not children.is_alive(int(pid), "1")


def test_without_a_named_parent_nothing_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Production names none: no process there ends because another one did."""
    monkeypatch.delenv(children.PARENT, raising=False)
    assert children.watch_parent() is False
