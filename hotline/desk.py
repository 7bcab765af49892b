"""The nurse desk: when it is staffed, by when it answers and when it opens, as times without words.

A time is `17:00` (today) or `08:00 0` (on a day of the week, Monday is 0); each language's texts say how it
is told (`rendering.py`).

May not: promise anything (`flows` does), or know who is on duty by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from flows.draft import Desk
from hotline.errors import SettingsError
from hotline.numbers import is_number
from hotline.settings import Settings

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours of one day, in the desk's own time zone."""

    opens: time
    closes: time

    def holds(self, at: time) -> bool:
        """Whether that time of day is in it."""
        return self.opens <= at < self.closes


@dataclass(frozen=True, slots=True)
class Nurse:
    """A phone of the rota: its number, and on which days (Monday is 0) and hours it may ring."""

    phone: str
    days: frozenset[int]
    shift: Shift


@dataclass(frozen=True, slots=True)
class Rota:
    """When a nurse is on duty: hours by day of the week (Monday is 0), days without, and the phones that may
    ring, in their order. Times are those of the desk's own zone; `answer_h`: within so many hours a call is
    answered."""

    hours: Mapping[int, Shift]
    zone: ZoneInfo
    answer_h: int
    holidays: frozenset[date] = frozenset()
    nurses: tuple[Nurse, ...] = ()

    @classmethod
    def from_settings(cls, settings: Settings) -> "Rota":
        """The rota of the settings `desk_*`; no days means that there is no nurse desk.

        SettingsError: one of them cannot be read."""
        days = _read(_days, "desk_days", settings.desk_days)
        shift = Shift(
            _read(time.fromisoformat, "desk_from", settings.desk_from),
            _read(time.fromisoformat, "desk_until", settings.desk_until),
        )
        zone = _read(ZoneInfo, "desk_zone", settings.desk_zone)
        phones = [phone.strip() for phone in settings.desk_phones.split(",") if phone.strip()]
        nurses = tuple(Nurse(_read(_phone, "desk_phones", phone), days, shift) for phone in phones)
        return cls(dict.fromkeys(sorted(days), shift), zone, settings.desk_answer_h, nurses=nurses)

    def at(self, now: datetime) -> Desk:
        """The desk as it is at that moment."""
        if not self.hours:
            return Desk()
        local = now.astimezone(self.zone)
        shift = self._shift(local.date())
        if shift is not None and shift.holds(local.time()):
            due = self._due(local, shift)
            return Desk(staffed=True, open=True, due=due, nurses=len(self.phones(now)), heard_by=due)
        opens = self._next(local)
        if opens is None:
            return Desk()
        answered = self._due(opens, self.hours[opens.weekday()])
        told = f"{opens:%H:%M} {opens.weekday()}", f"{answered} {opens.weekday()}"
        return Desk(staffed=True, opens=told[0], heard_by=told[1])

    def phones(self, now: datetime) -> tuple[str, ...]:
        """The phones that may ring at that moment, in the order of the rota."""
        local = now.astimezone(self.zone)
        shift = self._shift(local.date())
        if shift is None or not shift.holds(local.time()):
            return ()
        on_duty = (nurse for nurse in self.nurses if local.weekday() in nurse.days)
        return tuple(nurse.phone for nurse in on_duty if nurse.shift.holds(local.time()))[:MOST_RINGS]

    def _shift(self, day: date) -> Shift | None:
        return None if day in self.holidays else self.hours.get(day.weekday())

    def _due(self, local: datetime, shift: Shift) -> str:
        closes = datetime.combine(local.date(), shift.closes, self.zone)
        return f"{min(local + timedelta(hours=self.answer_h), closes):%H:%M}"

    def _next(self, local: datetime) -> datetime | None:
        """When the desk opens next; None: not within weeks."""
        for ahead in range(LOOK_AHEAD_DAYS):
            day = (local + timedelta(days=ahead)).date()
            shift = self._shift(day)
            if shift is not None and (ahead or local.time() < shift.opens):
                return datetime.combine(day, shift.opens, self.zone)
        return None


EXAMPLES = {
    "desk_days": "0-4 (Monday is 0)",
    "desk_from": "08:00",
    "desk_until": "17:00",
    "desk_phones": "+12025550180, +12025550181",
}
MOST_RINGS = 4  # a caller in pain is not kept waiting by a fifth phone
LOOK_AHEAD_DAYS = 60


def _read(reader: Callable[[str], Read], name: str, told: str) -> Read:
    try:
        return reader(told)
    except (ValueError, KeyError):  # a zone that does not exist is a KeyError
        example = EXAMPLES.get(name, "America/New_York")
        raise SettingsError(f"BACKLINE_{name.upper()} cannot be read: write it as {example}") from None


def _phone(told: str) -> str:
    if not is_number(told):
        raise ValueError("desk_phones: a number begins with + and the country")
    return told


def _days(told: str) -> frozenset[int]:
    """ "0-4", "0,2,4" or "" as weekdays."""
    days: set[int] = set()
    for part in filter(None, told.replace(" ", "").split(",")):
        first, _, last = part.partition("-")
        days |= set(range(int(first), int(last or first) + 1))
    if not days <= set(range(7)):
        raise ValueError("desk_days: write weekdays from 0 (Monday) to 6 (Sunday), as 0-4")
    return frozenset(days)
