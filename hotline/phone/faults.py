"""What a test orders to go wrong at the carrier, and when it is used up.

May use: the standard library. May not: decide by chance: every fault happens because somebody ordered it."""

import threading
from dataclasses import asdict, dataclass, replace

# Before the message is accepted: the line may send again.
REFUSALS = {
    "limit": "429 with 20429",
    "refuse": "400 with the ordered code",
    "error": "500, nothing accepted",
    "hang": "no answer for `seconds`, nothing accepted",
    "reset": "connection cut without an answer, nothing accepted",
}
# After it: the line cannot know, and must not send again blindly.
LOSSES = {
    "error_after": "accepted, then 500",
    "hang_after": "accepted, then no answer for `seconds`",
    "reset_after": "accepted, then cut in mid-body",
    "garbage": "accepted, 201 with a body that is no JSON",
}
DELIVERY = {
    "undelivered": "final status undelivered with `code`",
    "failed": "final status failed with `code`",
    "stuck": "stays sent for ever",
}
CALLBACKS = {
    "callback_dropped": "no status callback",
    "callback_twice": "each status callback twice",
    "callback_swapped": "delivered is told before sent",
    "callback_delayed": "callbacks start after `seconds`",
    "callback_early": "callbacks are through before the 201",
}
KINDS = REFUSALS | LOSSES | DELIVERY | CALLBACKS


@dataclass(frozen=True, slots=True)
class Fault:
    """One ordered fault. `times`: how many requests it still hits; `to`: only texts to this number."""

    kind: str
    times: int = 1
    to: str | None = None
    code: int = 30008
    seconds: float = 60.0


class Faults:
    """The ordered faults, first ordered first hit. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ordered: list[Fault] = []

    def order(
        self, kind: str, times: int = 1, to: str | None = None, code: int = 30008, seconds: float = 60.0
    ) -> Fault:
        """Order one kind of KINDS for the next `times` texts (to one number if `to` is given).

        seconds: how long to hang or to delay. Raises ValueError for an unknown kind."""
        if kind not in KINDS:
            raise ValueError(f"no fault {kind!r}, choose one of {', '.join(KINDS)}")
        fault = Fault(kind, times, to, code, seconds)
        with self._lock:
            self._ordered.append(fault)
        return fault

    def take(self, kinds: dict[str, str], to: str) -> Fault | None:
        """The first ordered fault of these kinds that hits this number; it counts as used."""
        with self._lock:
            for place, fault in enumerate(self._ordered):
                if fault.kind in kinds and fault.to in (None, to):
                    left = replace(fault, times=fault.times - 1)
                    self._ordered[place : place + 1] = [left] if left.times > 0 else []
                    return fault
        return None

    def clear(self) -> None:
        """From here on everything goes well."""
        with self._lock:
            self._ordered.clear()

    def listed(self) -> list[dict[str, object]]:
        """What is still ordered, as JSON takes it."""
        with self._lock:
            return [asdict(fault) for fault in self._ordered]
