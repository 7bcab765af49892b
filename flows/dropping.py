"""The end of a call that the caller ended, or that was cut off: what stays open, and what is owed then.

Called by the stage table only (`engine.py`). May not: read what was told aloud to whoever calls next, or text
somebody who did not agree to texts."""

from flows import confirming
from flows.afterwards import text_dropped
from flows.calling import RESTING
from flows.draft import Draft
from flows.effects import Note
from flows.handover import ANOTHER_NUMBER, NO_MESSAGE, leave_open, owe, owe_call
from flows.session import Stage


def hang_up(draft: Draft) -> None:
    """The call ended: an open encounter stays open; staff hear of an open flag or "not sure", and of what the
    caller had asked for."""
    if draft.session.stage is Stage.confirming:
        confirming.keep(draft)
    note_hang_up(draft)
    resting = draft.session.back_to if draft.session.stage not in RESTING else draft.session.stage
    if resting is Stage.asking:
        draft.owe_if_open("dropped")
        text_dropped(draft)
    draft.add(Note("hung_up"))
    draft.set(stage=resting, back_to=Stage.idle, part=0, more=False, call="", pending="")


def note_hang_up(draft: Draft) -> None:
    """The caller hung up on the way to a person: what was asked for or rang in vain is owed."""
    session = draft.session
    if session.stage is Stage.ringing:
        owe(draft, "transfer_missed")
    elif session.stage in (Stage.leaving, Stage.naming):
        no_message = session.stage is Stage.leaving or NO_MESSAGE in session.pending
        owe_call(draft, no_message=no_message, other_number=ANOTHER_NUMBER in session.pending)
    elif session.stage is Stage.connected:
        leave_open(draft)
