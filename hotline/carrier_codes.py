"""What each error code of the carrier means to us, and what we do about it: the one table of both.

May use: the errors. May not: know the carrier's client, or do what the table says (`workers/delivery.py` does
where a text is handed over, `closing.py` where a status comes afterwards).
Source: TELEPHONY §4 and the carrier's list of errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hotline.errors import AccountRefused, OptedOut, OutboundError, TryLater, Undeliverable, Unknown


class Action(StrEnum):
    """What is done about a text or its person."""

    close = "the person's programme ends and staff get a task"
    opt_out = "the opt-out counts here too; a text that was no reminder makes a staff task"
    retry = "the text is pending again, with back-off"
    reconcile = "a callback is waited for, then the carrier is asked; never sent again blindly"
    halt = "all sending stops for a while and an alarm rings"
    lost = "this text is lost, the next one may arrive; an urgent one makes a staff task"


@dataclass(frozen=True, slots=True)
class Actions:
    """at_send: where handing it over was answered so. afterwards: where a status says so of a text that the
    carrier had taken."""

    at_send: Action
    afterwards: Action


ACTIONS: Mapping[type[OutboundError], Actions] = {
    Undeliverable: Actions(Action.close, Action.close),
    OptedOut: Actions(Action.opt_out, Action.opt_out),
    TryLater: Actions(Action.retry, Action.lost),
    Unknown: Actions(Action.reconcile, Action.lost),
    AccountRefused: Actions(Action.halt, Action.halt),
}
"""What each type asks for."""

CODES: Mapping[int, type[OutboundError]] = {
    # The person said no, to the carrier.
    21610: OptedOut,
    # This number never gets a text: invalid, no mobile, a landline, a region we may not text, no route,
    # not on WhatsApp.
    21211: Undeliverable,
    21408: Undeliverable,
    21612: Undeliverable,
    21614: Undeliverable,
    21635: Undeliverable,
    63003: Undeliverable,
    # Told by a status callback: unknown handset, landline or unreachable carrier.
    30005: Undeliverable,
    30006: Undeliverable,
    # Told by a status callback: switched off, filtered, no reason given. This one is lost, the next one
    # may arrive.
    30003: TryLater,
    30007: TryLater,
    30008: Unknown,
    # Too many at once: nothing was processed.
    20429: TryLater,
    14107: TryLater,
    30001: TryLater,
    # Our account, token or sender: the next text would be refused as well.
    20003: AccountRefused,
    20005: AccountRefused,
    20404: AccountRefused,
    21603: AccountRefused,
    21606: AccountRefused,
    21609: AccountRefused,
    21659: AccountRefused,
    21660: AccountRefused,
    30002: AccountRefused,
}
"""What each error code of the carrier means."""


def meaning_of(code: int, status: int = 0) -> type[OutboundError]:
    """What an error code of the carrier, or else an HTTP status, means to us.

    Any other refusal: Undeliverable."""
    if code in CODES:
        return CODES[code]
    if status in (401, 403, 404):
        return AccountRefused
    if status == 429:
        return TryLater
    if status == 408 or status >= 500 or 200 <= status < 400:
        return Unknown
    return Undeliverable
