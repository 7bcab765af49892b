"""Forgetting one person: all that is kept of them goes, in one step, and only where nothing is owed to them.

What stays is the mark of an opt-out, a keyed hash that bars every text until they opt in again, and a record
that somebody was erased. Decision 0011. May not: know a Redis key (the store does), or lift an opt-out."""

from collections.abc import Mapping
from datetime import datetime

from flows.session import BadSession, Session
from hotline.errors import StillOwed
from hotline.line import Line
from hotline.store import State

CALL_QUIET_S = 3600  # so long after its last step a call is over, whether or not the carrier said so
_ROUNDS = 20
_FIRST: Mapping[str, str] = {
    "task": "staff still owe this person something: close task {detail} first (hotline tasks close)",
    "encounter": "this person's questions are open, and staff may have to hear how they end: "
    "forget them once they are answered, or an hour after the last answer",
    "sending": "a text to this person is under way (row {detail}): "
    "forget them once it has arrived or failed; hotline queue shows what is under way",
    "call": "a call with this person is under way: forget them after it, or an hour after its last step",
    "moved": "this person writes or is written to all the time: try again when it is quiet",
}


def forget(line: Line, contact: str, by: str, now: datetime) -> int:
    """Erases a contact; how many things went, 0 = nothing was kept of them. Running it again finishes what
    was cut off, and finds what came meanwhile.

    by: who was asked; it stands in the record. StillOwed: nothing was erased, the message says what to do
    first. StoreAway."""
    told = {
        "kind": "erased",
        "at": f"{now.timestamp():.1f}",
        "who": line.sealer.erased_name(contact),
        "by": by,
    }
    total = 0
    for _ in range(_ROUNDS):
        state = line.store.turns.read(contact)
        found = line.store.erasure.find(contact, state.version)
        if _calls(state) and now.timestamp() - found.told_at < CALL_QUIET_S:
            raise StillOwed(_FIRST["call"])
        done = line.store.erasure.erase(contact, found, told)
        if done.refusal and done.refusal != "moved":
            raise StillOwed(_FIRST[done.refusal].format(detail=done.detail))
        if not (done.refusal or done.gone):
            return total  # looked at once more, and nothing had come between
        total += done.gone
    raise StillOwed(_FIRST["moved"])


def shown(gone: int, opted_out: bool) -> str:
    """What was done, for reading."""
    told = f"forgotten: {gone} entries are erased" if gone else "nothing is kept of this person"
    return f"{told}; the mark of their opt-out stays" if opted_out else told


def _calls(state: State) -> bool:
    """Whether a call stands open in the session."""
    try:
        return bool(state.session) and bool(Session.decode(state.session).call)
    except BadSession:
        return False
