"""The line's clock. In trial mode it can be moved on, for all processes at once; in production it is the
system's.

May use: the wire. May not: be used by anything that decides: decisions get `now` as an argument."""

import time
from datetime import UTC, datetime, timedelta

from hotline.errors import StoreAway
from hotline.store.keys import CLOCK
from hotline.store.wire import Wire

_FRESH_S = 0.2  # a move is seen by the other processes within this; a turn must not pay a round trip for it


class Clock:
    """Tells the time. movable: trial mode."""

    def __init__(self, wire: Wire, movable: bool) -> None:
        self._wire, self._movable = wire, movable
        self._offset = timedelta()
        self._asked = -_FRESH_S

    def now(self) -> datetime:
        """The line's time: aware, UTC. Where Redis is away, by the last offset known; it raises nothing."""
        if not self._movable:
            return datetime.now(UTC)
        if time.monotonic() - self._asked >= _FRESH_S:
            self._refresh()
        return datetime.now(UTC) + self._offset

    def move(self, by: timedelta) -> datetime:
        """Moves the clock and tells the new time. Trial mode only: raises ValueError in production,
        StoreAway."""
        if not self._movable:
            raise ValueError("the clock cannot be moved in production mode")
        seconds = self._wire.run("INCRBYFLOAT", CLOCK, by.total_seconds())
        self._offset, self._asked = timedelta(seconds=float(seconds)), time.monotonic()
        return self.now()

    def _refresh(self) -> None:
        try:
            told = self._wire.run("GET", CLOCK)
        except StoreAway:
            told = None  # whatever is decided now cannot be committed either
        else:
            self._offset = timedelta(seconds=float(told or 0))
        self._asked = time.monotonic()
