"""The way to Redis: one client with short time-outs, scripts by their hash, and every fault as StoreAway.

May use: redis. May not: know what a key means. No fault quotes an argument, as redis-py's do."""

import hashlib
import os
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.retry import Retry

from hotline.errors import StoreAway
from hotline.settings import Settings

Word = str | bytes | int | float
Command = tuple[Word, ...]


def connect(url: str, settings: Settings, *, blocking: bool = False) -> "redis.Redis":
    """A client with a pool, for any thread and after any fork. Nothing is sent before its first use.

    A Redis that is away or slow fails after `store_timeout_s`, without another try: somebody is waiting.
    blocking: for RQ, whose workers wait in one command for minutes and set that time-out themselves."""
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=settings.store_timeout_s,
        socket_timeout=None if blocking else settings.store_timeout_s,
        socket_keepalive=True,
        retry=Retry(NoBackoff(), 0),
        protocol=2,  # each greeting more is one more wait on a slow Redis
        driver_info=None,
        decode_responses=False,
    )


@contextmanager
def answering() -> Iterator[None]:
    """For who uses a client of `connect` itself (RQ): every fault of Redis in the block becomes StoreAway."""
    try:
        yield
    except (RedisError, OSError) as fault:
        raise _away(fault) from None


class Script:
    """A Lua script that lies beside this module; Redis knows it by its hash."""

    def __init__(self, name: str) -> None:
        self.text = files(__package__).joinpath(f"{name}.lua").read_text("utf-8")
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


class Lines:
    """Connections of a client's pool that stay open between turns: asking costs one send and one read.

    The client's own way takes the pool's lock and counts each time, and its time-out polls before each send
    and read; every one of them hands the interpreter to another thread. Safe between
    threads and across a fork; `close` of the client closes them too."""

    def __init__(self, pool: "redis.ConnectionPool") -> None:
        self._pool: Any = pool
        self._idle: deque[Any] = deque()
        self._owner = os.getpid()

    def ask(self, *command: Word) -> Any:
        """The answer to one command, as Redis gives it. RedisError, OSError: as the client's."""
        connection = self._taken()
        try:
            connection.send_packed_command(connection.pack_command(*command), check_health=False)
            answer = connection.read_response()
        except ResponseError:
            self._idle.append(connection)  # Redis said no: the connection is fine
            raise
        except BaseException:
            connection.disconnect()
            self._pool.release(connection)
            raise
        self._idle.append(connection)
        return answer

    def _taken(self) -> Any:
        if self._owner != os.getpid():  # these are the parent's: a child opens its own
            self._idle, self._owner = deque(), os.getpid()
        try:
            connection = self._idle.pop()
        except IndexError:
            return _waiting_in_the_kernel(self._pool.get_connection())
        if connection._sock is None or _is_broken(connection):
            connection.disconnect()
            connection.connect()
            _waiting_in_the_kernel(connection)
        return connection


def _is_broken(connection: Any) -> bool:
    """Whether Redis hung up, or something stands there that nobody asked for."""
    try:
        if type(connection._sock) is not socket.socket:
            return bool(connection.can_read())
        connection._sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        return True
    except BlockingIOError:
        return False
    except (RedisError, OSError):
        return True


def _waiting_in_the_kernel(connection: Any) -> Any:
    """The same time-out, kept by the kernel: no poll before each send and read. TLS keeps its own."""
    plain, limit = connection._sock, connection.socket_timeout
    if limit and type(plain) is socket.socket:
        span = struct.pack("ll", int(limit), int(limit % 1 * 1_000_000))
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, span)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, span)
        plain.settimeout(None)
    return connection


class Wire:
    """Sends commands and scripts. Every method raises StoreAway when Redis is away, full, slow or
    read-only."""

    def __init__(self, client: "redis.Redis") -> None:
        self.client = client
        self._send: Callable[..., Any] = client.execute_command
        pool = getattr(client, "connection_pool", None)  # a cluster's client has many
        self._ask: Callable[..., Any] = Lines(pool).ask if pool else client.execute_command

    def run(self, *command: Word) -> Any:
        """One command, one round trip."""
        try:
            return self._send(*command)
        except (RedisError, OSError) as fault:
            raise _away(fault) from None

    def script(self, script: Script, keys: Sequence[str], arguments: Sequence[Word]) -> Any:
        """One script, one round trip; two where Redis forgot it (a restart, SCRIPT FLUSH)."""
        try:
            return self._ask("EVALSHA", script.sha, len(keys), *keys, *arguments)
        except NoScriptError:
            return self.run("EVAL", script.text, len(keys), *keys, *arguments)
        except (RedisError, OSError) as fault:
            raise _away(fault) from None

    def each(self, commands: Sequence[Command]) -> list[Any]:
        """Several commands in one round trip; their answers in order. No transaction: they are of many
        shards."""
        if not commands:
            return []
        try:
            with self.client.pipeline(transaction=False) as pipeline:
                queue: Callable[..., Any] = pipeline.execute_command
                for command in commands:
                    queue(*command)
                answers = pipeline.execute(raise_on_error=False)
        except (RedisError, OSError) as fault:
            raise _away(fault) from None
        for answer in answers:
            if isinstance(answer, RedisError):
                raise _away(answer) from None
        return list(answers)

    def scripts(self, script: Script, calls: Sequence[tuple[Sequence[str], Sequence[Word]]]) -> list[Any]:
        """One script for several shards, in one round trip and one more to make sure that Redis knows it."""
        if calls and not self.run("SCRIPT", "EXISTS", script.sha)[0]:
            self.run("SCRIPT", "LOAD", script.text)
        return self.each([("EVALSHA", script.sha, len(keys), *keys, *rest) for keys, rest in calls])


def _away(fault: Exception) -> StoreAway:
    """The kind of fault and, where Redis said it itself, its first word (OOM, READONLY, MISCONF): never an
    argument."""
    said = str(fault).split(" ", 1)[0][:20] if isinstance(fault, ResponseError) else ""
    word = f" ({said})" if said.isalpha() and said.isupper() else ""
    return StoreAway(f"Redis does not do what it was asked: {type(fault).__name__}{word}")
