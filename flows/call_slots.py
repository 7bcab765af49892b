"""The hours that somebody may choose for check-in calls: the key and the tag of each, and what confirms it.

Which clock time each of them is, stands in `call_slots` of programme.yaml. May not: choose a day
(`programme.py`), or say anything."""

from collections.abc import Mapping
from datetime import time, timedelta

from flows.enrolment import BY_CALL, EVENING, NOON, Enrolment
from flows.wording import Say

MORNING = "morning"  # no tag: also the hour of those who joined before there was a choice
KEYS: Mapping[str, str] = {"1": MORNING, "3": NOON, "4": EVENING}
"""What each key at `voice_optin` chooses. 2 is no, as wherever somebody is asked to consent."""
CONFIRMED: Mapping[str, Say] = {
    MORNING: Say.voice_confirm,
    NOON: Say.voice_confirm_noon,
    EVENING: Say.voice_confirm_evening,
}
LENGTH = timedelta(hours=1)
"""So long after its clock time a call still comes at the hour that was chosen."""
TRUE_WITHIN: Mapping[str, tuple[time, time]] = {
    MORNING: (time(8), time(11)),
    NOON: (time(11, 30), time(13)),
    EVENING: (time(17), time(20)),
}
"""When an hour may begin (the last included) so that the word for it is true, and all of it lies within the
hours in which anybody may be called (TELEPHONY §5)."""


def of(enrolment: Enrolment) -> str:
    """The hour that this person chose."""
    return next((tag for tag in (NOON, EVENING) if tag in enrolment.left_out), MORNING)


def tags(slot: str) -> tuple[str, ...]:
    """What an enrolment by calls at this hour holds beside the tags of the programme."""
    return (BY_CALL,) if slot == MORNING else (BY_CALL, slot)


def key_of(slot: str) -> str:
    """The key that chooses this hour."""
    return next(key for key, chosen in KEYS.items() if chosen == slot)
