"""Signs of life and the alarm: when each process last beat, and whether sending is halted.

May use: the wire. May not: decide what is too long; `/health` and `hotline doctor` do."""

from collections.abc import Mapping
from datetime import datetime

from hotline.store import keys
from hotline.store.wire import Wire

BEATS, HALT = keys.TAGS[0] + ":beats", keys.TAGS[0] + ":halt"
_HALT_KEPT_S = 86_400


class Signs:
    """What the processes tell each other of themselves."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def beat(self, process: str, now: datetime) -> None:
        """Notes that a process (`clock`, `worker`) was alive at that moment."""
        self._wire.run("HSET", BEATS, process, f"{now.timestamp():.3f}")

    def beats(self) -> Mapping[str, float]:
        """When each process last beat, epoch s."""
        told = self._wire.run("HGETALL", BEATS)
        pairs = told.items() if isinstance(told, dict) else zip(told[::2], told[1::2], strict=True)
        return {name.decode(): float(at) for name, at in pairs}

    def halt(self, reason: str, until: float) -> None:
        """Stops all sending until then (epoch s). reason: a word for staff, such as account_refused."""
        self._wire.run("SET", HALT, f"{until:.3f} {reason}", "EX", _HALT_KEPT_S)

    def halted(self, now: datetime) -> str:
        """Why sending is halted at that moment; "" where it is not."""
        told = self._wire.run("GET", HALT)
        until, _, reason = (told or b"0").decode().partition(" ")
        return reason if now.timestamp() < float(until) else ""
