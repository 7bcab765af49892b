"""A revocation that another programme heard, and how it counts here: as an opt-out from everything.

It is not passed on again, so two installations that feed each other do not go on for ever. May not: send
anything, lift an opt-out, or keep a number: whoever is not known here gets a mark and a line, no more."""

from datetime import datetime

from hotline.consent import Decision, Entry, Purpose, readable, record
from hotline.feed import telling
from hotline.feed.revocation import Revocation
from hotline.line import Line
from hotline.opting_out import let_sends_finish
from hotline.store import Change, State

WEBHOOK, FILE = "webhook", "file"
"""How it came: the method in the ledger."""


def take(line: Line, revocation: Revocation, method: str, now: datetime) -> bool:
    """Bars every later text and reminder call to that person and writes the ledger's line, once for each.

    False: it is known here, and nothing changed; it may even be one of ours that came back. now: when we got
    it, which is the ledger's time; theirs stands in its source. Returns once no send to them is under way.
    StoreAway: nothing was committed, or the next try finds it known."""
    contact = line.sealer.contact_of(revocation.number)
    new = not is_known(line, contact, revocation)
    if new:
        entry = entry_of(revocation, method, now)

        def decide(state: State) -> Change:
            ended = "" if state.enrolment else None
            return Change(b"", enrolment=ended, opted_out=True, ledger=(record(entry),))

        # The message id guards against two at once, which both found it unknown.
        message = f"feed:{revocation.id} {telling.written(revocation.at)}"
        new = not line.store.turns.take(contact, message, decide, now).duplicate
    let_sends_finish(line, contact)
    return new


def entry_of(revocation: Revocation, method: str, now: datetime) -> Entry:
    """The ledger's entry of a revocation. source: their id, their time, and where they heard it."""
    told = f"{revocation.id} {telling.written(revocation.at)} {revocation.source}"
    return Entry(Purpose.everything, Decision.withdrawn, now, telling.CHANNEL, method, source=told.strip())


def is_known(line: Line, contact: str, revocation: Revocation) -> bool:
    """Whether this person's ledger has it: it came before, or it is one of ours that went out.

    The ledger outlives the message ids of the store: a file may come again after months. An id with another
    time is another revocation: some programmes number their people, not what these say. StoreAway."""
    told = (revocation.id, telling.written(revocation.at))
    ledger = readable(line.store.turns.ledger(contact))
    return any((telling.public_id(contact, one), telling.public_time(one)) == told for one in ledger)
