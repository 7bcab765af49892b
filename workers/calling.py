"""Check-in calls in place of texts: which outbox rows are calls, and how one is handed to the carrier.

The row, its claim, its guard and its window are those of a text (`delivery.py`): a call that may have been
placed is never placed again. May use: the line. May not: send without a claim."""

from dataclasses import replace

from flows.programme import BY_CALL, Enrolment
from hotline.checkin_calls import CALL
from hotline.line import Line
from hotline.outbound import Message, Receipt
from hotline.store import Row

__all__ = ["CALL", "hand_over", "is_by_call"]


def is_by_call(enrolment: Enrolment) -> bool:
    """Whether this person asked for calls in place of texts."""
    return BY_CALL in enrolment.left_out


def hand_over(line: Line, row: Row, message: Message) -> Receipt:
    """A claimed row goes to the carrier, as a text or as a call. Raises an OutboundError as `outbound`."""
    if row.purpose == CALL:
        return line.sender.call(replace(message, sender=line.settings.voice_sender))
    return line.sender.send(message, line.now())
