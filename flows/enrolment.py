"""Where one contact stands on the programme: values, and the one short line that is stored of them.

Pure. May not: decide what is due (`programme.py` does), or look a zone up by name."""

from collections.abc import Sequence
from dataclasses import dataclass

from flows.protocol import Level

FORMAT = "1"  # the first field of an encoded enrolment: a later layout gets another number
BY_CALL = "calls"  # a tag of an enrolment beside those of the file: check-ins come as calls, and nothing else
DISCREET, PLAIN = "discreet", "plain"  # likewise: the texts name no health; they do, whatever the default
NOON, EVENING = "noon", "evening"  # likewise: when the calls come, where not in the morning (`call_slots.py`)
OWN_TAGS = (BY_CALL, DISCREET, PLAIN, NOON, EVENING)


class BadEnrolment(ValueError):
    """A stored enrolment cannot be read: close it and tell staff; nothing of it may be guessed."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One contact on the programme. Times are whole seconds since the epoch, 0 = never.

    zones: the reference that `hotline.zones.named` resolves. onset_days: how long it had hurt when they
    joined. left_out: tags of the programme, and those of OWN_TAGS that hold. done_day: every step up to this
    day of the programme was sent or passed over. asks, asked_day, asked_at: the check-in that waits for its
    reply. day7: "" not answered, "open" no better but not yet over a week, "done" otherwise. held_at: worse
    or a new sign was told, the questions are open again. texted: the days on which a text left, one bit
    each. before: the same for the days before joining, the last of them first: an earlier enrolment's texts
    count for the week."""

    language: str
    zones: str
    joined_at: int
    onset_days: int
    level: Level
    left_out: tuple[str, ...] = ()
    done_day: int = 0
    asks: str = ""
    asked_day: int = 0
    asked_at: int = 0
    day7: str = ""
    nudged: bool = False
    held_at: int = 0
    last_at: int = 0
    texted: int = 0
    before: int = 0

    def encode(self) -> str:
        """One line, some 40 characters. Times after joining are whole minutes, rounded up: never early."""
        told = (
            FORMAT, self.language, self.zones, _base36(self.joined_at), str(self.onset_days),
            str(int(self.level)), ".".join(self.left_out), str(self.done_day), self.asks,
            str(self.asked_day or ""), self._minutes(self.asked_at), self.day7, "n" if self.nudged else "",
            self._minutes(self.held_at), self._minutes(self.last_at),
            _base36(self.texted) if self.texted else "", _base36(self.before) if self.before else "",
        )  # fmt: skip
        return "|".join(told).rstrip("|")

    @classmethod
    def decode(cls, line: str) -> "Enrolment":
        """The enrolment of such a line. BadEnrolment: it is none."""
        told = line.split("|")
        told += [""] * (_FIELDS - len(told))
        if told[0] != FORMAT or len(told) != _FIELDS:
            raise BadEnrolment("a stored enrolment cannot be read")
        try:
            return cls._of(told)
        except ValueError as fault:
            raise BadEnrolment("a stored enrolment cannot be read") from fault

    @classmethod
    def _of(cls, told: Sequence[str]) -> "Enrolment":
        joined = int(told[3], 36)

        def at(minutes: str) -> int:
            return joined + int(minutes, 36) * 60 if minutes else 0

        return cls(
            told[1], told[2], joined, int(told[4]), Level(int(told[5])),
            tuple(filter(None, told[6].split("."))),
            int(told[7] or 0), told[8], int(told[9] or 0), at(told[10]), told[11], told[12] == "n",
            at(told[13]), at(told[14]), int(told[15] or "0", 36), int(told[16] or "0", 36),
        )  # fmt: skip

    def _minutes(self, at: int) -> str:
        return _base36(max(0, -(-(at - self.joined_at) // 60))) if at else ""


_FIELDS = 17


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"
