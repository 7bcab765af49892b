"""How fast each sender may send, all workers together, and how much the line sends in a day.

May use: the wire. May not: know what is sent, or to whom. Time is Redis's own: the carrier's pace is real
time, also where the line's clock is moved."""

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
        self, sender: str, segments: int, patience_s: float, now: datetime, *, reminder: bool, first: bool
    ) -> Place:
        """Reserves segments of a sender, or says when to ask again.

        patience_s: nobody reserves a place further off. reminder: it is refused once 80 % of the line's day
        are used. first: it goes at once, those who wait move back, and it is never refused; others are once
        the whole day is used."""
        share = 0.0 if first else SHARE_OF_REMINDERS if reminder else 1.0
        cap = self._settings.line_segments_a_day
        limit = max(1, int(cap * share)) if cap and share else 0
        rate = self.rate(sender)
        told = self._wire.script(RATE, [keys.PACE], (
            "take", sender, segments, rate, _most(rate), patience_s, _day(now), limit, int(first),
        ))  # fmt: skip
        word = told.decode()
        if word == "full":
            return Place(False, full=True)
        return Place(word[0] == "+", float(word[1:]))

    def back(self, sender: str, segments: int, now: datetime) -> None:
        """Gives back what was reserved and not sent."""
        most = _most(self.rate(sender))
        self._wire.script(RATE, [keys.PACE], ("back", sender, segments, most, _day(now)))

    def slow(self, sender: str) -> None:
        """The carrier said that it is too much: all workers pause, twice as long each time, a minute at
        most."""
        self._wire.script(RATE, [keys.PACE], ("slow", sender, 0, FIRST_PAUSE_S, LONGEST_PAUSE_S))

    def used(self, now: datetime) -> int:
        """Segments that left, or are about to, on this day (UTC)."""
        told = self._told()
        return int(told.get("used", 0)) if told.get("day") == str(_day(now)) else 0

    def senders(self) -> Mapping[str, tuple[float, float]]:
        """Each sender that ever sent: its segments a second, and how long it pauses from now on (s)."""
        told, clock = self._told(), self._wire.run("TIME")
        now = float(clock[0]) + float(clock[1]) / 1e6
        names = [name.removeprefix("at:") for name in told if name.startswith("at:")]
        pauses = {name: max(0.0, float(told.get(f"pause:{name}", 0)) - now) for name in names}
        return {name: (self.rate(name), pauses[name]) for name in names}

    def _told(self) -> Mapping[str, str]:
        told = self._wire.run("HGETALL", keys.PACE)
        pairs = told.items() if isinstance(told, dict) else zip(told[::2], told[1::2], strict=True)
        return {name.decode(): value.decode() for name, value in pairs}


def _most(rate: float) -> float:
    """What may go at once: a quarter of a second's worth, so that no second gets much more than its own."""
    return max(_LEAST_BURST, rate / 4)


def _day(now: datetime) -> int:
    return int(now.timestamp()) // DAY_S
