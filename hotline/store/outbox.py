"""The ledger of texts to send: each is handed to one sender at a time, and none is sent twice unknowingly.

May use: the wire. May not: know the carrier's REST or a person's address; rows hold text keys, never
sentences."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from hotline.settings import Settings
from hotline.store import keys
from hotline.store.commit import COMMIT, Packer
from hotline.store.leases import lease
from hotline.store.pace import DAY_S, SHARE_OF_REMINDERS
from hotline.store.values import Change, Claimed, Row, Stored, row_id
from hotline.store.wire import Script, Wire, Word

__all__ = ["Claimed", "Outbox", "Row", "Stored", "row_id"]

ROW = Script("row")
GUARDED = ("claim", "holds")  # the steps that look at what a row was written for
ROW_KEPT_S = 7 * 86_400  # after it was settled; the id guards one local day, so a week is ample
OWED_AFTER_S = 10.0  # whoever wrote it down does it at once; after that the sweeper does

# What the carrier's statuses mean here, and their rank: callbacks come in any order, and
# a lower rank never undoes a higher.
_STATUSES: Mapping[str, tuple[str, int]] = {
    "accepted": ("accepted", 1),
    "scheduled": ("accepted", 1),
    "queued": ("accepted", 2),
    "sending": ("accepted", 3),
    "sent": ("accepted", 4),
    "delivered": ("delivered", 5),
    "read": ("delivered", 5),
    "undelivered": ("undelivered", 5),
    "failed": ("failed", 5),
    "canceled": ("failed", 5),
}


class Outbox:
    """The outbox of all shards."""

    def __init__(self, wire: Wire, packer: Packer, settings: Settings) -> None:
        self._wire, self._packer = wire, packer
        self._unknown_after_s, self._status_after_s = settings.unknown_after_s, settings.status_after_s
        self._most, self._most_calls = settings.contact_segments_a_day, settings.contact_calls_a_day

    def add(self, rows: Iterable[Row], now: datetime) -> None:
        """Adds rows outside of a turn (a text to the on-call number); an id that exists stays as it is.

        Rows of a turn belong into its Change, where they are one step with it."""
        for row in rows:
            tag = keys.tag_of_id(row.id)
            nobody, change = keys.nobody(tag), Change(b"", outbox=(row,))
            packed = self._packer.pack(tag, nobody, None, change, now.timestamp(), "", b"")
            self._wire.script(COMMIT, *packed)

    def ring(self, now: datetime, limit: int, lease_s: float, *, reminders: bool | None = None) -> list[str]:
        """At most `limit` ids of rows to be looked at now, each handed out once in `lease_s` seconds: pending
        ones whose time has come, those whose sender died, unknown ones due for reconciling, accepted ones
        whose end nobody told, and those whose consequence is still to be drawn.

        reminders: only these, or (False) only the others, who never wait for them; None: the others first."""
        if reminders is not None:
            return lease(self._wire, keys.reminders if reminders else keys.ring, now, limit, lease_s)
        first = self.ring(now, limit, lease_s, reminders=False)
        left = limit - len(first)
        return first + (self.ring(now, left, lease_s, reminders=True) if left > 0 else [])

    def put_off(self, ids: Sequence[str], at: float) -> None:
        """Rows that were handed out and not claimed: they are rung again at that time (epoch s)."""
        tags = [(keys.tag_of_id(id), id) for id in ids]
        rings = [(name(tag), id) for tag, id in tags for name in (keys.ring, keys.reminders)]
        self._wire.each([("ZADD", ring, "XX", at, id) for ring, id in rings])  # it stands in one of them

    def claim(
        self, id: str, now: datetime, lease_s: float, segments: int = 0, contact: str | None = None
    ) -> Claimed | None:
        """Takes a row for `lease_s` seconds; None: it is another's, not yet due, settled, or may not go any
        more.

        The same step checks the opt-out (all purposes but urgent and staff), the window, the guard and how
        much this person got today; a row that fails becomes dropped with the reason opted_out, too_late,
        moved_on, day_is_full or, for a call, calls_are_used_up. A row whose sender's lease ran out becomes
        unknown once it may be out, and is handed out for reconciling `unknown_after_s` after that; before, it
        is simply sent.
        segments: what it will take; 1 for a call. contact: to whom it goes, where the caller has read it."""
        end = now.timestamp() + lease_s
        of_reminders = max(1, int(self._most * SHARE_OF_REMINDERS)) if self._most else 0
        caps = (self._most, of_reminders, self._most_calls)
        asked = (end, self._unknown_after_s, segments, *caps)
        told = self._step("claim", id, now, *asked, contact=contact)
        if not told:
            return None
        stored = _stored(id, told)
        looked_at = "owed" if stored.owed else stored.state
        state = looked_at if looked_at in ("owed", "unknown", "accepted") else "pending"
        return Claimed(
            stored.row,
            stored.token,
            state,
            stored.tries,
            stored.looks,
            stored.tried_at,
            stored.sid,
            stored.asks,
        )

    def holds(self, id: str, token: int, now: datetime, contact: str | None = None) -> bool:
        """Whether this token may still send: ask right before the POST. From then on the text may be out.

        A row whose contact opted out or moved on since the claim, or whose window ended, becomes dropped
        here."""
        return bool(self._step("holds", id, now, token, contact=contact))

    def accepted(self, id: str, token: int, sid: str, now: datetime) -> bool:
        """The carrier took it. False: fenced off. True also when a callback said so before.

        Where no callback tells how it ended, it is rung again after `status_after_s`."""
        ask_at = now.timestamp() + self._status_after_s
        return bool(self._step("accepted", id, now, token, sid, ask_at))

    def asked(self, id: str, token: int, now: datetime, again_at: float | None) -> bool:
        """The carrier was asked for its status and has no final one yet. again_at: epoch s; None: it is
        left as accepted."""
        return bool(self._step("asked", id, now, token, "" if again_at is None else again_at))

    def later(self, id: str, token: int, at: float, reason: str, now: datetime | None = None) -> bool:
        """Not processed by the carrier: pending again from `at` (epoch s). False: fenced off, or a callback
        came."""
        return bool(self._step("later", id, now or at, token, reason, at))

    def unknown(self, id: str, token: int, now: datetime, look_at: float, *, answered: bool = True) -> bool:
        """It may be out: handed out for reconciling from `look_at` (epoch s). False: fenced off, or a
        callback came. answered: False where a look-up was not answered; it counts for none."""
        return bool(self._step("unknown", id, now, token, look_at, int(answered)))

    def dropped(self, id: str, token: int, reason: str, now: datetime, owed: str = "") -> bool:
        """It will not be sent. reason: a word, never a text. False: fenced off, or a callback came.

        owed: what follows for the person, a word; until `done` the row is rung for it."""
        return bool(self._step("dropped", id, now, token, reason, owed, now.timestamp() + OWED_AFTER_S))

    def callback(self, id: str, sid: str, status: str, code: str, now: datetime, owed: str = "") -> bool:
        """Applies a status callback by rank; delivered, undelivered and failed are final.

        It settles an unknown and needs no claim. owed: as for `dropped`, written down in the same step.
        False, and nothing changed: an id or status that is none of ours, an older or repeated status,
        another sid than the one that was accepted."""
        known = _STATUSES.get(status)
        if known is None or not keys.is_id(id):
            return False
        state, rank = known
        look_at = now.timestamp() + (OWED_AFTER_S if owed else self._status_after_s)
        return bool(self._step("callback", id, now, state, sid, status, rank, code, owed, look_at))

    def done(self, id: str, now: datetime) -> bool:
        """What followed for the person was done. False: nothing was owed."""
        return bool(self._step("done", id, now))

    def park(self, id: str, reason: str, now: datetime) -> bool:
        """Sets a row aside until `unpark`; it is kept. False: it is settled."""
        return bool(self._step("park", id, now, reason))

    def unpark(self, id: str, now: datetime) -> bool:
        """Puts a row back where it was; where it may be out, it is reconciled first. False: not parked."""
        return bool(self._step("unpark", id, now))

    def read(self, id: str) -> Stored | None:
        """The row as it stands; None: there is none, or it is no longer kept. Raises ValueError: no id of a
        row."""
        told = self._wire.run("HGETALL", keys.row(keys.tag_of_id(id), id))
        return _stored(id, told) if told else None

    def find(self, id: str) -> Stored | None:
        """The row of an id that came from outside, which may be none of ours."""
        return self.read(id) if keys.is_id(id) else None

    def counts(self) -> Mapping[str, int]:
        """Rows by state: pending, sending, unknown and parked as they are now; accepted without a final
        status; the final states and dropped as they ever were."""
        total: Counter[str] = Counter()
        for told in self._wire.each([("HGETALL", keys.counts(tag)) for tag in keys.TAGS]):
            total.update({state.decode(): int(count) for state, count in _pairs(told).items()})
        return dict(total)

    def due(self, now: datetime) -> tuple[int, int]:
        """How many rows are to be looked at now and were not handed out: all but reminders, and reminders."""
        moment = now.timestamp()
        rings = (keys.ring, keys.reminders)
        asked = [("ZCOUNT", name(tag), "-inf", moment) for name in rings for tag in keys.TAGS]
        told = self._wire.each(asked)
        return sum(told[: len(keys.TAGS)]), sum(told[len(keys.TAGS) :])

    def in_flight(self, contact: str, now: datetime | None = None) -> int:
        """Texts to this contact that are being sent at this moment; with `now`, only those whose lease
        still runs."""
        from_score = f"({now.timestamp()}" if now else "-inf"
        sending = self._wire.run("ZRANGEBYSCORE", keys.flight(keys.tag_of(contact)), from_score, "+inf")
        return sum(member.startswith(contact.encode() + b":") for member in sending)

    def _step(
        self, verb: str, id: str, now: datetime | float, *words: Word, contact: str | None = None
    ) -> Any:
        tag = keys.tag_of_id(id)
        names = [keys.row(tag, id), keys.ring(tag), keys.counts(tag), keys.flight(tag), keys.opt_outs(tag)]
        if not contact:
            contact = self._contact_of(tag, id) if verb in GUARDED else keys.nobody(tag)
        moment = now.timestamp() if isinstance(now, datetime) else now
        names += [keys.session(tag, contact), keys.enrolments(tag, contact)]
        day = int(moment) // DAY_S
        names += [keys.day_use(tag, day), keys.reminders(tag), keys.day_calls(tag, day)]
        return self._wire.script(ROW, names, (verb, id, moment, ROW_KEPT_S, *words))

    def _contact_of(self, tag: str, id: str) -> str:
        """To whom a row goes, which never changes: the script must be told each key that it may look at."""
        contact: bytes | None = self._wire.run("HGET", keys.row(tag, id), "c")
        return contact.decode() if contact else keys.nobody(tag)


def _pairs(told: Any) -> dict[bytes, bytes]:
    return told if isinstance(told, dict) else dict(zip(told[::2], told[1::2], strict=True))


def _stored(id: str, told: Any) -> Stored:
    held = {name.decode(): value.decode() for name, value in _pairs(told).items()}
    language, texts, *pinned = json.loads(held["d"])
    row = Row(
        id, held["c"], held["p"], tuple((key, fill) for key, fill in texts), language,
        float(held["nb"]), float(held["na"]), held.get("g", ""), *pinned,
    )  # fmt: skip
    return Stored(
        row, held["s"], int(held["k"]), held.get("sid", ""), held.get("st", ""), held.get("code", ""),
        held.get("why", ""), int(held.get("tries", 0)), int(held.get("looks", 0)),
        float(held.get("tried", 0)), float(held.get("look", 0)), held.get("owe", ""),
        int(held.get("asks", 0)),
    )  # fmt: skip
