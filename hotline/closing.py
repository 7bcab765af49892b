"""What the carrier told us about a text or a number, beside any conversation.

What follows for a person is owed by the row, written down in the same step as its cause, and a turn of its
own; whoever dies between leaves it to the sweeper, and doing it twice changes nothing more. May not: send,
or read error codes (`outbound.py` does)."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from hotline import consent, tasks
from hotline.errors import OptedOut, OutboundError, Undeliverable
from hotline.line import Line
from hotline.outbound import meaning_of
from hotline.store import Change, Row, State

TASK_DUE_MIN = 24 * 60
LOST = ("undelivered", "failed")
UNREACHABLE, OPTED_OUT = "unreachable", "opted_out"
OWED: Mapping[type[OutboundError], str] = {Undeliverable: UNREACHABLE, OptedOut: OPTED_OUT}
"""What follows for the person from what an error means; from any other nothing does."""

log = logging.getLogger(__name__)


def settle(line: Line, row: str, sid: str, status: str, code: str, now: datetime) -> None:
    """A status of the carrier: noted by rank; a number that gets no texts, or that opted out, ends its
    programme.

    An unknown row is nobody's: nothing happens. StoreAway: what is noted is not lost, it is rung for."""
    owed = OWED.get(meaning_of(int(code)), "") if status in LOST and code.isdigit() else ""
    if line.store.outbox.callback(row, sid, status, code, now, owed) and owed:
        act(line, row, now)


def owed_for(row: Row, fault: OutboundError) -> str:
    """What follows from an error for the person of a row, or ""."""
    return OWED.get(type(fault), "")


def act(line: Line, row: str, now: datetime) -> None:
    """Does what a row owes, and says that it is done. Nothing happens where it owes nothing. StoreAway."""
    stored = line.store.outbox.read(row)
    if stored is None or not stored.owed:
        return
    if stored.row.contact:
        _ACTS[stored.owed](line, stored.row.contact, row, now)
    else:
        log.error("the on-call number or webhook refuses what we send: %s", stored.owed)
    line.store.outbox.done(row, now)


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


_ACTS: Mapping[str, Callable[[Line, str, str, datetime], None]] = {
    UNREACHABLE: unreachable,
    OPTED_OUT: opted_out,
}
