"""The gate before the store: while Redis is away, one request at a time asks for it, and the others do
not wait for it.

Without it every waiting caller would pay the full time-out, and those behind them in the server's queue
far more than the two seconds they get. May use: the line. May not: know flask, or what a turn does."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from hotline.errors import StoreAway, StoreUnsafe
from hotline.line import Line

PATIENCE_S = 0.2  # so long a request waits for the one that asks; the next answer is usually much faster
log = structlog.get_logger("hotline.gate")


class Gate:
    """Lets turns through while the store answers. Safe to share between threads.

    It begins closed: the first request publishes this protocol, so that its sessions outlive a newer one,
    and in production asks whether this Redis is fit, which one that comes back from an outage need not
    be."""

    def __init__(self, line: Line, fit: Callable[[Line], list[str]]) -> None:
        """fit: what is wrong with the line's store, each with its remedy."""
        self._line, self._fit = line, fit
        self._closed = True
        self._asking = threading.Lock()

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Runs the block where the store may be used. StoreAway, StoreUnsafe: not now; say safe words."""
        if not self._closed:
            with self._watched():
                yield
            return
        if not self._asking.acquire(timeout=PATIENCE_S):
            raise StoreAway("Redis was away a moment ago, and another request asks for it now")
        try:
            with self._watched():
                if self._closed:
                    self.open()
                yield
        finally:
            self._asking.release()

    def open(self) -> None:
        """Ask the store whether it is there and fit, and open. StoreAway, StoreUnsafe: it stays closed."""
        problems = self._fit(self._line) if self._line.settings.mode == "production" else []
        if problems:
            raise StoreUnsafe("\n".join(problems))
        self._line.publish()
        self._closed = False
        log.info("the store answers")

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except StoreAway:
            self._closed = True
            raise
