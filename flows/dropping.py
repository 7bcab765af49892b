"""The end of a call that the caller ended, or that was cut off: what stays open, and what is owed then.

Called by the stage table only (`engine.py`). May not: read what was told aloud to whoever calls next, or text
somebody who did not agree to texts."""

from flows.afterwards import text_dropped
from flows.draft import Draft
from flows.effects import Note
from flows.handover import leave_open
from flows.pending import resting_stage, settle, talks
from flows.session import Stage


def _closed_by_others(draft: Draft) -> bool:
    """Whether an encounter of this call stands open though no question of it does: a new protocol took that
    away."""
    session = draft.session
    in_this_call = draft.within(session.asked_at, draft.protocol.limits.resume_within_min / 60)
    return session.asked < 0 and session.unfinished and in_this_call


def hang_up(draft: Draft) -> None:
    """The call ended: an open encounter stays open; staff hear of an open flag or "not sure", and of what the
    caller had asked for."""
    if talks(draft.session):
        leave_open(draft)
    settle(draft)
    resting = resting_stage(draft.session)
    if resting is Stage.asking or _closed_by_others(draft):
        draft.owe_if_open("dropped")
        text_dropped(draft)
    elif draft.session.doubted and not draft.emergency_told:  # heard where no question stood open
        draft.owe_if_open("dropped")
    draft.add(Note("hung_up"))
    left = draft.session.call or draft.session.left
    draft.set(stage=resting, back_to=Stage.idle, more=False, call="", left=left)
