"""Handing a caller over to people: a nurse's phone, a call back, a message; promised only when somebody is
on duty.

Low in the room: the steps of questions and of the phone's menus use it. May not: know who is on duty by
name, or dial (the conversation does)."""

from flows.draft import Desk, Draft
from flows.effects import Dispose, Note
from flows.pending import RINGS, owe_call
from flows.session import Stage
from flows.wording import Say


def call_back(draft: Draft, how: str = "") -> None:
    """A call back is promised only when somebody is on duty to make it. how: as `owe_call` reads it."""
    desk = draft.moment.desk
    if not desk.staffed:
        draft.say(Say.NO_STAFF)
    elif not desk.open:
        draft.say(Say.CALLBACK_CLOSED, opens=desk.opens)
    else:
        draft.say(Say.CALLBACK_OK, due=desk.due)
        owe_call(draft, how)


def can_ring(desk: Desk, rung: int) -> bool:
    """Whether a nurse is on duty whose phone did not ring yet for this caller."""
    return desk.open and rung < desk.nurses


def ring(draft: Draft) -> None:
    """A nurse's phone rings next."""
    draft.say(Say.TRANSFER_NEXT if draft.session.rung else Say.TRANSFER)
    draft.set(stage=Stage.ringing, pending=f"{RINGS}{int(draft.moment.at)}")


def let_go(draft: Draft) -> None:
    """A caller who cannot go on, after the safe words: handed over, or promised a call back, or told that
    nobody is there; then the call ends."""
    desk = draft.moment.desk
    draft.set(place=Stage.over, rung=0)
    if can_ring(desk, 0):
        return ring(draft)
    if not draft.moment.withheld:
        call_back(draft)
    elif not desk.staffed:
        draft.say(Say.NO_STAFF)
    say_goodbye(draft)


def say_goodbye(draft: Draft) -> None:
    """The last words; the call ends."""
    draft.say(Say.GOODBYE)
    draft.set(stage=Stage.over)


def leave_open(draft: Draft) -> None:
    """A nurse has the caller now: the encounter is recorded at its level, that of its doubts too, and nobody
    owes a second call."""
    if draft.session.back_to is Stage.asking:
        verdict = draft.judged()
        rules = tuple(rule.id for rule in verdict.rules)
        draft.add(Dispose(max(verdict.level, draft.doubted_floor()), "", rules, finished=False))
        draft.set(back_to=Stage.idle)
    draft.add(Note("handed_over"))
