"""The nurse desk: when it is staffed, and the words for "by when" and "until when".

May not: promise anything (`flows` does), or know who is on duty by name."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flows.draft import Desk
from hotline.settings import Settings

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


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
        """The rota of the settings `desk_*`; no days means that there is no nurse desk. ValueError: not
        a rota."""
        opens, closes = time.fromisoformat(settings.desk_from), time.fromisoformat(settings.desk_until)
        return cls(
            _days(settings.desk_days), opens, closes, ZoneInfo(settings.desk_zone), settings.desk_answer_h
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
        return f"{_clock(by.time())} today"

    def _next(self, local: datetime) -> str:
        for ahead in range(8):
            day = local + timedelta(days=ahead)
            if day.weekday() in self.days and (ahead or local.time() < self.opens):
                return f"{_clock(self.opens)} {DAYS[day.weekday()]}"
        return DAYS[local.weekday()]


def _days(told: str) -> frozenset[int]:
    """ "0-4", "0,2,4" or "" as weekdays."""
    days: set[int] = set()
    for part in filter(None, told.replace(" ", "").split(",")):
        first, _, last = part.partition("-")
        days |= set(range(int(first), int(last or first) + 1))
    if not days <= set(range(7)):
        raise ValueError("desk_days: write weekdays from 0 (Monday) to 6 (Sunday), as 0-4")
    return frozenset(days)


def _clock(at: time) -> str:
    hour = at.hour % 12 or 12
    minute = f":{at.minute:02}" if at.minute else ""
    return f"{hour}{minute} {'am' if at.hour < 12 else 'pm'}"
