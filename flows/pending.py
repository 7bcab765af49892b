"""What a call leaves waiting in `session.pending`: a red flag to be confirmed, a nurse's phone that rings, a
call back in the making.

Whichever way the caller leaves it (hangs up, texts, calls again, or is not heard of for an hour), it is
settled here, so that nothing told or asked for is lost. Low in the room. May not: say anything, or decide
what follows."""

from flows.draft import Draft
from flows.effects import Owe
from flows.protocol import Level
from flows.rules import sign_answers, sign_mask
from flows.session import Session

SIGNS, MASK, RINGS, CALL = "s", "a", "r", "c"  # the first letter: which of them waits
MEANWHILE = RINGS + "t"  # a nurse's phone rings, and meanwhile the caller texted
ANOTHER_NUMBER, NO_MESSAGE = "o", "n"  # how to call back, behind the letter of a call


def settle(draft: Draft) -> None:
    """What waits counts as told, or is owed."""
    what, how = draft.session.pending[:1], draft.session.pending[1:]
    if what == RINGS:
        owe(draft, "transfer_missed")
    elif what == CALL:
        owe_call(draft, how)
    else:
        _raise_flag(draft)
    draft.set(pending="")


def leave_by_text(draft: Draft) -> None:
    """A text in mid-call: what waits there is settled. Only a phone that rings goes on, for its caller still
    holds the line: the next text settles that too."""
    if draft.session.pending == RINGS:
        draft.set(pending=MEANWHILE)
    else:
        settle(draft)


def rings_meanwhile(session: Session) -> bool:
    """Whether a nurse's phone rings for a caller whose conversation went on by text."""
    return session.pending == MEANWHILE


def signs_of(pending: str) -> tuple[str, ...]:
    """The signs that wait for their confirmation."""
    return tuple(pending[1:].split(",")) if pending.startswith(SIGNS) else ()


def mask_of(pending: str) -> int:
    """The answer to the open question that waits for its confirmation; 0: none does."""
    return int(pending[1:]) if pending.startswith(MASK) else 0


def owe(draft: Draft, reason: str) -> None:
    """A task for a person who asked for one: never below clinician_soon, whatever the answers so far."""
    level = max(draft.session.level, draft.judged().level, Level.clinician_soon)
    draft.add(Owe(reason, level, draft.protocol.limits.task_due_min))


def owe_call(draft: Draft, how: str) -> None:
    """Staff owe this person a call. how: ANOTHER_NUMBER, NO_MESSAGE, both or ""."""
    reason = "call_back_no_message" if NO_MESSAGE in how else "call_back"
    owe(draft, f"{reason}_other_number" if ANOTHER_NUMBER in how else reason)


def _raise_flag(draft: Draft) -> None:
    pending = draft.session.pending
    if mask := mask_of(pending):
        draft.raise_sign(draft.question, mask & sign_mask(draft.question))
    for sign in signs_of(pending):
        for question, told in sign_answers(draft.protocol, sign):
            draft.raise_sign(question, told)
