"""One outbox row of the opt-out feed: passed on at least once, put off, or set aside with an alarm.

A receiver that dies in between gets it again with the same id, which is harmless there. May use: the line.
May not: drop a row: an opt-out that the other programmes never heard of is a person who is texted again."""

import logging
import random
from datetime import timedelta

from hotline import backlog
from hotline.errors import TryLater, Undeliverable
from hotline.feed import telling
from hotline.line import Line
from hotline.store import Claimed
from workers import fault_points

PATIENCE = timedelta(hours=24)  # then staff must know; the other side has ten business days by the rules
TRY_EVERY_S = 30.0  # while the other side is down: its silence costs a thread four seconds each time

log = logging.getLogger(__name__)


def may_try(line: Line, id: str) -> bool:
    """Whether the other side is worth a try; where it is down the row is rung again. StoreAway.

    However many opt-outs wait for it, no text to a person waits behind them."""
    now = line.now()
    if line.store.signs.may_try(telling.PURPOSE, now, TRY_EVERY_S):
        return True
    line.store.outbox.put_off([id], now.timestamp() + TRY_EVERY_S * random.uniform(1, 2))
    return False


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
    line.store.signs.up(telling.PURPOSE)
    fault_points.pass_by("answered", line.settings.mode)
    if outbox.accepted(id, token, telling.PASSED_ON_BY, line.now()):
        outbox.callback(id, telling.PASSED_ON_BY, "delivered", "", line.now())
    fault_points.pass_by("recorded", line.settings.mode)


def _put_off(line: Line, claimed: Claimed, again_at: float, fault: TryLater | Undeliverable) -> None:
    id, now = claimed.row.id, line.now()
    if isinstance(fault, TryLater):
        line.store.signs.down(telling.PURPOSE, now.timestamp() + TRY_EVERY_S)
    kept = line.store.outbox.later(id, claimed.token, again_at, type(fault).__name__, now)
    over = now.timestamp() > claimed.row.not_before + PATIENCE.total_seconds()
    if kept and (over or isinstance(fault, Undeliverable)):
        backlog.set_aside(line, backlog.DELIVER, id, "optout_feed", now)
        log.error("row %s: %s; it was set aside", id, fault)
    else:
        log.warning("row %s: %s", id, fault)
