"""What the carrier told us about a text or a number, beside any conversation.

What follows for a person is a turn of its own. May not: send, or read error codes (`outbound.py` does)."""

from datetime import datetime

from hotline import consent, tasks
from hotline.errors import OptedOut, Undeliverable
from hotline.line import Line
from hotline.outbound import meaning_of
from hotline.store import Change, State

TASK_DUE_MIN = 24 * 60
LOST = ("undelivered", "failed")


def settle(line: Line, row: str, sid: str, status: str, code: str, now: datetime) -> None:
    """A status callback: noted by rank; a number that gets no texts, or that opted out, ends its programme.

    An unknown row is nobody's: nothing happens. StoreAway."""
    moved = line.store.outbox.callback(row, sid, status, code, now)
    if not moved or status not in LOST or not code.isdigit():
        return
    stored, meaning = line.store.outbox.read(row), meaning_of(int(code))
    if stored is None or not stored.row.contact:
        return
    if meaning is Undeliverable:
        unreachable(line, stored.row.contact, row, now)
    elif meaning is OptedOut:
        opted_out(line, stored.row.contact, row, now)


def unreachable(line: Line, contact: str, row: str, now: datetime) -> None:
    """This number gets no text: the programme ends, and staff are told, as the person may wait for one.

    row: the outbox row that showed it. StoreAway."""
    task = tasks.make(contact, row, "undeliverable", "clinician_soon", now, TASK_DUE_MIN)
    notices = tasks.notices(line.settings, task, now)

    def decide(state: State) -> Change:
        return Change(b"", enrolment="" if state.enrolment else None, tasks=(task,), outbox=notices)

    line.store.turns.take(contact, "", decide, now)


def opted_out(line: Line, contact: str, row: str, now: datetime) -> None:
    """The carrier knows of an opt-out that we did not hear: it counts here as well. StoreAway."""
    entry = consent.Entry(
        consent.Purpose.everything, consent.Decision.withdrawn, now, "sms", "carrier", source=f"row {row}"
    )

    def decide(state: State) -> Change:
        ledger = () if state.opted_out else (consent.record(entry),)
        return Change(b"", enrolment="" if state.enrolment else None, opted_out=True, ledger=ledger)

    line.store.turns.take(contact, "", decide, now)
