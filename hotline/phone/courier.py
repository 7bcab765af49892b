"""The carrier's background work: one thread that does each piece when it is due.

May use: the standard library. May not: know what the work is, or stop because one piece failed."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


class Courier:
    """Does work later, in the order of its due times, in one thread that starts with the first piece."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._busy = False
        self._thread: threading.Thread | None = None

    def later(self, delay_s: float, work: Callable[[], None]) -> None:
        """Do `work` after `delay_s` seconds of real time."""
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + delay_s, next(self._order), work))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="carrier-courier", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def settle(self, timeout_s: float) -> bool:
        """Wait until all work is done; False if some is left after `timeout_s`."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._due and not self._busy, timeout_s)

    def _run(self) -> None:
        while True:
            work = self._next()
            try:
                work()
            except Exception:
                # One bad callback must not silence all later ones; the trace holds ids only.
                log.exception("a piece of the carrier's background work failed")
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def _next(self) -> Callable[[], None]:
        with self._changed:
            while not self._due or self._due[0][0] > time.monotonic():
                self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
            self._busy = True
            return heapq.heappop(self._due)[2]
