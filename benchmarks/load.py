"""The load: requests that are ready as bytes, sent over connections that stay open, one at a time on each.

Plain sockets in one loop, the same for whatever is measured. May not: know what is in a request."""

import selectors
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

CONNECTIONS = 12
_END = b"\r\n\r\n"


class BadAnswer(RuntimeError):
    """An answer that is not what was measured for."""


@dataclass
class Connection:
    """One open connection: what it waits for, and since when."""

    socket: socket.socket
    got: bytes = b""
    sent_at: float = 0.0
    done: Callable[[bytes], None] | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """How one stretch of time went: answers, seconds, and how long each answer took (s)."""

    answers: int
    seconds: float
    waits: list[float] = field(repr=False)

    @property
    def per_s(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


Work = tuple[bytes, Callable[[bytes], None] | None]


class Load:
    """Keeps so many connections busy with whatever work is handed out."""

    def __init__(self, port: int, connections: int = CONNECTIONS) -> None:
        self._selector = selectors.DefaultSelector()
        self._connections = []
        for _ in range(connections):
            own = socket.create_connection(("127.0.0.1", port))
            own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(own)
            self._connections.append(connection)
            self._selector.register(own, selectors.EVENT_READ, connection)

    def run(self, work: Iterator[Work], seconds: float) -> Slice:
        """Sends work for so long; what is under way at the end is waited for and counted."""
        began = time.perf_counter()
        until, waits, busy = began + seconds, [], 0
        for connection in self._connections:
            busy += self._next(connection, work)
        while busy:
            for key, _ in self._selector.select(10):
                connection = key.data
                if not self._read(connection):
                    continue
                now = time.perf_counter()
                waits.append(now - connection.sent_at)
                busy -= 1
                if now < until:
                    busy += self._next(connection, work)
        return Slice(len(waits), time.perf_counter() - began, waits)

    def close(self) -> None:
        """Closes the connections."""
        for connection in self._connections:
            connection.socket.close()
        self._selector.close()

    def _next(self, connection: Connection, work: Iterator[Work]) -> bool:
        request = next(work, None)
        if request is None:
            return False
        connection.got, connection.done = b"", request[1]
        connection.sent_at = time.perf_counter()
        connection.socket.sendall(request[0])
        return True

    def _read(self, connection: Connection) -> bool:
        """Whether the whole answer is there. BadAnswer: it is no 200, or the server hung up."""
        part = connection.socket.recv(65_536)
        if not part:
            raise BadAnswer("the server closed a connection")
        connection.got += part
        head, end, body = connection.got.partition(_END)
        if not end or len(body) < _length(head):
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise BadAnswer(head.split(b"\r\n")[0].decode())
        if connection.done is not None:
            connection.done(body)
        return True


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise BadAnswer("an answer without a length")
