"""What became of a check-in call that we placed: whose it is, and how it ended, beside what was said in it.

The outbox row keeps the end; a call that nobody took stands in the record and is not placed again that day.
May not: place a call (`outbound.py` does), or decide what an answer means."""

from collections.abc import Mapping
from datetime import datetime

from hotline.channels import Inbound
from hotline.line import Line
from hotline.store import Change, State, keys

CALL = "voice_reminder"  # the purpose of their outbox rows
# How a call ended, as the outbox names the end of a text.
ENDS: Mapping[str, str] = {
    "completed": "delivered",
    "busy": "undelivered",
    "no-answer": "undelivered",
    "failed": "failed",
    "canceled": "canceled",
}


def is_ours(line: Line, row: str, inbound: Inbound) -> bool:
    """Whether that row is a check-in call to the person of this request. StoreAway."""
    stored = line.store.outbox.read(row) if keys.is_id(row) else None
    ours = stored is not None and stored.row.purpose == CALL
    return stored is not None and ours and stored.row.contact == line.sealer.contact_of(inbound.address)


def settle(line: Line, row: str, sid: str, status: str, now: datetime) -> None:
    """The end of such a call: noted once, and in the record. StoreAway."""
    if not line.store.outbox.callback(row, sid, ENDS.get(status, ""), "", now):
        return
    stored = line.store.outbox.read(row)
    if stored is None:
        return
    contact = stored.row.contact
    event = {"contact": contact, "kind": "checkin_call", "at": f"{now.timestamp():.1f}", "status": status}

    def decide(state: State) -> Change:
        return Change(b"", events=({**event, "row": row},))

    line.store.turns.take(contact, "", decide, now)
