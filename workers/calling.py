"""Check-in calls in place of texts: which outbox rows are calls, and how the carrier is asked for one.

The row, its claim, its guard and its window are those of a text (`delivery.py`): a call that may have been
placed is never placed again. May use: the line. May not: send without a claim."""

from datetime import UTC, datetime

from flows.enrolment import BY_CALL, Enrolment
from hotline import checkin_calls, closing
from hotline.checkin_calls import CALL
from hotline.line import Line
from hotline.outbound import Message, Receipt
from hotline.store import Claimed, Row

__all__ = ["CALL", "hand_over", "is_by_call", "look_up", "settle", "status"]


def is_by_call(enrolment: Enrolment) -> bool:
    """Whether this person asked for calls in place of texts."""
    return BY_CALL in enrolment.left_out


def hand_over(line: Line, row: Row, message: Message) -> Receipt:
    """A claimed row goes to the carrier, as a text or as a call. Raises an OutboundError as `outbound`."""
    return line.sender.call(message) if row.purpose == CALL else line.sender.send(message, line.now())


def look_up(line: Line, claimed: Claimed, message: Message) -> Receipt | None:
    """The text or the call, as the carrier lists it, of a row whose outcome is not known; None: it has none.

    Raises an OutboundError as `outbound`."""
    tried_at = datetime.fromtimestamp(claimed.tried_at, UTC)
    if claimed.row.purpose == CALL:
        return line.sender.look_up_call(message.to, tried_at)
    return line.sender.look_up(message.to, tried_at, message.body)


def status(line: Line, claimed: Claimed) -> Receipt:
    """What became of a row that the carrier took. Raises an OutboundError as `outbound`."""
    if claimed.row.purpose == CALL:
        return line.sender.call_status(claimed.sid)
    return line.sender.status(claimed.sid)


def settle(line: Line, row: Row, told: Receipt, now: datetime) -> None:
    """What the carrier told of it is taken as its callback would be. StoreAway."""
    if row.purpose == CALL:
        return checkin_calls.settle(line, row.id, told.sid, told.status, now)
    closing.settle(line, row.id, told.sid, told.status, str(told.code or ""), now)
