"""One outbox row: claimed, sent, and its outcome written down; or looked up where the outcome is not known.

At least once inside, at most once at the phone (TELEPHONY §4). The claim re-checks opt-out, window and
what the row was written for in its own step; a reminder's consent is read right before it leaves. May use:
the line. May not: send without a claim, send again after an unknown outcome, or log a number or words."""

import json
import logging
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from flows.effects import Send
from flows.segments import segments
from hotline import alarms, closing, tasks
from hotline.carrier_codes import ACTIONS, Action
from hotline.consent import BadLedger, Purpose, permits
from hotline.consequences import ENDING
from hotline.conversation import render
from hotline.errors import OutboundError
from hotline.feed import telling
from hotline.line import Line
from hotline.outbound import Message
from hotline.sealing import CannotOpen
from hotline.store import Claimed, Row, Stored
from workers import calling, fault_points, feeding

# The purposes of rows that need an opt-in of their own, and which.
REMINDER = closing.REMINDER
NEEDS = {
    REMINDER: Purpose.reminders,
    calling.CALL: Purpose.voice_reminders,
    Send.DROPPED: Purpose.reminders,
    Send.ASKED: Purpose.one_text,
}
_BACK_OFF_S, _LONGEST_BACK_OFF_S = 2.0, 300.0
_LOOKS = 2  # found by neither: it never got there
_FRESH_S = 1.0  # a permission to send is good for so long
_STATUS_SOUGHT_S = 4 * 3600  # after its window a text can no longer arrive; the carrier knows by then
SAFE_TWICE = ("urgent", ENDING, tasks.PURPOSE)  # worded so that reading it twice harms nobody; silence would
# No cap holds these, and they wait behind nobody; a call that broke off may have been an emergency.
NEVER_HELD = (*SAFE_TWICE, Send.DROPPED)

log = logging.getLogger(__name__)


def deliver(line: Line, id: str, until: float = math.inf) -> None:
    """Claims a row and sends it, reconciles it, asks how it ended, or draws its consequence.

    Nothing happens where it is another's, settled or barred. until: the monotonic time after which nothing
    is begun any more; a row that comes too late, or whose sender's pace has no room before, is rung again.
    StoreAway."""
    stored = line.store.outbox.read(id)
    if stored is None:
        line.store.outbox.claim(id, line.now(), line.settings.lease_s)  # it takes the id off the ring
        return
    row = stored.row
    if line.store.signs.halted(line.now()) and not _is_webhook(row):
        return  # its lease brings it back
    if row.purpose == telling.PURPOSE and not feeding.may_try(line, id):
        return
    message = None if _is_webhook(row) else _message(line, row)
    asked = _asked_for(row, message) if message and _may_send(stored) else None
    if asked and not _paced(line, row, asked, until):
        return
    claimed = line.store.outbox.claim(
        id, line.now(), line.settings.lease_s, asked.segments if asked else 0, row.contact or None
    )
    sent = claimed is not None and _act(line, claimed, message)
    if asked and not sent:
        line.store.pace.back(asked.sender, asked.segments, line.now(), call=asked.call)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one text or call takes of its sender's pace."""

    sender: str
    segments: int
    call: bool = False


def _asked_for(row: Row, message: Message) -> _Asked:
    """A call is paced as one segment of the line's own number, and counts among the calls of the day."""
    if row.purpose == calling.CALL:
        return _Asked(message.sender, 1, call=True)
    return _Asked(message.sender, segments(message.body).count)


def _may_send(stored: Stored) -> bool:
    return stored.state in ("pending", "sending") and not stored.owed


def _is_webhook(row: Row) -> bool:
    return row.texts[0][0] in (tasks.WEBHOOK, telling.FEED)


def _paced(line: Line, row: Row, asked: _Asked, until: float) -> bool:
    """Waits for this text's place in its sender's pace; False: there is none in time, it is rung again."""
    now, reminder, first = line.now(), row.purpose == REMINDER, row.purpose in NEVER_HELD
    patience_s = max(0.0, min(until - time.monotonic(), line.settings.lease_s / 2))
    place = line.store.pace.take(
        asked.sender, asked.segments, patience_s, now, reminder=reminder, first=first, call=asked.call
    )
    if place.full:
        _drop_unclaimed(line, row, "line_calls_are_used_up" if asked.call else "line_day_is_full")
        return False
    if not place.reserved:
        line.store.outbox.put_off([row.id], now.timestamp() + place.wait_s)
        return False
    time.sleep(place.wait_s)
    return True


def _drop_unclaimed(line: Line, row: Row, reason: str) -> None:
    claimed = line.store.outbox.claim(row.id, line.now(), line.settings.lease_s, 0, row.contact or None)
    if claimed is not None and claimed.state == "pending":
        _drop(line, claimed, reason)


def _act(line: Line, claimed: Claimed, message: Message | None) -> bool:
    """What a claim asks for. True: a text was handed over, or may have been."""
    if claimed.state == "owed":
        closing.act(line, claimed.row.id, line.now())
    elif claimed.state == "accepted":
        _ask(line, claimed)
    elif claimed.state == "pending" and claimed.row.purpose == telling.PURPOSE:
        feeding.pass_on(line, claimed, _again_at(line.now(), claimed.tries))
    elif claimed.state == "pending" and _is_webhook(claimed.row):
        _settle(line, claimed, lambda: _call(line, claimed))
    elif message is None:
        _lose(line, claimed, "no_address_or_text")
    elif claimed.state == "unknown":
        _reconcile(line, claimed, message)
    elif reason := _refused(line, claimed.row):
        _drop(line, claimed, reason)
    elif _holds(line, claimed):
        return _settle(line, claimed, lambda: _send(line, claimed.row, message), message.sender)
    return False


def _holds(line: Line, claimed: Claimed) -> bool:
    """Whether the text may leave now; asked until the answer is fresh: whoever slept since asks again."""
    while True:
        fault_points.pass_by("claimed", line.settings.mode)
        asked_at = time.monotonic()
        contact = claimed.row.contact or None
        if not line.store.outbox.holds(claimed.row.id, claimed.token, line.now(), contact):
            return False
        fault_points.pass_by("held", line.settings.mode)
        if time.monotonic() - asked_at < _FRESH_S:
            return True


def _send(line: Line, row: Row, message: Message) -> str:
    sid = calling.hand_over(line, row, message).sid
    fault_points.pass_by("answered", line.settings.mode)
    return sid


def _refused(line: Line, row: Row) -> str:
    """Why the ledger has no opt-in for this text at this moment, or "" where it has or none is needed."""
    if row.purpose not in NEEDS:
        return ""
    try:
        permission = permits(line.store.turns.ledger(row.contact), NEEDS[row.purpose], line.now())
    except BadLedger:
        return BadLedger.__name__
    return "" if permission.may_send else permission.reason


def _call(line: Line, claimed: Claimed) -> str:
    tasks.call_webhook(line.settings, claimed.row.texts[0][1])
    return "webhook"


def _settle(line: Line, claimed: Claimed, send: Callable[[], str], sender: str = "") -> bool:
    """Sends, and writes the outcome down by its type. False: the carrier took nothing."""
    outbox, id, token = line.store.outbox, claimed.row.id, claimed.token
    try:
        sid = send()
    except OutboundError as fault:
        action = ACTIONS[type(fault)].at_send
        _AT_SEND[action](line, claimed, fault, sender)
        return action is Action.reconcile
    outbox.accepted(id, token, sid, line.now())
    fault_points.pass_by("recorded", line.settings.mode)
    return True


def _retry(line: Line, claimed: Claimed, fault: OutboundError, sender: str) -> None:
    if fault.code or fault.busy:
        line.store.pace.slow(sender)
    now = line.now()
    line.store.outbox.later(claimed.row.id, claimed.token, _again_at(now, claimed.tries), _word(fault), now)


def _close(line: Line, claimed: Claimed, fault: OutboundError, sender: str) -> None:
    owed = closing.owed_for(claimed.row, ACTIONS[type(fault)].at_send)
    _drop(line, claimed, _word(fault), owed)
    closing.act(line, claimed.row.id, line.now())


def _doubt(line: Line, claimed: Claimed, fault: OutboundError, sender: str) -> None:
    now = line.now()
    look_at = now.timestamp() + line.settings.unknown_after_s
    line.store.outbox.unknown(claimed.row.id, claimed.token, now, look_at)
    log.warning("row %s: outcome not known (%s)", claimed.row.id, _word(fault))


def _reconcile(line: Line, claimed: Claimed, message: Message) -> None:
    """Asks the carrier for a text whose outcome is not known.

    A look-up that failed tells nothing and counts for nothing: a text may only be called lost by a carrier
    that answered twice."""
    outbox, id, token, now = line.store.outbox, claimed.row.id, claimed.token, line.now()
    look_at = now.timestamp() + line.settings.unknown_after_s
    try:
        found = calling.look_up(line, claimed, message)
    except OutboundError as fault:
        outbox.unknown(id, token, now, look_at, answered=False)
        log.warning("row %s: the carrier cannot tell yet (%s)", id, _word(fault))
        return
    if found is not None:
        outbox.accepted(id, token, found.sid, now)
        calling.settle(line, claimed.row, found, now)
    elif claimed.looks < _LOOKS:
        outbox.unknown(id, token, now, look_at)
    elif claimed.row.purpose in SAFE_TWICE:
        outbox.later(id, token, now.timestamp(), "sent_again", now)
        log.warning("row %s: found by no look-up, it is sent again", id)
    else:
        _lose(line, claimed, "not_found")


def _ask(line: Line, claimed: Claimed) -> None:
    """Asks the carrier how a text ended that no callback told of; twice as long apart each time."""
    outbox, id, now = line.store.outbox, claimed.row.id, line.now()
    again_at = now.timestamp() + line.settings.status_after_s * 2**claimed.asks
    over = now.timestamp() > claimed.row.not_after + _STATUS_SOUGHT_S
    try:
        told = calling.status(line, claimed)
    except OutboundError as fault:
        log.warning("row %s: the carrier cannot tell how it ended (%s)", id, _word(fault))
    else:
        calling.settle(line, claimed.row, told, now)
    outbox.asked(id, claimed.token, now, None if over else again_at)


def _message(line: Line, row: Row) -> Message | None:
    """The text of a row, to its address; None: the address is gone or the protocol has lost that text."""
    until = datetime.fromtimestamp(row.not_after, UTC)
    if row.purpose == tasks.PURPOSE:
        words = alarms.text_of(fill) if alarms.NAME in (fill := row.texts[0][1]) else tasks.text_of(fill)
        return Message(row.id, line.settings.on_call_number, line.settings.text_sender, words, until)
    address = address_of(line, row.contact)
    if address is None:
        return None
    if row.purpose == calling.CALL:
        return Message(row.id, address[0], line.settings.voice_sender, "", until)
    try:
        words = render(_pinned(line, row), row)
    except KeyError:
        log.error("row %s: the protocol no longer has its text", row.id)
        return None
    return Message(row.id, *address, words, until)


def _pinned(line: Line, row: Row) -> Line:
    """The line as it was when an encounter began: its words come from that protocol, whatever was deployed
    since."""
    return replace(line, protocol=line.protocol_of(row.protocol)) if row.protocol else line


def address_of(line: Line, contact: str) -> tuple[str, str] | None:
    """The number of a contact, and the sender of ours that they know."""
    sealed = line.store.turns.address(contact)
    if sealed is None:
        return None
    try:
        told = line.sealer.open(contact, "address", sealed)
    except CannotOpen:
        log.error("an address cannot be opened: is an old sealing key missing?")
        return None
    return _address_in(told)


def _address_in(told: bytes) -> tuple[str, str]:
    to, sender = json.loads(told)
    return str(to), str(sender)


def _drop(line: Line, claimed: Claimed, reason: str, owed: str = "") -> None:
    line.store.outbox.dropped(claimed.row.id, claimed.token, reason, line.now(), owed)
    log.warning("row %s: dropped, %s", claimed.row.id, reason)


def _lose(line: Line, claimed: Claimed, reason: str) -> None:
    """Drops a text that should have arrived: where somebody may need its words, staff are told."""
    _drop(line, claimed, reason, closing.owed_for(claimed.row, Action.lost))
    closing.act(line, claimed.row.id, line.now())


def _halt(line: Line, claimed: Claimed, fault: OutboundError, sender: str) -> None:
    now = line.now()
    again_at = now.timestamp() + closing.HALT_S
    line.store.outbox.later(claimed.row.id, claimed.token, again_at, _word(fault), now)
    closing.halt(line, now)
    log.critical(
        "the carrier refuses our account (error %d): check account_sid, auth_token and senders", fault.code
    )


def _again_at(now: datetime, tries: int) -> float:
    """Twice as long each time, up to a limit, and never two workers in step."""
    wait_s = min(_BACK_OFF_S * 2 ** min(tries, 10), _LONGEST_BACK_OFF_S)
    return (now + timedelta(seconds=wait_s * random.uniform(0.5, 1.0))).timestamp()


def _word(fault: OutboundError) -> str:
    return f"{type(fault).__name__}_{fault.code}" if fault.code else type(fault).__name__


_AT_SEND: Mapping[Action, Callable[[Line, Claimed, OutboundError, str], None]] = {
    Action.retry: _retry,
    Action.close: _close,
    Action.opt_out: _close,
    Action.reconcile: _doubt,
    Action.halt: _halt,
}
