"""Redis away, slow, full, read-only or badly set up; the demo's clock; old protocols."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import DEVNULL

import pytest
import redis

from hotline import children
from hotline.embedded import embedded_redis, find_program
from hotline.errors import StoreAway
from hotline.sealing import Sealer
from hotline.settings import Settings
from hotline.store import Row, Store, Task, open_store, row_id, task_id
from tests.hotline.store.conftest import NOW, Raw, saying


@pytest.fixture
def lone_url() -> Iterator[str]:
    """A Redis of this test's own, to be mistreated."""
    with embedded_redis() as own:
        yield own.url


@pytest.fixture
def cluster_url(tmp_path: Path) -> Iterator[str]:
    """A server in cluster mode that holds all slots: it refuses what would not stay in one."""
    port = str(free_port())
    setup = ["--cluster-enabled", "yes", "--bind", "127.0.0.1", "--port", port, "--dir", str(tmp_path)]
    server = children.start([find_program(), *setup, "--save", ""], output=DEVNULL)
    url = f"redis://127.0.0.1:{port}/0"
    try:
        with redis.Redis.from_url(url) as raw:
            until(raw.ping)
            raw.execute_command("CLUSTER ADDSLOTS", *range(16384))
            until(lambda: raw.execute_command("CLUSTER INFO")["cluster_state"] == "ok")
        yield url
    finally:
        children.stop([server])


def free_port() -> int:
    """A free port whose cluster bus, ten thousand above it, is a port as well."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port < 55_536:
            return port


def until(true: Callable[[], object]) -> None:
    """Waits at most ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if true():
                return
        except redis.ConnectionError:
            pass
        time.sleep(0.05)
    raise AssertionError("the cluster did not come up")


def opened(url: str) -> Store:
    """A store on it."""
    settings = Settings(redis_url=url)
    return open_store(url, settings, Sealer.from_settings(settings))


def refused_after_s(act: Callable[[], object]) -> float:
    """How long somebody waits until StoreAway."""
    began = time.monotonic()
    with pytest.raises(StoreAway):
        act()
    return time.monotonic() - began


def test_redis_gone_is_told_at_once_and_heals_by_itself(lone_url: str, contact: str) -> None:
    """The webhook has its 2 s; nothing repeats an argument; the clock goes on."""
    store = opened(lone_url)
    store.turns.take(contact, "SM1", saying(session="s"), NOW)
    with redis.Redis.from_url(lone_url) as raw:
        raw.shutdown(nosave=True)
    with pytest.raises(StoreAway) as away:
        store.turns.take(contact, "SM2", saying(session="secret words"), NOW)
    assert "secret" not in str(away.value) and contact not in str(away.value)
    for act in (
        store.ping,
        store.check,
        store.due.count,
        lambda: store.tasks.list(),
        lambda: store.turns.read(contact),
    ):
        assert refused_after_s(act) < 1
    assert abs(store.clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_redis_that_hangs_for_seconds_is_given_up_within_two(lone_url: str, contact: str) -> None:
    """Both with an open connection and with none, and it works again afterwards."""
    warm, cold = opened(lone_url), opened(lone_url)
    warm.turns.take(contact, "SM1", saying(session="s"), NOW)
    with redis.Redis.from_url(lone_url) as raw:
        pid = int(raw.info("server")["process_id"])
    os.kill(pid, signal.SIGSTOP)
    try:
        for store in (warm, cold):
            assert refused_after_s(lambda: store.turns.take(contact, "SM2", saying(session="t"), NOW)) < 2  # noqa: B023
    finally:
        os.kill(pid, signal.SIGCONT)
    assert warm.turns.take(contact, "SM3", saying(session="u"), NOW).reply == b"<Response/>"


def test_connections_that_redis_dropped_are_not_noticed(lone_url: str, contact: str) -> None:
    """A restart or an idle time-out of Redis costs nobody their answer."""
    store = opened(lone_url)
    store.turns.take(contact, "SM1", saying(session="s"), NOW)
    with redis.Redis.from_url(lone_url) as raw:
        raw.client_kill_filter(_type="normal", skipme=True)
        raw.script_flush()
    assert store.turns.take(contact, "SM2", saying(b"there"), NOW).reply == b"there"


def test_a_full_redis_saves_nothing_by_halves(lone_url: str, contact: str) -> None:
    """Everything of a turn is refused together, and its message can be tried again."""
    store = opened(lone_url)
    with redis.Redis.from_url(lone_url) as raw:
        raw.config_set("maxmemory", "1")
        with pytest.raises(StoreAway, match="OutOfMemory|OOM"):
            store.turns.take(contact, "SM1", saying(session="s", opted_out=True, wake_at=1.0), NOW)
        assert "Redis is full: raise maxmemory" in store.check()
        assert raw.keys("*") == []
        raw.config_set("maxmemory", "0")
    assert not store.turns.take(contact, "SM1", saying(session="s"), NOW).duplicate


def test_a_read_only_redis_is_away_for_turns(lone_url: str, contact: str) -> None:
    """A replica after a failover."""
    store = opened(lone_url)
    with redis.Redis.from_url(lone_url) as raw:
        raw.replicaof("127.0.0.1", "1")
    with pytest.raises(StoreAway):
        store.turns.take(contact, "SM1", saying(session="s"), NOW)
    assert any("read-only replica" in problem for problem in store.check())


def test_the_check_names_every_problem_with_its_remedy(lone_url: str) -> None:
    """A fit one has none."""
    store = opened(lone_url)
    assert store.check() == []
    with redis.Redis.from_url(lone_url) as raw:
        raw.config_set("appendonly", "no")
        raw.config_set("maxmemory-policy", "allkeys-lru")
    problems = store.check()
    assert [words for words in ("appendonly yes", "noeviction") for told in problems if words in told] == [
        "appendonly yes", "noeviction",
    ]  # fmt: skip


def test_the_demos_clock_moves_on_for_every_process(store: Store, clean_redis: str) -> None:
    """Another process sees it within a moment."""
    other = opened(clean_redis)
    assert abs(other.clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    moved = store.clock.move(timedelta(days=1))
    assert abs(moved - datetime.now(UTC) - timedelta(days=1)) < timedelta(seconds=5)
    time.sleep(0.25)
    assert abs(other.clock.now() - moved) < timedelta(seconds=5)
    assert other.clock.now().tzinfo is UTC


def test_in_production_the_clock_is_the_systems_whatever_stands_in_redis(
    store: Store, settings: Settings
) -> None:
    """And it cannot be moved."""
    store.clock.move(timedelta(days=3))
    live = settings.model_copy(update={"mode": "production"})
    real = open_store(live.redis_url, live, Sealer.from_settings(settings))
    assert abs(real.clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    with pytest.raises(ValueError, match="production"):
        real.clock.move(timedelta(days=1))


def test_an_old_protocol_is_still_there_for_its_open_sessions(store: Store, raw: Raw) -> None:
    """Compressed, for 30 days; another hash is unknown."""
    files = {"protocol.yaml": "questions: []\n" * 500, "texts/en.yaml": "hello: ¡Hola!"}
    store.versions.publish("abc123", files)
    assert store.versions.files("abc123") == files
    assert store.versions.files("def456") is None
    (key,) = raw.keys("*:p:*")
    assert raw.strlen(key) < 500
    assert 29 * 86_400 < raw.ttl(key) <= 30 * 86_400


def test_a_cluster_takes_every_step_of_the_store(cluster_url: str, contact: str) -> None:
    """The server itself refuses scripts whose keys lie in two slots or are not named: none is refused."""
    store = opened(cluster_url)
    now = NOW.timestamp()
    row = Row(
        row_id(contact, "reminder", "day1", "d"), contact, "reminder", (("day1", {}),), "en", now, now + 9
    )
    task = Task(task_id(contact, 1, "r"), contact, "r", "urgent_today", 1.0, 2.0)
    everything = saying(
        session="s", wake_at=1.0, enrolment="e", due_at=2.0, opted_out=False, address=b"a", outbox=(row,),
        tasks=(task,), ledger=("{}",), events=({"a": "b"},),
    )  # fmt: skip
    assert not store.turns.take(contact, "SM1", everything, NOW).duplicate
    assert store.turns.take(contact, "SM1", everything, NOW).duplicate
    assert store.turns.waiting(NOW, 10, 5) == store.due.claim(NOW, 10, 5) == [contact]
    assert store.outbox.ring(NOW, 10, 5) == [row.id]
    claimed = store.outbox.claim(row.id, NOW, 30)
    assert claimed and store.outbox.accepted(row.id, claimed.token, "SM1", NOW)
    assert store.outbox.callback(row.id, "SM1", "delivered", "", NOW)
    assert store.due.step(contact, store.due.read(contact).version, "", None, [], [], [], NOW)
    assert store.tasks.close(task.id, "ann", "x", NOW).state == "closed"
    assert any("cluster" in problem for problem in store.check())
