"""The clock that the phone's page moves on.

May use: the standard library. May not: know where the demo keeps its clock (in Redis).
"""

import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A clock that can be moved on; `hotline.store.clock.Clock` is one."""

    def now(self) -> datetime:
        """The demo's time: aware, UTC."""

    def move(self, by: timedelta) -> datetime:
        """Move it on; the time it shows then."""


class OwnClock:
    """A clock in this process only, for tests and where no line shares it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by = timedelta()

    def now(self) -> datetime:
        """The machine's time and what it was moved by: aware, UTC."""
        with self._lock:
            return datetime.now(UTC) + self._by

    def move(self, by: timedelta) -> datetime:
        """Move it on; the time it shows then."""
        with self._lock:
            self._by += by
        return self.now()


def moved_s(clock: Clock) -> float:
    """How far a clock is ahead of the machine's, in seconds, to a tenth."""
    # + 0.0: a hair behind is no minus.
    return round((clock.now() - datetime.now(UTC)).total_seconds(), 1) + 0.0
