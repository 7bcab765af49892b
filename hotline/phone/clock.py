"""The clock that the phone's page moves on.

May use: the standard library. May not: know where the demo keeps its clock (Redis is `hotline.store.clock`'s)."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A clock that can be moved on."""

    def now(self) -> datetime:
        """The demo's time: aware, UTC."""

    def moved(self) -> timedelta:
        """How far it is ahead of the machine's time."""

    def move(self, by: timedelta) -> None:
        """Move it on."""


class OwnClock:
    """A clock in this process only, for tests and where no line shares it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by = timedelta()

    def now(self) -> datetime:
        """The machine's time and what it was moved by: aware, UTC."""
        return datetime.now(UTC) + self.moved()

    def moved(self) -> timedelta:
        """How far it is ahead of the machine's time."""
        with self._lock:
            return self._by

    def move(self, by: timedelta) -> None:
        """Move it on."""
        with self._lock:
            self._by += by
