"""One look at one enrolment: the step that is due becomes an outbox row, in the same commit as the
enrolment's move.

May use: the line, `flows.programme`. May not: send (`delivery.py` does), or know the queue."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from flows import programme
from flows.enrolment import BadEnrolment, Enrolment
from flows.programme import Action, Due, next_due, next_look, passed_over, sent
from flows.protocol import Level
from flows.session import BadSession, Session
from flows.window import last_day
from flows.wording import Say
from hotline import tasks, zones
from hotline.consent import BadLedger, Purpose, permits
from hotline.consequences import week_of
from hotline.errors import NoSuchTask
from hotline.line import Line
from hotline.store import Row, State, Task, row_id, task_id
from workers import calling, delivery
from workers.delivery import REMINDER

SILENT = "worse_then_silent"  # as the end of the open questions names it
_ROUNDS = 5
_TASK_DUE_MIN = 24 * 60

log = logging.getLogger(__name__)


def remind(line: Line, contact: str) -> None:
    """Looks at a contact's enrolment and commits what follows;

    a turn that came between is looked at afresh. StoreAway."""
    for _ in range(_ROUNDS):
        if _look(line, contact, line.store.due.read(contact), line.now()):
            return
    # Somebody texts without a pause: the lease brings this one back.


def _look(line: Line, contact: str, state: State, now: datetime) -> bool:
    """False: the contact moved meanwhile."""
    if not state.enrolment:
        return _end(line, contact, state, now, "none")
    try:
        enrolment = Enrolment.decode(state.enrolment)
        purpose = Purpose.voice_reminders if calling.is_by_call(enrolment) else Purpose.reminders
        permission = permits(line.store.turns.ledger(contact), purpose, now, state.opted_out)
    except (BadEnrolment, BadLedger) as fault:
        task = tasks.make(contact, "programme", type(fault).__name__, "clinician_soon", now, _TASK_DUE_MIN)
        return _end(line, contact, state, now, type(fault).__name__, (task,))
    if not permission.may_send:
        return _end(line, contact, state, now, permission.reason)
    where = _where(line, contact, enrolment)
    due = next_due(line.protocol.programme, enrolment, now, where, line.window)
    if due is None:
        return _over(line, contact, state, enrolment, where, now)
    if due.at > now or due.action is Action.end:
        look = next_look(due, now, where, line.window).timestamp()
        return line.store.due.step(contact, state.version, None, look, (), (), (), now)
    return _leave(line, contact, state, enrolment, due, where, now)


def _leave(
    line: Line,
    contact: str,
    state: State,
    enrolment: Enrolment,
    due: Due,
    where: Sequence[ZoneInfo],
    now: datetime,
) -> bool:
    """The step's text goes to the outbox, and the enrolment moves on, in one commit."""
    day = last_day(due.at, where).isoformat()
    after = sent(line.protocol.programme, enrolment, due, now)
    by_call = calling.is_by_call(enrolment)
    purpose, text = (calling.CALL, Say.voice_checkin.value) if by_call else (REMINDER, due.text)
    row = Row(
        row_id(contact, purpose, due.step, day), contact, purpose, ((text, due.fill),),
        enrolment.language, now.timestamp(), due.until.timestamp(),
        # A reply, an emergency or a STOP writes the enrolment. After the last text there is none left; then
        # whatever they write moves the session.
        guard="session" if after is None else "enrolment",
    )  # fmt: skip
    look = None
    if after is not None:
        following = next_due(line.protocol.programme, after, now, where, line.window)
        look = next_look(following, now, where, line.window).timestamp()
    events = _skipped(contact, due.skipped, now)
    events.append(_event(contact, "reminder_due", now, step=due.step, row=row.id, reason=due.reason))
    if after is None:
        events.append(_event(contact, "programme_ended", now, reason=due.reason))
    step, version = line.store.due.step, state.version
    if after is not None:
        return step(contact, version, after.encode(), look, (row,), (), events, now)
    week = programme.week(replace(enrolment, texted=enrolment.texted | 1 << due.day), where)
    return step(contact, version, "", look, (row,), (), events, now, week)


def _where(line: Line, contact: str, enrolment: Enrolment) -> Sequence[ZoneInfo]:
    """Where the person may be. A zone that no longer exists leaves the candidates of their number."""
    unknown = line.settings.unknown_zone
    if zones.stands(enrolment.zones):
        return zones.named(enrolment.zones)
    address = delivery.address_of(line, contact)
    return zones.named(enrolment.zones, zones.of(address[0], unknown) if address else unknown)


def _over(
    line: Line,
    contact: str,
    state: State,
    enrolment: Enrolment,
    where: Sequence[ZoneInfo],
    now: datetime,
) -> bool:
    """Nothing is left to send or to wait for.

    Worse and then silence is no end that anybody may overlook: staff are told, unless they were already."""
    if enrolment.held_at:
        owed = () if _is_told(line, contact, state) else (_silent(line, contact, enrolment, now),)
        return _end(line, contact, state, now, "unfinished", owed)
    passed = passed_over(line.protocol.programme, enrolment, now, where, line.window)
    return _end(line, contact, state, now, "over", (), _skipped(contact, passed, now))


def _silent(line: Line, contact: str, enrolment: Enrolment, now: datetime) -> Task:
    due_min = line.protocol.limits.task_due_min
    cause = f"programme:{enrolment.held_at}"
    return tasks.make(contact, cause, SILENT, Level.urgent_today.name, now, due_min)


def _is_told(line: Line, contact: str, state: State) -> bool:
    """Whether the end of the open questions made that task: it is not made twice, nor opened again."""
    try:
        encounter = Session.decode(state.session).encounter if state.session else 0
        line.store.tasks.read(task_id(contact, str(encounter), SILENT))
    except (BadSession, NoSuchTask):
        return False
    return True


def _skipped(contact: str, skipped: Sequence[tuple[str, str]], now: datetime) -> list[Mapping[str, str]]:
    return [_event(contact, "reminder_skipped", now, step=step, reason=why) for step, why in skipped]


def _end(
    line: Line,
    contact: str,
    state: State,
    now: datetime,
    reason: str,
    owed: Sequence[Task] = (),
    skipped: Sequence[Mapping[str, str]] = (),
) -> bool:
    rows = [row for task in owed for row in tasks.notices(line.settings, task, now)]
    events = list(skipped)
    if state.enrolment:
        events.append(_event(contact, "programme_ended", now, reason=reason))
    if owed:
        log.warning("an enrolment was closed: %s", reason)
    week = week_of(line, state)
    return line.store.due.step(contact, state.version, "", None, rows, owed, events, now, week)


def _event(contact: str, kind: str, now: datetime, **told: str) -> Mapping[str, str]:
    return {"contact": contact, "kind": kind, "at": f"{now.timestamp():.1f}", **told}
