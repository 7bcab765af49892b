"""An opt-out that comes beside any conversation: from staff, or from the carrier.

It counts for all senders and purposes at once; one said in a text or a call is a turn (`conversation.py`).
May not: send anything, or lift an opt-out: only the person can."""

import time
from dataclasses import replace
from datetime import datetime

from flows.asking import wake_at
from flows.session import BadSession, Session
from hotline.consent import Decision, Entry, Purpose, record
from hotline.consequences import week_of
from hotline.feed import telling
from hotline.line import Line
from hotline.store import Change, State


def opt_out(
    line: Line, contact: str, channel: str, method: str, source: str, now: datetime, number: str = ""
) -> bool:
    """Bars every later text and reminder call to them, ends their programme and writes the ledger's line.

    The clinic's other programmes are told where the number is given or known. False: they were out already,
    and nothing is written or told twice. StoreAway."""
    entry = Entry(Purpose.everything, Decision.withdrawn, now, channel, method, source=source)
    told = telling.rows(line, contact, entry, number or telling.number_of(line, contact))

    def decide(state: State) -> Change:
        ended, week = "" if state.enrolment else None, week_of(line, state)
        change = Change(b"", enrolment=ended, week=week, opted_out=True)
        if not state.opted_out:
            change = replace(change, ledger=(record(entry),), outbox=told)
        return _with_no_offer(line, state, change)

    taken = line.store.turns.take(contact, "", decide, now)
    let_sends_finish(line, contact)
    return taken.change is not None and bool(taken.change.ledger)


def _with_no_offer(line: Line, state: State, change: Change) -> Change:
    """What was offered before an opt-out is offered anew: a JOIN alone enrols nobody."""
    try:
        session = Session.decode(state.session)
    except BadSession:
        return change
    if not session.expects:
        return change
    session = session.changed({"expects": ""})
    look_at = wake_at(line.protocol_of(session.protocol).limits, session)
    return replace(change, session=session.encode(), wake_at=look_at)


def let_sends_finish(line: Line, contact: str) -> None:
    """Waits until no send to this contact is under way; the POST's time-out bounds the wait. StoreAway."""
    until = time.monotonic() + line.settings.stop_wait_s
    while line.store.outbox.in_flight(contact) and time.monotonic() < until:
        time.sleep(0.05)
