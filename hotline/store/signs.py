"""Signs of life and the alarm: when each process last beat, which clock acts, whether sending is halted, and
which other system does not answer.

These are about processes, so their time is the machine's own, also where the line's clock is moved. May
use: the wire. May not: decide what is too long; `/health`, the workers and `hotline doctor` do."""

import time
from collections.abc import Mapping
from datetime import datetime

from hotline.store import keys
from hotline.store.wire import Script, Wire

BEATS, HALT = keys.TAGS[0] + ":beats", keys.TAGS[0] + ":halt"
DOWN = keys.TAGS[0] + ":down"
LEADER, ALARMS = keys.TAGS[0] + ":leader", keys.TAGS[0] + ":alarms"
_HALT_KEPT_S = 86_400
LEAD = Script("lead")


class Signs:
    """What the processes tell each other of themselves."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def beat(self, process: str) -> None:
        """Notes that a process (`clock`, `worker`) is alive."""
        self._wire.run("HSET", BEATS, process, f"{time.time():.3f}")

    def beats(self) -> Mapping[str, float]:
        """When each process last beat, epoch s by the machine's clock."""
        return {name: float(at) for name, at in self._pairs(BEATS)}

    def alarm(self, name: str, once: str) -> None:
        """Counts an alarm that rang, for each `once` (its hour, say) one time. name: a word, such as
        clock_silent."""
        if self._wire.run("SET", f"{ALARMS}:{name}:{once}", 1, "NX", "EX", _HALT_KEPT_S):
            self._wire.run("HINCRBY", ALARMS, name, 1)

    def alarms(self) -> Mapping[str, int]:
        """How often each alarm rang, ever."""
        return {name: int(count) for name, count in self._pairs(ALARMS)}

    def leads(self, who: str, lease_s: float) -> bool:
        """Whether this process is the one that acts, for the next `lease_s` seconds of Redis's time.

        A name that asks again in time goes on; of several others the first one that asks after its end."""
        return bool(self._wire.script(LEAD, [LEADER], ("take", who, int(lease_s * 1000))))

    def resign(self, who: str) -> None:
        """It ends in good order: another one need not wait."""
        self._wire.script(LEAD, [LEADER], ("leave", who, 0))

    def halt(self, reason: str, until: float) -> None:
        """Stops all sending until then (epoch s). reason: a word for staff, such as account_refused."""
        self._wire.run("SET", HALT, f"{until:.3f} {reason}", "EX", _HALT_KEPT_S)

    def halted(self, now: datetime) -> str:
        """Why sending is halted at that moment; "" where it is not."""
        told = self._wire.run("GET", HALT)
        until, _, reason = (told or b"0").decode().partition(" ")
        return reason if now.timestamp() < float(until) else ""

    def down(self, what: str, until: float) -> None:
        """Another system does not take what we send: nobody tries it before then (epoch s)."""
        self._wire.run("HSET", DOWN, what, f"{until:.3f}")

    def up(self, what: str) -> None:
        """It takes it again."""
        self._wire.run("HDEL", DOWN, what)

    def may_try(self, what: str, now: datetime, every_s: float) -> bool:
        """Whether another system is to be tried now: always while it is up, else by one worker,
        every `every_s` seconds. Two that ask in the same instant may both be told yes."""
        told = self._wire.run("HGET", DOWN, what)
        if told is not None and now.timestamp() < float(told):
            return False
        if told is not None:
            self.down(what, now.timestamp() + every_s)
        return True

    def _pairs(self, key: str) -> list[tuple[str, str]]:
        told = self._wire.run("HGETALL", key)
        pairs = told.items() if isinstance(told, dict) else zip(told[::2], told[1::2], strict=True)
        return [(name.decode(), value.decode()) for name, value in pairs]
