"""Enrolments: who must be looked at now, and one step of a programme.

May use: the wire. May not: know what an enrolment says or when a step is due; scores come from outside."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from hotline.store import keys
from hotline.store.commit import COMMIT, Packer
from hotline.store.leases import lease
from hotline.store.turns import Turns
from hotline.store.values import Change, Row, State, Task
from hotline.store.wire import Wire


class Dues:
    """The due sets of all shards and the enrolments behind them."""

    def __init__(self, wire: Wire, turns: Turns, packer: Packer) -> None:
        self._wire, self._turns, self._packer = wire, turns, packer

    def claim(self, now: datetime, limit: int, lease_s: float) -> list[str]:
        """At most `limit` enrolled contacts that are due, each handed out once in `lease_s` seconds.

        A holder that dies gives its contacts back when the lease ends; `step` sets the next score."""
        return lease(self._wire, keys.due, now, limit, lease_s)

    def read(self, contact: str) -> State:
        """The state of a contact, as turns.read."""
        return self._turns.read(contact)

    def step(
        self,
        contact: str,
        expected_version: int,
        enrolment: str | None,
        due_at: float | None,
        outbox: Sequence[Row],
        tasks: Sequence[Task],
        events: Sequence[Mapping[str, str]],
        now: datetime,
        week: str = "",
    ) -> bool:
        """Commits one step of the programme; False: the contact moved since `expected_version`, read again.

        enrolment: "" ends it; None leaves it as it is, so that a text that waits for it may still go.
        due_at: the next score, epoch s; None = never due again. week: kept beside an enrolment that ends."""
        change = Change(
            b"",
            week=week,
            enrolment=enrolment,
            due_at=due_at,
            outbox=tuple(outbox),
            tasks=tuple(tasks),
            events=tuple(events),
        )
        tag = keys.tag_of(contact)
        packed = self._packer.pack(tag, contact, expected_version, change, now.timestamp(), "", b"")
        return not self._wire.script(COMMIT, *packed)[0]

    def count(self) -> int:
        """How many contacts have something due, now or later."""
        return sum(self._wire.each([("ZCARD", keys.due(tag)) for tag in keys.TAGS]))

    def ready(self, now: datetime) -> int:
        """How many are due now and were not handed out."""
        asked = [("ZCOUNT", keys.due(tag), "-inf", now.timestamp()) for tag in keys.TAGS]
        return sum(self._wire.each(asked))

    def look_at(self, contact: str, at: float | None) -> None:
        """Sets when a contact is looked at next (epoch s), whatever its enrolment says; None: not at all."""
        key = keys.due(keys.tag_of(contact))
        self._wire.run(*(("ZREM", key, contact) if at is None else ("ZADD", key, at, contact)))

    def give_back(self, contact: str, at: float) -> None:
        """A contact that was handed out and not looked at: again at that time (epoch s), if still due."""
        self._wire.run("ZADD", keys.due(keys.tag_of(contact)), "XX", at, contact)

    def late(self, now: datetime) -> float | None:
        """The oldest score that is overdue, epoch s; None: nothing is late."""
        span = ("-inf", now.timestamp(), "WITHSCORES", "LIMIT", 0, 1)
        ask = [("ZRANGEBYSCORE", keys.due(tag), *span) for tag in keys.TAGS]
        scores = [float(found[1]) for found in self._wire.each(ask) if found]
        return min(scores, default=None)
