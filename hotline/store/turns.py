"""One turn of one contact: read once, decide, commit once. Two round trips, whatever a turn changes.

May use: the wire, the sealer. May not: know what a session, an enrolment or a reply says.

The commit checks the message id and the version in the same atomic step as it saves: a duplicate gets the
first reply, a contact that moved meanwhile is decided again on the fresh state. Nothing is lost, nothing
applied twice."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from hotline.errors import StoreAway
from hotline.sealing import CannotOpen, Sealer, digest_of
from hotline.store import keys
from hotline.store.commit import COMMIT, Packer
from hotline.store.leases import lease
from hotline.store.values import Change, Ledger, Linked, State, Taken
from hotline.store.wire import Script, Wire

READ = Script("read")
# Each stale round is another turn of the same contact that went through: a handful at most, whoever texts.
_ROUNDS = 100
# A Redis that is slow but just within its time-out must not add up: the caller waits 2 s at most.
_PATIENCE_S = 1.2
_SEEN = 1


class Turns:
    """The turns of all contacts."""

    def __init__(self, wire: Wire, sealer: Sealer, packer: Packer) -> None:
        self._wire, self._sealer, self._packer = wire, sealer, packer

    def take(self, contact: str, message_id: str, decide: Callable[[State], Change], now: datetime) -> Taken:
        """Reads the contact's state, lets `decide` make a change of it and commits that, or answers a
        duplicate.

        message_id: the carrier's; "" = none (the clock's own turns). decide may run several times and must
        be pure. A duplicate gets the first reply byte for byte within `reply_keep_min`, later b"", and
        changes nothing.
        Raises StoreAway: nothing was committed, or, when the answer got lost, this turn's commit stands and
        the carrier's next try gets its reply. ValueError: no contact id, or another contact's row or task."""
        tag, moment = keys.tag_of(contact), now.timestamp()
        message = digest_of(contact, message_id) if message_id else ""
        began = time.monotonic()
        answer = self._read(tag, contact, message, moment)
        waited = time.monotonic() - began
        for _ in range(_ROUNDS):
            if answer[0] == _SEEN:
                return Taken(self._opened(contact, message_id, answer[1]), True, None)
            state = _state(answer)
            change = decide(state)
            sealed = self._sealer.seal(contact, "reply:" + message_id, change.reply) if message_id else b""
            linked = self._linked(contact, state.head, change)
            names, words = self._packer.pack(tag, contact, state.version, linked, moment, message, sealed)
            # Deciding does not count: the first turn on an old protocol has to parse it.
            if waited > _PATIENCE_S:
                raise StoreAway("Redis is too slow for a turn")
            began = time.monotonic()
            answer = self._wire.script(COMMIT, names, words)
            waited += time.monotonic() - began
            if not answer[0]:
                return Taken(change.reply, False, change)
        raise StoreAway(f"a contact moved {_ROUNDS} times during one turn")

    def read(self, contact: str) -> State:
        """The state of a contact. A contact never heard of has an empty one."""
        return _state(self._read(keys.tag_of(contact), contact, "", 0.0))

    def address(self, contact: str) -> bytes | None:
        """The sealed blob of the contact's address and sender, as it was committed; None: none is kept."""
        blob: bytes | None = self._wire.run("GET", keys.address(keys.tag_of(contact), contact))
        return blob

    def ledger(self, contact: str) -> list[str]:
        """The contact's consent ledger, oldest line first."""
        return [line.partition(" ")[2] for line in self._headed(contact)[1]]

    def proof(self, contact: str) -> Ledger:
        """The same with the link of each line, held against the line itself and the one before, and the end
        held against the ledger's head."""
        head, lines = self._headed(contact)
        told, before = [], ""
        for stored in lines:
            link, _, line = stored.partition(" ")
            told.append(Linked(line, link, link == self._sealer.link(contact, before, line)))
            before = self._sealer.head(contact, link)
        return Ledger(tuple(told), head == before)

    def with_ledger(self) -> Iterator[str]:
        """Every contact that has a ledger. It looks through the whole keyspace."""
        cursor = b"0"
        while True:
            cursor, page = self._wire.run("SCAN", cursor, "MATCH", keys.ledger("*", "*"), "COUNT", 1000)
            yield from (name.decode().rpartition(":")[2] for name in page)
            if int(cursor) == 0:
                return

    def opted_out(self) -> list[str]:
        """Every contact with the mark of an opt-out, one shard after the other."""
        found = self._wire.each([("SMEMBERS", keys.opt_outs(tag)) for tag in keys.TAGS])
        return [member.decode() for members in found for member in sorted(members)]

    def waiting(self, now: datetime, limit: int, lease_s: float) -> list[str]:
        """At most `limit` contacts whose open encounter must be looked at, each handed out once in
        `lease_s` seconds.

        A turn that commits the session takes the contact out, or sets when it is looked at next."""
        return lease(self._wire, keys.waiting, now, limit, lease_s)

    def wake_at(self, contact: str, at: float | None) -> None:
        """Sets when an open encounter is looked at next (epoch s); None: not at all, until its next turn."""
        key = keys.waiting(keys.tag_of(contact))
        self._wire.run(*(("ZREM", key, contact) if at is None else ("ZADD", key, at, contact)))

    def give_back(self, contact: str, at: float) -> None:
        """A contact that was handed out and not looked at: again at that time (epoch s), if it waits."""
        self._wire.run("ZADD", keys.waiting(keys.tag_of(contact)), "XX", at, contact)

    def events(self, shard: int, after: str = "0", limit: int = 1000) -> list[tuple[str, dict[str, str]]]:
        """Record events of a shard, 0 to 63, after a stream id: id and fields, oldest first."""
        told = self._wire.run("XRANGE", keys.events(keys.TAGS[shard]), f"({after}", "+", "COUNT", limit)
        return [(id.decode(), _fields(words)) for id, words in told or ()]

    def _headed(self, contact: str) -> tuple[str, list[str]]:
        """The ledger's head, "" = there is none, and its lines as they stand."""
        told = self._wire.run("LRANGE", keys.ledger(keys.tag_of(contact), contact), 0, -1)
        head, *lines = [line.decode() for line in told] or [""]
        return head, lines

    def _linked(self, contact: str, head: str, change: Change) -> Change:
        """The change with each new line of the ledger linked to the head before it, and the head after."""
        if not change.ledger:
            return change
        lines = []
        for line in change.ledger:
            link = self._sealer.link(contact, head, line)
            lines.append(f"{link} {line}")
            head = self._sealer.head(contact, link)
        return replace(change, ledger=tuple(lines), head=head)

    def _read(self, tag: str, contact: str, message: str, now: float) -> Sequence[Any]:
        names = [keys.session(tag, contact), keys.enrolments(tag, contact), keys.opt_outs(tag)]
        names += [keys.address(tag, contact), keys.ledger(tag, contact), keys.week(tag, contact)]
        if message:
            names += [keys.seen(tag, message), keys.reply(tag, message)]
        answer: Sequence[Any] = self._wire.script(READ, names, (contact, int(now), self._packer.reply_keep_s))
        return answer

    def _opened(self, contact: str, message_id: str, sealed: bytes) -> bytes:
        """The first reply; b"" where it is no longer kept or its key is gone: an empty answer is always
        safe."""
        try:
            return self._sealer.open(contact, "reply:" + message_id, sealed) if sealed else b""
        except CannotOpen:
            return b""


def _state(answer: Sequence[Any]) -> State:
    """What read.lua and commit.lua tell of a contact: [2, session, enrolment, opted out, addressed, head,
    week]."""
    moved, session = _versioned(answer[1])
    stamped, enrolment = _versioned(answer[2])
    version, head, week = max(moved, stamped), answer[5].decode(), answer[6].decode()
    return State(session, enrolment, bool(answer[3]), version, bool(answer[4]), head, week)


def _versioned(stored: bytes) -> tuple[int, str]:
    if not stored:
        return 0, ""
    version, _, text = stored.partition(b" ")
    return int(version), text.decode()


def _fields(words: Any) -> dict[str, str]:
    pairs = words.items() if isinstance(words, dict) else zip(words[::2], words[1::2], strict=True)
    return {name.decode(): value.decode() for name, value in pairs}
