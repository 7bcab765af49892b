"""How fast each sender may send, all workers together, and how much the line sends and calls in a day.

May use: the wire. May not: know what is sent, or to whom. Time is Redis's own: the carrier's pace is real
time, also where the line's clock is moved."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hotline.settings import Settings
from hotline.store import keys
from hotline.store.wire import Script, Wire

RATE = Script("rate")
DAY_S = 86_400
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
SHARE_OF_REMINDERS = (
    0.8  # of a day's cap, a person's or the line's: the rest is left for those who are in a conversation
)
# What a carrier lets through in a second, by the kind of sender (TELEPHONY §1).
_SHORT_CODE, _TOLL_FREE, _LONG_CODE = 100.0, 3.0, 1.0
_TOLL_FREE_STARTS = ("+1800", "+1888", "+1877", "+1866", "+1855", "+1844", "+1833")
_SEGMENTS, _CALLS = "used", "calls"  # what is counted of a day, as rate.lua names it
# The answers of all shards are added up so often: they are never refused, so what is held beside them may see
# them late.
_ADDED_UP_S = 1.0
_LEAST_BURST = 4.0  # the longest text of ours goes in one piece


@dataclass(frozen=True, slots=True)
class Place:
    """An answer of the pace. wait_s: so long until it is one's turn, or until asking again pays.

    reserved: the segments are taken. full: the line's day is used up."""

    reserved: bool
    wait_s: float = 0.0
    full: bool = False


class Pace:
    """The buckets of all senders."""

    def __init__(self, wire: Wire, settings: Settings) -> None:
        self._wire, self._settings = wire, settings
        self._answers = (-1, 0.0, 0)  # the day, until when (monotonic) this is good, and how many segments

    def rate(self, sender: str) -> float:
        """Segments a second of one of our senders: the setting, else by its kind."""
        settings = self._settings
        if sender.removeprefix("whatsapp:") == settings.text_sender and settings.text_segments_per_s > 0:
            return settings.text_segments_per_s
        if sender.startswith(_TOLL_FREE_STARTS):
            return _TOLL_FREE
        digits = sender.lstrip("+")
        return _SHORT_CODE if digits.isdigit() and len(digits) <= 6 else _LONG_CODE

    def take(
        self, sender: str, segments: int, patience_s: float, now: datetime,
        *, reminder: bool, first: bool, call: bool = False,
    ) -> Place:  # fmt: skip
        """Reserves segments of a sender, or says when to ask again.

        patience_s: nobody reserves a place further off. reminder: it is refused once 80 % of the line's day
        are used, answers to texts among them. first: it goes at once, those who wait move back, and it is
        never refused; others are once the whole day is used. call: it is one call, which counts among the
        line's calls of that day, not among its segments."""
        limit = 0 if first else self._limit(reminder=reminder, call=call)
        answered = self._answered_lately(now) if limit and not call else 0
        rate = self.rate(sender)
        told = self._wire.script(RATE, [keys.PACE], (
            "take", sender, segments, rate, _most(rate), patience_s, _day(now), limit, int(first),
            _CALLS if call else _SEGMENTS, answered,
        ))  # fmt: skip
        word = told.decode()
        if word == "full":
            return Place(False, full=True)
        return Place(word[0] == "+", float(word[1:]))

    def back(self, sender: str, segments: int, now: datetime, *, call: bool = False) -> None:
        """Gives back what was reserved and not sent."""
        most, counted = _most(self.rate(sender)), _CALLS if call else _SEGMENTS
        self._wire.script(RATE, [keys.PACE], ("back", sender, segments, most, _day(now), counted))

    def slow(self, sender: str) -> None:
        """The carrier said that it is too much: all workers pause, twice as long each time, a minute at
        most."""
        self._wire.script(RATE, [keys.PACE], ("slow", sender, 0, FIRST_PAUSE_S, LONGEST_PAUSE_S))

    def used(self, now: datetime) -> int:
        """Segments that left, or are about to, on this day (UTC), those of answers to texts among them."""
        told = self._told()
        sent = int(told.get(_SEGMENTS, 0)) if told.get("day") == str(_day(now)) else 0
        return sent + self.answered(now)

    def calls(self, now: datetime) -> int:
        """Calls of ours that were placed, or are about to be, on this day (UTC)."""
        told = self._told()
        return int(told.get(_CALLS, 0)) if told.get(f"day:{_CALLS}") == str(_day(now)) else 0

    def answered(self, now: datetime) -> int:
        """Segments of this day (UTC) that were answers to texts: each shard has its own part of them."""
        asked = [("HGET", keys.day_use(tag, _day(now)), keys.ANSWERED) for tag in keys.TAGS]
        return sum(int(told or 0) for told in self._wire.each(asked))

    def senders(self) -> Mapping[str, tuple[float, float]]:
        """Each sender that ever sent: its segments a second, and how long it pauses from now on (s)."""
        told, clock = self._told(), self._wire.run("TIME")
        now = float(clock[0]) + float(clock[1]) / 1e6
        names = [name.removeprefix("at:") for name in told if name.startswith("at:")]
        pauses = {name: max(0.0, float(told.get(f"pause:{name}", 0)) - now) for name in names}
        return {name: (self.rate(name), pauses[name]) for name in names}

    def _limit(self, *, reminder: bool, call: bool) -> int:
        """The most in the line's day; 0: there is no limit. All calls of ours are reminders: none is before
        another."""
        if call:
            return self._settings.line_calls_a_day
        cap = self._settings.line_segments_a_day
        return max(1, int(cap * (SHARE_OF_REMINDERS if reminder else 1.0))) if cap else 0

    def _answered_lately(self, now: datetime) -> int:
        day, good_until, count = self._answers
        if day != _day(now) or time.monotonic() > good_until:
            count = self.answered(now)
            self._answers = (_day(now), time.monotonic() + _ADDED_UP_S, count)
        return count

    def _told(self) -> Mapping[str, str]:
        told = self._wire.run("HGETALL", keys.PACE)
        pairs = told.items() if isinstance(told, dict) else zip(told[::2], told[1::2], strict=True)
        return {name.decode(): value.decode() for name, value in pairs}


def _most(rate: float) -> float:
    """What may go at once: a quarter of a second's worth, so that no second gets much more than its own."""
    return max(_LEAST_BURST, rate / 4)


def _day(now: datetime) -> int:
    return int(now.timestamp()) // DAY_S
