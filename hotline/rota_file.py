"""The rota as a small YAML file: hours, days without a nurse, and whose phone may ring; each fault with
file and line.

May not: promise anything, or open any other file."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from flows.load import Fault, Source, parse
from hotline.desk import Nurse, Rota, Shift
from hotline.errors import SettingsError
from hotline.numbers import is_number
from hotline.settings import Settings

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
KEYS = ("zone", "answer_h", "hours", "holidays", "nurses")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def rota_of(settings: Settings) -> Rota:
    """The rota of an installation: that of the file where one is named, else of the simple settings.

    SettingsError: every fault of it, with file, line and remedy."""
    if settings.rota_file is None:
        return Rota.from_settings(settings)
    try:
        text = settings.rota_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        what = f"BACKLINE_ROTA_FILE: {settings.rota_file} cannot be read ({type(fault).__name__})"
        raise SettingsError(f"{what}: name a YAML file") from None
    return read_rota(settings.rota_file.name, text)


def read_rota(name: str, text: str) -> Rota:
    """The rota of that text. SettingsError: every fault, as `file:line: what is wrong, what to write`."""
    source, faults = parse(name, text)
    if source is not None:
        reader = _Reader(source)
        rota = reader.rota()
        faults = reader.faults
        if rota is not None and not faults:
            return rota
    raise SettingsError("\n".join(str(fault) for fault in sorted(faults)))


class _Reader:
    """Reads one file and gathers its faults."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.faults: list[Fault] = []

    def wrong(self, what: str, *path: str | int) -> None:
        self.faults.append(self.source.fault(what, *path))

    def rota(self) -> Rota | None:
        told = self.source.content
        if not isinstance(told, Mapping):
            self.wrong(f"this is no rota: write {', '.join(KEYS)}")
            return None
        for key in told:
            if key not in KEYS:
                self.wrong(f'"{key}" is not known here: write one of {", ".join(KEYS)}', key)
        hours = dict(self._hours(told.get("hours")))
        zone, answer_h = self._zone(told.get("zone")), self._answer(told.get("answer_h", 2))
        nurses = tuple(self._nurses(told.get("nurses") or [], hours))
        return Rota(hours, zone, answer_h, frozenset(self._holidays(told.get("holidays") or [])), nurses)

    def _zone(self, told: Any) -> ZoneInfo:
        try:
            return ZoneInfo(str(told))
        except (ValueError, KeyError, OSError):
            self.wrong('zone: no such time zone: write one as "America/New_York"', "zone")
            return ZoneInfo("UTC")

    def _answer(self, told: Any) -> int:
        if isinstance(told, int) and 1 <= told <= 24:
            return told
        self.wrong("answer_h: write whole hours from 1 to 24", "answer_h")
        return 1

    def _hours(self, told: Any) -> Iterator[tuple[int, Shift]]:
        if not isinstance(told, Mapping) or not told:
            self.wrong('hours: write each day with a nurse, as "mon: 08:00-17:00"', "hours")
            return
        for day, span in told.items():
            if day not in DAYS:
                self.wrong(f'hours: "{day}" is no day: write one of {", ".join(DAYS)}', "hours", day)
            elif shift := self._shift(span, "hours", day):
                yield DAYS.index(day), shift

    def _shift(self, told: Any, *path: str | int) -> Shift | None:
        match = _HOURS.fullmatch(str(told))
        shift = (
            Shift(time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))) if match else None
        )
        if shift is None or shift.opens >= shift.closes:
            self.wrong(f'"{told}" are no hours of one day: write them as "08:00-17:00"', *path)
            return None
        return shift

    def _holidays(self, told: Any) -> Iterator[date]:
        for place, day in enumerate(told if isinstance(told, list) else []):
            try:
                yield day if isinstance(day, date) else date.fromisoformat(str(day))
            except ValueError:
                self.wrong(f'"{day}" is no date: write it as 2026-12-25', "holidays", place)
        if not isinstance(told, list):
            self.wrong("holidays: write a list of dates", "holidays")

    def _nurses(self, told: Any, hours: Mapping[int, Shift]) -> Iterator[Nurse]:
        if not isinstance(told, list):
            self.wrong("nurses: write a list, one phone an entry", "nurses")
            return
        for place, item in enumerate(told):
            yield from self._nurse(item, hours, place)

    def _nurse(self, item: Any, hours: Mapping[int, Shift], place: int) -> Iterator[Nurse]:
        if not isinstance(item, Mapping) or set(item) - {"phone", "days", "hours", "note"}:
            self.wrong("a nurse has phone, and days, hours and note if need be", "nurses", place)
            return
        phone = str(item.get("phone", ""))
        if not is_number(phone):
            self.wrong('phone: write it in quotes with + and the country, as "+12025550180"', "nurses", place)
            return
        days = frozenset(self._days(item.get("days"), place)) or frozenset(hours)
        whole_day = Shift(time(0), time(23, 59, 59))
        shift = self._shift(item["hours"], "nurses", place) if "hours" in item else whole_day
        if shift is not None:
            yield Nurse(phone, days, shift)

    def _days(self, told: Any, place: int) -> Iterator[int]:
        for day in told if isinstance(told, list) else []:
            if day in DAYS:
                yield DAYS.index(day)
            else:
                self.wrong(f'"{day}" is no day: write one of {", ".join(DAYS)}', "nurses", place)
        if told is not None and not isinstance(told, list):
            self.wrong("days: write a list, as [mon, tue]", "nurses", place)
