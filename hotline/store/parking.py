"""What fails again and again is set aside, so that it neither holds up the others nor comes back for ever.

Each id is counted before it is worked on and forgotten when that went well: a fault that kills the whole
process is counted too. May use: the wire. May not: know what the ids are of, or tell staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hotline.store import keys
from hotline.store.wire import Wire

PARKED = 1_000_000  # more tries than any setting allows
_KEPT_S = 86_400


@dataclass(frozen=True, slots=True)
class Parked:
    """Something that was set aside. job: what was to be done with it. at: epoch s."""

    job: str
    id: str
    at: float
    reason: str


class Parking:
    """Tries, and what was set aside."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def tries(self, job: str, ids: Sequence[str]) -> list[int]:
        """How often each was begun and did not end well, up to now; PARKED where it was set aside."""
        if not ids:
            return []
        fields = [f"{job}:{id}" for id in ids]
        told, aside = self._wire.each([("HMGET", keys.TRIES, *fields), ("HMGET", keys.PARKED, *fields)])
        return [
            PARKED if set_aside else int(count or 0) for count, set_aside in zip(told, aside, strict=True)
        ]

    def begin(self, job: str, ids: Sequence[str]) -> None:
        """They are about to be worked on."""
        count = [("HINCRBY", keys.TRIES, f"{job}:{id}", 1) for id in ids]
        self._wire.each([*count, ("EXPIRE", keys.TRIES, _KEPT_S)] if ids else [])

    def well(self, job: str, ids: Sequence[str]) -> None:
        """They went well: what was counted is forgotten."""
        if ids:
            self._wire.run("HDEL", keys.TRIES, *(f"{job}:{id}" for id in ids))

    def park(self, job: str, id: str, reason: str, now: datetime) -> bool:
        """Writes it down; False: it was parked before. Whoever parks takes it out of its own set."""
        field = f"{job}:{id}"
        (new, _) = self._wire.each([
            ("HSETNX", keys.PARKED, field, f"{now.timestamp():.0f} {reason}"), ("HDEL", keys.TRIES, field),
        ])  # fmt: skip
        return bool(new)

    def release(self, job: str, id: str) -> bool:
        """It may be tried again; False: it was not parked."""
        return bool(self._wire.run("HDEL", keys.PARKED, f"{job}:{id}"))

    def listed(self) -> list[Parked]:
        """All that is parked, the oldest first."""
        told = self._wire.run("HGETALL", keys.PARKED)
        pairs = told.items() if isinstance(told, dict) else zip(told[::2], told[1::2], strict=True)
        return sorted((_parked(field.decode(), value.decode()) for field, value in pairs), key=_since)

    def counts(self) -> Mapping[str, int]:
        """How many are parked, by job."""
        found: dict[str, int] = {}
        for one in self.listed():
            found[one.job] = found.get(one.job, 0) + 1
        return found


def _parked(field: str, value: str) -> Parked:
    job, _, id = field.partition(":")
    at, _, reason = value.partition(" ")
    return Parked(job, id, float(at), reason)


def _since(one: Parked) -> float:
    return one.at
