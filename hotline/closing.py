"""What the carrier told us about a text or a number, beside any conversation.

What follows for a person is owed by the row, written down in the same step as its cause, and a turn of its
own; whoever dies between leaves it to the sweeper, and doing it twice changes nothing more. May not: send,
or say what a code means (`carrier_codes.py` does)."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from flows.effects import Send
from hotline import alarms, opting_out, tasks
from hotline.carrier_codes import ACTIONS, Action, meaning_of
from hotline.consequences import ENDING, week_of
from hotline.line import Line
from hotline.store import Change, Row, State, Task

TASK_DUE_MIN, URGENT_DUE_MIN = 24 * 60, 60
HALT_S = 60.0  # how long nobody tries after the carrier refused our account
LOST = ("undelivered", "failed")
URGENT, REMINDER = "urgent", "reminder"
NEEDED = (URGENT, ENDING, Send.DROPPED)  # the purposes of texts whose words somebody may need now
UNREACHABLE, OPTED_OUT, UNREAD, BLOCKED, HALT = "unreachable", "opted_out", "unread", "blocked", "halt"
"""What a row may owe; several with a plus between."""
_OWED = {Action.close: UNREACHABLE, Action.opt_out: OPTED_OUT, Action.halt: HALT}

log = logging.getLogger(__name__)


def settle(line: Line, row: str, sid: str, status: str, code: str, now: datetime) -> None:
    """A status of the carrier: noted by rank, together with what follows from it.

    An unknown row is nobody's: nothing happens. StoreAway: what is noted is not lost, it is rung for."""
    owed = ""
    if status in LOST and (stored := line.store.outbox.find(row)) is not None:
        action = ACTIONS[meaning_of(int(code))].afterwards if code.isdigit() and int(code) else Action.lost
        owed = owed_for(stored.row, action)
    if line.store.outbox.callback(row, sid, status, code, now, owed) and owed:
        act(line, row, now)


def owed_for(row: Row, action: Action) -> str:
    """What follows from a lost text beside the text itself, or "".

    A text to staff has no person: of these only a halt follows."""
    owed = [_OWED[action]] if action in _OWED else []
    if not row.contact:
        return HALT if action is Action.halt else ""
    if action is Action.opt_out and row.purpose != REMINDER:
        owed.append(BLOCKED)
    elif row.purpose in NEEDED:
        owed.append(UNREAD)
    return "+".join(owed)


def act(line: Line, row: str, now: datetime) -> None:
    """Does what a row owes, and says that it is done. Nothing happens where it owes nothing. StoreAway."""
    stored = line.store.outbox.read(row)
    if stored is None or not stored.owed:
        return
    for owed in stored.owed.split("+"):
        _ACTS[owed](line, stored.row, now)
    line.store.outbox.done(row, now)


def halt(line: Line, now: datetime) -> None:
    """Our account is refused: the next text would be, too. Nobody sends for a while, and staff are told."""
    line.store.signs.halt("account_refused", now.timestamp() + HALT_S)
    alarms.ring(line, alarms.ACCOUNT_REFUSED, now)


def unreachable(line: Line, row: Row, now: datetime) -> None:
    """This number gets no text: the programme ends, and staff are told, as the person may wait for one."""
    task = tasks.make(row.contact, row.id, "undeliverable", "clinician_soon", now, TASK_DUE_MIN)
    notices = tasks.notices(line.settings, task, now)

    def decide(state: State) -> Change:
        ended, week = "" if state.enrolment else None, week_of(line, state)
        return Change(b"", enrolment=ended, week=week, tasks=(task,), outbox=notices)

    line.store.turns.take(row.contact, "", decide, now)


def opted_out(line: Line, row: Row, now: datetime) -> None:
    """The carrier knows of an opt-out that we did not hear: it counts here as well."""
    opting_out.opt_out(line, row.contact, "sms", "carrier", f"row {row.id}", now)


def unread(line: Line, row: Row, now: datetime) -> None:
    """Words that somebody may need now did not arrive: staff call."""
    _owe(
        line, tasks.make(row.contact, row.id, "urgent_undelivered", "urgent_today", now, URGENT_DUE_MIN), now
    )


def blocked(line: Line, row: Row, now: datetime) -> None:
    """The carrier blocks what we must say, because the person once said STOP: only a call gets through."""
    needed = row.purpose in NEEDED
    level, due_min = ("urgent_today", URGENT_DUE_MIN) if needed else ("clinician_soon", TASK_DUE_MIN)
    _owe(line, tasks.make(row.contact, row.id, "blocked_after_stop", level, now, due_min), now)


def _owe(line: Line, task: Task, now: datetime) -> None:
    change = Change(b"", tasks=(task,), outbox=tasks.notices(line.settings, task, now))
    line.store.turns.take(task.contact, "", lambda state: change, now)


_ACTS: Mapping[str, Callable[[Line, Row, datetime], None]] = {
    UNREACHABLE: unreachable,
    OPTED_OUT: opted_out,
    UNREAD: unread,
    BLOCKED: blocked,
    HALT: lambda line, row, now: halt(line, now),
}
