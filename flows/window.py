"""When a text may reach a person: local hours, in every time zone the person may be in.

Pure: zones and instants are arguments (`hotline.zones` finds the zones of a number). May not: know the
programme, read a clock, or look a zone up by name."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_ROUNDS = 64  # far more than any set of zones needs to agree on a minute, if there is one
_LONGEST_REST_DAYS = 40


@dataclass(frozen=True, slots=True)
class Window:
    """The local hours in which a text may leave: from `opens`, before `closes`, and on no day of `rests`.

    closes before opens: over midnight, and each side belongs to its own day. rests: local dates without any
    hour, such as a clinic's holidays. ValueError: it would never be open."""

    opens: time
    closes: time
    rests: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if self.opens == self.closes:
            raise ValueError(f"a sending window from {self.opens} to {self.closes} is never open")

    @classmethod
    def between(cls, opens: str, closes: str) -> "Window":
        """The window of two settings such as "09:00" and "20:00". ValueError: not two times of a day."""
        return cls(time.fromisoformat(opens), time.fromisoformat(closes))

    def is_open(self, at: datetime, zones: Sequence[tzinfo]) -> bool:
        """Whether it is open everywhere at that instant."""
        return all(self._holds(at.astimezone(zone)) for zone in zones)

    def every_day(self) -> "Window":
        """The same hours without days of rest: for words that somebody waits for."""
        return replace(self, rests=frozenset())

    @property
    def over_midnight(self) -> bool:
        """Whether it begins on one day and ends on the next."""
        return self.closes < self.opens

    def _holds(self, local: datetime) -> bool:
        wall = local.time()
        if self.over_midnight:
            awake = wall >= self.opens or wall < self.closes
        else:
            awake = self.opens <= wall < self.closes
        return awake and local.date() not in self.rests


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
        opens = _next_opening(at, shut, window)
        if opens is None:
            return None
        at = opens
    return None


def closing(at: datetime, zones: Sequence[tzinfo], window: Window) -> datetime:
    """When the window that is open at `at` shuts first in any of the zones."""
    return min(_closes(at, zone, window) for zone in zones)


def last_day(at: datetime, zones: Sequence[tzinfo]) -> date:
    """The latest local date at that instant among the zones."""
    return max(at.astimezone(zone).date() for zone in zones)


def day_after(at: datetime, zones: Sequence[tzinfo]) -> datetime:
    """The first instant that is a later day than `at` in every zone."""
    return max(instant(at.astimezone(zone).date() + timedelta(days=1), time.min, zone) for zone in zones)


def _next_opening(at: datetime, zone: tzinfo, window: Window) -> datetime | None:
    """The next opening after `at` in one zone; a clock set back can shut an open window, so look past it."""
    today = at.astimezone(zone).date()
    for ahead in range(_LONGEST_REST_DAYS):
        for opens in _openings(today + timedelta(days=ahead), zone, window):
            if opens > at and window.is_open(opens, (zone,)):
                return opens
    return None


def _openings(day: date, zone: tzinfo, window: Window) -> Iterator[datetime]:
    """The instants of a day at which the window may open, in order."""
    if window.over_midnight:
        yield instant(day, time.min, zone)  # the day before may have been one of rest
    yield instant(day, window.opens, zone)
    # After a clock was set back the first 1:30 may be over already: take the second one.
    yield _again(day, window.opens, zone)


def _closes(at: datetime, zone: tzinfo, window: Window) -> datetime:
    local = at.astimezone(zone)
    day, wall = local.date(), window.closes
    if window.over_midnight and local.time() >= window.opens:
        day += timedelta(days=1)
        wall = time.min if day in window.rests else wall
    closes = instant(day, wall, zone)
    return closes if closes > at else _again(day, wall, zone)


def _again(day: date, wall: time, zone: tzinfo) -> datetime:
    """The second instant of a wall-clock time that a clock set back tells twice."""
    return datetime.combine(day, wall).replace(tzinfo=zone, fold=1).astimezone(UTC)


def _wall(at: datetime, zone: tzinfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)
