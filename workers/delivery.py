"""One outbox row: claimed, sent, and its outcome written down; or looked up where the outcome is not known.

At least once inside, at most once at the phone (TELEPHONY §4). The claim re-checks opt-out, window and
what the row was written for in its own step; a reminder's consent is read right before it leaves. May use:
the line. May not: send without a claim, send again after an unknown outcome, or log a number or words."""

import json
import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from flows.effects import Send
from hotline import closing, tasks
from hotline.consent import BadLedger, Purpose, permits
from hotline.consequences import ENDING
from hotline.conversation import render
from hotline.errors import AccountRefused, OptedOut, OutboundError, TryLater, Undeliverable, Unknown
from hotline.line import Line
from hotline.outbound import Message
from hotline.sealing import CannotOpen
from hotline.store import Claimed, Row
from workers import calling

# The purposes of rows that need an opt-in of their own, and which.
REMINDER = "reminder"
NEEDS = {
    REMINDER: Purpose.reminders,
    calling.CALL: Purpose.voice_reminders,
    Send.DROPPED: Purpose.reminders,
    Send.ASKED: Purpose.one_text,
}
_BACK_OFF_S, _LONGEST_BACK_OFF_S = 2.0, 300.0
_HALT_S = 60.0  # how long nobody tries after the carrier refused our account
_LOOKS = 2  # found by neither: it never got there
SAFE_TWICE = ("urgent", ENDING, tasks.PURPOSE)  # worded so that reading it twice harms nobody; silence would

log = logging.getLogger(__name__)


def deliver(line: Line, id: str) -> None:
    """Claims a row and sends or reconciles it.

    Nothing happens where it is another's, settled or barred. StoreAway."""
    halted = line.store.signs.halted(line.now())
    if halted:
        return  # its lease brings it back
    claimed = line.store.outbox.claim(id, line.now(), line.settings.lease_s)
    if claimed is None:
        return
    message = _message(line, claimed.row)
    if message is None:
        _drop(line, claimed, "no_address_or_text")
    elif claimed.state == "unknown":
        _reconcile(line, claimed, message)
    elif claimed.row.texts[0][0] == tasks.WEBHOOK:
        _settle(line, claimed, lambda: _call(line, claimed))
    elif reason := _refused(line, claimed.row):
        _drop(line, claimed, reason)
    elif line.store.outbox.holds(id, claimed.token, line.now()):
        _settle(line, claimed, lambda: calling.hand_over(line, claimed.row, message).sid)


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


def _settle(line: Line, claimed: Claimed, send: Callable[[], str]) -> None:
    """Sends, and writes the outcome down by its type."""
    outbox, id, token = line.store.outbox, claimed.row.id, claimed.token
    try:
        sid = send()
    except TryLater as fault:
        outbox.later(id, token, _again_at(line.now(), claimed.tries), _word(fault), line.now())
    except AccountRefused as fault:
        _alarm(line, claimed, fault)
    except OptedOut:
        _drop(line, claimed, "opted_out")
        _opt_out(line, claimed.row)
    except Undeliverable as fault:
        _drop(line, claimed, _word(fault))
        _give_up(line, claimed.row, fault)
    except Unknown as fault:
        look_at = line.now().timestamp() + line.settings.unknown_after_s
        outbox.unknown(id, token, line.now(), look_at)
        log.warning("row %s: outcome not known (%s)", id, _word(fault))
    else:
        outbox.accepted(id, token, sid, line.now())


def _reconcile(line: Line, claimed: Claimed, message: Message) -> None:
    """Asks the carrier for a text whose outcome is not known.

    A look-up that failed counts as a look: the next one is `unknown_after_s` later, long after a text
    would show."""
    outbox, id, token, now = line.store.outbox, claimed.row.id, claimed.token, line.now()
    look_at = now.timestamp() + line.settings.unknown_after_s
    try:
        found = line.sender.look_up(message.to, datetime.fromtimestamp(claimed.tried_at, UTC), message.body)
    except OutboundError as fault:
        outbox.unknown(id, token, now, look_at)
        log.warning("row %s: the carrier cannot tell yet (%s)", id, _word(fault))
        return
    if found is not None:
        outbox.accepted(id, token, found.sid, now)
    elif claimed.looks < _LOOKS:
        outbox.unknown(id, token, now, look_at)
    elif claimed.row.purpose in SAFE_TWICE:
        outbox.later(id, token, now.timestamp(), "sent_again", now)
        log.warning("row %s: found by no look-up, it is sent again", id)
    else:
        _drop(line, claimed, "not_found")


def _message(line: Line, row: Row) -> Message | None:
    """The text of a row, to its address; None: the address is gone or the protocol has lost that text."""
    until = datetime.fromtimestamp(row.not_after, UTC)
    if row.purpose == tasks.PURPOSE:
        words = tasks.text_of(row.texts[0][1])
        return Message(row.id, line.settings.on_call_number, line.settings.text_sender, words, until)
    address = _address(line, row.contact)
    if address is None:
        return None
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


def _address(line: Line, contact: str) -> tuple[str, str] | None:
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


def _drop(line: Line, claimed: Claimed, reason: str) -> None:
    line.store.outbox.dropped(claimed.row.id, claimed.token, reason, line.now())
    log.warning("row %s: dropped, %s", claimed.row.id, reason)


def _alarm(line: Line, claimed: Claimed, fault: AccountRefused) -> None:
    """Our account is refused:

    the next text would be, too. Nobody sends for a while, and staff can see why."""
    now = line.now()
    line.store.signs.halt("account_refused", now.timestamp() + _HALT_S)
    line.store.outbox.later(claimed.row.id, claimed.token, now.timestamp() + _HALT_S, _word(fault), now)
    log.critical(
        "the carrier refuses our account (error %d): check account_sid, auth_token and senders", fault.code
    )


def _opt_out(line: Line, row: Row) -> None:
    if row.contact:
        closing.opted_out(line, row.contact, row.id, line.now())
    else:
        log.error("the on-call number has opted out at the carrier")


def _give_up(line: Line, row: Row, fault: Undeliverable) -> None:
    if row.contact:
        closing.unreachable(line, row.contact, row.id, line.now())
    else:
        log.error("the on-call number or webhook refuses what we send (error %d)", fault.code)


def _again_at(now: datetime, tries: int) -> float:
    """Twice as long each time, up to a limit, and never two workers in step."""
    wait_s = min(_BACK_OFF_S * 2 ** min(tries, 10), _LONGEST_BACK_OFF_S)
    return (now + timedelta(seconds=wait_s * random.uniform(0.5, 1.0))).timestamp()


def _word(fault: OutboundError) -> str:
    return f"{type(fault).__name__}_{fault.code}" if fault.code else type(fault).__name__
