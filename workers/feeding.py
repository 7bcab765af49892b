"""One outbox row of the opt-out feed: passed on at least once, put off, or set aside with an alarm.

A receiver that dies in between gets it again with the same id, which is harmless there. May use: the line.
May not: drop a row: an opt-out that the other programmes never heard of is a person who is texted again."""

import logging
from datetime import timedelta

from hotline import backlog
from hotline.errors import TryLater, Undeliverable
from hotline.feed import telling
from hotline.line import Line
from hotline.store import Claimed
from workers import fault_points

PATIENCE = timedelta(hours=24)  # then staff must know; the other side has ten business days by the rules

log = logging.getLogger(__name__)


def pass_on(line: Line, claimed: Claimed, again_at: float) -> None:
    """Tells the other programmes. again_at: when it is tried again if they do not take it now (epoch s).

    One that was set aside and put back by staff is tried once more. StoreAway."""
    outbox, id, token = line.store.outbox, claimed.row.id, claimed.token
    fault_points.pass_by("claimed", line.settings.mode)
    try:
        telling.tell(line, claimed.row)
    except (TryLater, Undeliverable) as fault:
        _put_off(line, claimed, again_at, fault)
        return
    fault_points.pass_by("answered", line.settings.mode)
    if outbox.accepted(id, token, telling.PASSED_ON_BY, line.now()):
        outbox.callback(id, telling.PASSED_ON_BY, "delivered", "", line.now())
    fault_points.pass_by("recorded", line.settings.mode)


def _put_off(line: Line, claimed: Claimed, again_at: float, fault: TryLater | Undeliverable) -> None:
    id, now = claimed.row.id, line.now()
    kept = line.store.outbox.later(id, claimed.token, again_at, type(fault).__name__, now)
    over = now.timestamp() > claimed.row.not_before + PATIENCE.total_seconds()
    if kept and (over or isinstance(fault, Undeliverable)):
        backlog.set_aside(line, backlog.DELIVER, id, "optout_feed", now)
        log.error("row %s: %s; it was set aside", id, fault)
    else:
        log.warning("row %s: %s", id, fault)
