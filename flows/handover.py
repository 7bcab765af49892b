"""Handing a caller over to people: a nurse's phone, a call back, a message; promised only when somebody is
on duty.

Low in the room: the steps of questions and of the phone's menus use it. May not: know who is on duty by
name, or dial (the conversation does)."""

from flows.draft import Desk, Draft
from flows.effects import Dispose, Note, Owe
from flows.protocol import Level
from flows.session import Stage
from flows.wording import Say

ANOTHER_NUMBER, NO_MESSAGE = "o", "n"  # how to call back, as `pending` keeps it until the caller has said all


def call_back(draft: Draft, *, no_message: bool = False, other_number: bool = False) -> None:
    """A call back is promised only when somebody is on duty to make it."""
    desk = draft.moment.desk
    if not desk.staffed:
        draft.say(Say.NO_STAFF)
    elif not desk.open:
        draft.say(Say.CALLBACK_CLOSED, opens=desk.opens)
    else:
        draft.say(Say.CALLBACK_OK, due=desk.due)
        owe_call(draft, no_message=no_message, other_number=other_number)


def owe_call(draft: Draft, *, no_message: bool, other_number: bool) -> None:
    """Staff owe this person a call."""
    reason = "call_back_no_message" if no_message else "call_back"
    owe(draft, f"{reason}_other_number" if other_number else reason)


def owe(draft: Draft, reason: str) -> None:
    """A task for a person who asked for one: never below clinician_soon, whatever the answers so far."""
    level = max(draft.session.level, draft.judged().level, Level.clinician_soon)
    draft.add(Owe(reason, level, draft.protocol.limits.task_due_min))


def can_ring(desk: Desk, rung: int) -> bool:
    """Whether a nurse is on duty whose phone did not ring yet for this caller."""
    return desk.open and rung < desk.nurses


def ring(draft: Draft) -> None:
    """A nurse's phone rings next."""
    draft.say(Say.TRANSFER_NEXT if draft.session.rung else Say.TRANSFER)
    draft.set(stage=Stage.ringing)


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
    """A nurse has the caller now: the encounter is recorded at its level, and nobody owes a second call."""
    if draft.session.back_to is Stage.asking:
        verdict = draft.judged()
        rules = tuple(rule.id for rule in verdict.rules)
        draft.add(Dispose(max(verdict.level, draft.session.floor), "", rules, finished=False))
        draft.set(back_to=Stage.idle)
    draft.add(Note("handed_over"))
