"""When a text may reach a person: local hours, in every time zone the person may be in.

Pure: zones and instants are arguments (`hotline.zones` finds the zones of a number). May not: know the
programme, read a clock, or look a zone up by name."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_ROUNDS = 64  # far more than any set of zones needs to agree on a minute, if there is one


@dataclass(frozen=True, slots=True)
class Window:
    """The local hours in which a text may leave:

    from `opens`, before `closes`. ValueError: it would never be open."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if not self.opens < self.closes:
            raise ValueError(f"a sending window from {self.opens} to {self.closes} is never open: swap them")

    @classmethod
    def between(cls, opens: str, closes: str) -> "Window":
        """The window of two settings such as "09:00" and "20:00".

        ValueError: not times of one day, in order."""
        return cls(time.fromisoformat(opens), time.fromisoformat(closes))

    def is_open(self, at: datetime, zones: Sequence[tzinfo]) -> bool:
        """Whether it is open everywhere at that instant."""
        return all(self.opens <= at.astimezone(zone).time() < self.closes for zone in zones)


def instant(day: date, wall: time, zone: tzinfo) -> datetime:
    """The UTC instant of a wall-clock time.

    In the gap of a clock change: the next valid minute; twice told: the first."""
    told = datetime.combine(day, wall)
    first = told.replace(tzinfo=zone).astimezone(UTC)
    if _wall(first, zone) == told:
        return first
    early = told.replace(tzinfo=zone, fold=1).astimezone(UTC)
    gap_min = int((first - early) / timedelta(minutes=1))
    late_min = bisect_left(
        range(gap_min + 1), True, key=lambda minute: _wall(early + timedelta(minutes=minute), zone) >= told
    )
    return early + timedelta(minutes=late_min)


def opening(at: datetime, zones: Sequence[tzinfo], window: Window) -> datetime | None:
    """The first instant from `at` on when the window is open in every zone;

    None: these zones are never awake together."""
    for _ in range(_ROUNDS):
        shut = next((zone for zone in zones if not window.is_open(at, (zone,))), None)
        if shut is None:
            return at
        at = _next_opening(at, shut, window)
    return None


def closing(at: datetime, zones: Sequence[tzinfo], window: Window) -> datetime:
    """When the window that is open at `at` shuts first in any of the zones."""
    return min(instant(at.astimezone(zone).date(), window.closes, zone) for zone in zones)


def last_day(at: datetime, zones: Sequence[tzinfo]) -> date:
    """The latest local date at that instant among the zones."""
    return max(at.astimezone(zone).date() for zone in zones)


def day_after(at: datetime, zones: Sequence[tzinfo]) -> datetime:
    """The first instant that is a later day than `at` in every zone."""
    return max(instant(at.astimezone(zone).date() + timedelta(days=1), time.min, zone) for zone in zones)


def _next_opening(at: datetime, zone: tzinfo, window: Window) -> datetime:
    """The next opening after `at` in one zone;

    a clock set back can shut an open window, so look past it."""
    day = at.astimezone(zone).date()
    if at.astimezone(zone).time() < window.opens:
        today = instant(day, window.opens, zone)
        # After a clock was set back the first 1:30 is over already: take the second one.
        again = datetime.combine(day, window.opens).replace(tzinfo=zone, fold=1).astimezone(UTC)
        for opens in (today, again):
            if opens > at:
                return opens
    return instant(day + timedelta(days=1), window.opens, zone)


def _wall(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)
