"""The nurse desk: when it is staffed, by when it answers and when it opens, as times without words.

A time is `17:00` (today) or `08:00 0` (on a day of the week, Monday is 0); each language's texts say how it
is told (`rendering.py`).

May not: promise anything (`flows` does), or know who is on duty by name."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from flows.draft import Desk
from hotline.errors import SettingsError
from hotline.settings import Settings

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Rota:
    """Days of the week (Monday is 0) and hours with a nurse on duty, in the desk's own time zone."""

    days: frozenset[int]
    opens: time
    closes: time
    zone: ZoneInfo
    answer_h: int

    @classmethod
    def from_settings(cls, settings: Settings) -> "Rota":
        """The rota of the settings `desk_*`; no days means that there is no nurse desk.

        SettingsError: one of them cannot be read."""
        return cls(
            _read(_days, "desk_days", settings.desk_days),
            _read(time.fromisoformat, "desk_from", settings.desk_from),
            _read(time.fromisoformat, "desk_until", settings.desk_until),
            _read(ZoneInfo, "desk_zone", settings.desk_zone),
            settings.desk_answer_h,
        )

    def at(self, now: datetime) -> Desk:
        """The desk as it is at that moment."""
        if not self.days:
            return Desk()
        local = now.astimezone(self.zone)
        if self._open(local):
            return Desk(staffed=True, open=True, due=self._due(local))
        return Desk(staffed=True, opens=self._next(local))

    def _open(self, local: datetime) -> bool:
        return local.weekday() in self.days and self.opens <= local.time() < self.closes

    def _due(self, local: datetime) -> str:
        by = min(
            local + timedelta(hours=self.answer_h), datetime.combine(local.date(), self.closes, self.zone)
        )
        return f"{by:%H:%M}"

    def _next(self, local: datetime) -> str:
        for ahead in range(8):
            day = local + timedelta(days=ahead)
            if day.weekday() in self.days and (ahead or local.time() < self.opens):
                break
        return f"{self.opens:%H:%M} {day.weekday()}"


EXAMPLES = {"desk_days": "0-4 (Monday is 0)", "desk_from": "08:00", "desk_until": "17:00"}


def _read(reader: Callable[[str], Read], name: str, told: str) -> Read:
    try:
        return reader(told)
    except (ValueError, KeyError):  # a zone that does not exist is a KeyError
        example = EXAMPLES.get(name, "America/New_York")
        raise SettingsError(f"BACKLINE_{name.upper()} cannot be read: write it as {example}") from None


def _days(told: str) -> frozenset[int]:
    """ "0-4", "0,2,4" or "" as weekdays."""
    days: set[int] = set()
    for part in filter(None, told.replace(" ", "").split(",")):
        first, _, last = part.partition("-")
        days |= set(range(int(first), int(last or first) + 1))
    if not days <= set(range(7)):
        raise ValueError("desk_days: write weekdays from 0 (Monday) to 6 (Sunday), as 0-4")
    return frozenset(days)
