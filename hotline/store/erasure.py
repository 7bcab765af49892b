"""Everything that Redis keeps of one contact, found and taken away in one step; the mark of an opt-out stays.

Whoever adds a key that a contact has adds it here too:
tests/workers/test_forgetting.py sees what is left over.
May use: the wire. May not: know what an address is, or decide that somebody may be forgotten."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hotline.sealing import digest_of
from hotline.store import keys
from hotline.store.parking import Parking
from hotline.store.turns import Turns
from hotline.store.wire import Script, Wire, Word

ERASE = Script("erase")
BY_CONTACT = ("remind", "wake")  # the jobs whose ids are contacts; those of the others are rows and tasks
BY_ROW = "deliver"
_PAGE = 1000
_ENOUGH = 1_000_000  # pages of a scan: it ends long before


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found that the erasing step cannot find by itself. version: of the state that was read.

    last: the last event of the shard that was looked at. told_at: when the contact's own last one was, epoch
    s, 0 = there is none."""

    version: int
    rows: Sequence[str]
    names: Sequence[str]
    events: Sequence[str]
    last: str
    told_at: float


@dataclass(frozen=True, slots=True)
class Erased:
    """How a step of erasing ended. refusal: "" | moved (a turn came between: look again) | task | encounter |
    sending; detail: which task or row. gone: how many things went, 0 = there was nothing."""

    refusal: str
    detail: str = ""
    gone: int = 0


class Erasure:
    """Finds and erases contacts."""

    def __init__(self, wire: Wire, turns: Turns, parking: Parking) -> None:
        self._wire, self._turns, self._parking = wire, turns, parking

    def find(self, contact: str, version: int) -> Found:
        """Looks through the whole keyspace for rows and days, and through the shard's events.

        version: of the state on whose strength somebody is forgotten. It takes seconds where there are
        millions of keys."""
        tag = keys.tag_of(contact)
        rows, days = self._scanned(tag)
        events, messages, last, told_at = self._events(tag, contact)
        replies = [keys.reply(tag, digest_of(contact, message)) for message in messages]
        theirs = list(self._rows(tag, contact, rows))
        return Found(version, theirs, [*days, *replies], events, last, told_at)

    def erase(self, contact: str, found: Found, told: Mapping[str, str]) -> Erased:
        """Takes all of it away in one step, or nothing. told: the record event that is written in that step,
        where anything went.

        What was parked of them lies in another shard and goes right after; an erasure that was cut off
        between is ended by the next one."""
        tag = keys.tag_of(contact)
        words: list[Word] = [contact, tag, found.version, found.last]
        words += [len(found.rows), *found.rows, len(found.events), *found.events]
        fields = [word for pair in told.items() for word in pair]
        names = [*_keys(tag, contact), *found.names]
        answer = self._wire.script(ERASE, names, [*words, len(fields), *fields])
        refusal = answer[0].decode()
        if refusal:
            return Erased(refusal, answer[1].decode())
        self._unpark(tag, contact)
        return Erased("", gone=answer[1])

    def _unpark(self, tag: str, contact: str) -> None:
        """Forgets what was counted and set aside of a contact, and of rows that are no more."""
        fields = [f"{job}:{contact}" for job in BY_CONTACT]
        for name in (keys.TRIES, keys.PARKED):
            told = [field.decode() for field in self._wire.run("HKEYS", name)]
            rows = [field for field in told if field.startswith(f"{BY_ROW}:{tag[1:3]}")]
            kept = self._wire.each([("EXISTS", keys.row(tag, field.partition(":")[2])) for field in rows])
            orphans = [field for field, stands in zip(rows, kept, strict=True) if not stands]
            self._wire.run("HDEL", name, *fields, *orphans)

    def _scanned(self, tag: str) -> tuple[list[str], list[str]]:
        """The ids of all rows of a shard, and its days of use."""
        rows: list[str] = []
        days: list[str] = []
        cursor = b"0"
        for _ in range(_ENOUGH):
            cursor, page = self._wire.run("SCAN", cursor, "MATCH", f"{tag}:[bu]:*", "COUNT", _PAGE)
            for name in (found.decode() for found in page):
                kind, _, rest = name.removeprefix(tag + ":").partition(":")
                (rows if kind == "b" else days).append(rest if kind == "b" else name)
            if int(cursor) == 0:
                break
        return rows, days

    def _rows(self, tag: str, contact: str, ids: Sequence[str]) -> Iterator[str]:
        """Those that may be theirs: the step itself knows which notices to staff tell of their tasks."""
        for first in range(0, len(ids), _PAGE):
            page = ids[first : first + _PAGE]
            told = self._wire.each([("HMGET", keys.row(tag, id), "c", "p") for id in page])
            for id, (whom, purpose) in zip(page, told, strict=True):
                if whom == contact.encode() or purpose == b"staff":
                    yield id

    def _events(self, tag: str, contact: str) -> tuple[list[str], list[str], str, float]:
        """The ids of a contact's events, the messages that they tell of, the last event of the shard, and
        when the contact's last one was."""
        shard, last, told_at = keys.TAGS.index(tag), "0", 0.0
        found: list[str] = []
        messages: list[str] = []
        while page := self._turns.events(shard, last, _PAGE):
            for id, event in page:
                if event.get("contact") == contact:
                    found.append(id)
                    messages += [event["message"]] if "message" in event else []
                    told_at = float(event["at"])
            last = page[-1][0]
        return found, messages, last, told_at


def _keys(tag: str, contact: str) -> list[str]:
    return [
        keys.session(tag, contact), keys.enrolments(tag, contact), keys.address(tag, contact),
        keys.ledger(tag, contact), keys.week(tag, contact), keys.waiting(tag), keys.due(tag), keys.ring(tag),
        keys.reminders(tag), keys.counts(tag), keys.flight(tag), keys.open_tasks(tag), keys.closed_tasks(tag),
        keys.events(tag),
    ]  # fmt: skip
