"""What a call leaves waiting in `session.pending`: a red flag to be confirmed, a nurse's phone that rings, a
call back in the making.

Whichever way the caller leaves it (hangs up, texts, calls again, or is not heard of for an hour), it is
settled here, so that nothing told or asked for is lost. Low in the room. May not: say anything, or decide
what follows."""

from collections.abc import Iterator

from flows.draft import Draft
from flows.effects import Owe
from flows.protocol import Level, Protocol, Question
from flows.rules import sign_answers, sign_mask
from flows.session import Session, Stage

SIGNS, MASK, RINGS, CALL = "s", "a", "r", "c"  # the first letter: which of them waits; of a ring, since when
TAKEN, TEXTED = "k", "t"  # behind that of a nurse's phone: a nurse took it; meanwhile the caller texted
BESIDE = ":"  # behind the letter of signs: a mask told beside them, and this, come first
HEDGED = "?"  # and behind them this, and what was hedged in the same words
UNMET, KEY_9 = "transfer_missed", "key_9"  # what is owed to whoever asked for a person, or pressed 9
KEY_9_MIN = 15
RINGS_H = 0.2  # so long a nurse's phone rings at the most
RESTING = (Stage.idle, Stage.asking, Stage.told, Stage.checkin)
ANOTHER_NUMBER, NO_MESSAGE = "o", "n"  # how to call back, behind the letter of a call


def settle(draft: Draft) -> None:
    """What waits counts as told, or is owed; a nurse who took the call is owed to nobody."""
    what, how = draft.session.pending[:1], draft.session.pending[1:]
    if what == RINGS:
        if not talks(draft.session):
            owe(draft, UNMET)
    elif what == CALL:
        owe_call(draft, how)
    else:
        _raise_flag(draft)
    draft.set(pending="")


def resting_stage(session: Session) -> Stage:
    """Where the encounter itself stands, whatever menu of the phone is open."""
    return session.stage if session.stage in RESTING else session.back_to


def come_to_rest(draft: Draft) -> None:
    """No menu of the phone stands open any more; what waited there is settled."""
    settle(draft)
    draft.set(stage=resting_stage(draft.session), back_to=Stage.idle)


def leave_by_text(draft: Draft) -> None:
    """A text in mid-call: what waits there is settled. Only a phone that rings goes on, for its caller still
    holds the line: a later text settles that too, unless a nurse has taken it."""
    pending = draft.session.pending
    if not pending.startswith(RINGS):
        settle(draft)
    elif TEXTED not in pending:
        draft.set(pending=pending + TEXTED)
    elif not talks(draft.session) and not draft.within(_rings_since(pending), RINGS_H):
        settle(draft)


def _rings_since(pending: str) -> int:
    return int("0" + "".join(filter(str.isdigit, pending)))


def rings_meanwhile(session: Session) -> bool:
    """Whether a nurse's phone rings for a caller whose conversation went on by text."""
    return session.pending.startswith(RINGS) and TEXTED in session.pending


def talks(session: Session) -> bool:
    """Whether a nurse took the call."""
    return session.pending.startswith(RINGS) and TAKEN in session.pending


def take_ring(draft: Draft) -> None:
    """A nurse took the call. The ring stays pending until the talk is over: a leg that fails now is one that
    nobody took."""
    if not talks(draft.session):
        draft.set(pending=draft.session.pending + TAKEN)


def doubts_of(pending: str) -> tuple[str, ...]:
    """What was hedged in the same words as that which waits for its confirmation."""
    return tuple(filter(None, pending.partition(HEDGED)[2].split(",")))


def signs_of(pending: str) -> tuple[str, ...]:
    """The signs that wait for their confirmation."""
    if not pending.startswith(SIGNS):
        return ()
    told = pending[len(SIGNS) :].partition(HEDGED)[0]
    return tuple(told.rpartition(BESIDE)[2].split(","))


def mask_of(pending: str) -> int:
    """The answer to the open question that waits for its confirmation, alone or beside signs; 0: none."""
    pending = pending.partition(HEDGED)[0]
    if pending.startswith(SIGNS):
        return int(pending[1:].partition(BESIDE)[0]) if BESIDE in pending else 0
    return int(pending[1:]) if pending.startswith(MASK) else 0


def owe(draft: Draft, reason: str) -> None:
    """A task for a person who asked for one: never below clinician_soon, whatever the answers so far."""
    level = max(draft.session.level, draft.judged().level, Level.clinician_soon, draft.doubted_floor())
    draft.add(Owe(reason, level, draft.protocol.limits.task_due_min))


def owe_wish(draft: Draft) -> None:
    """A person who was asked for in a call that is over is owed, and so is its key 9; nothing else moves."""
    if draft.heard.value == KEY_9:
        draft.add(Owe(KEY_9, Level.emergency_now, KEY_9_MIN))
    elif draft.heard.value == UNMET and not draft.emergency_told:
        owe(draft, UNMET)


def owe_call(draft: Draft, how: str) -> None:
    """Staff owe this person a call. how: ANOTHER_NUMBER, NO_MESSAGE, both or ""."""
    reason = "call_back_no_message" if NO_MESSAGE in how else "call_back"
    owe(draft, f"{reason}_other_number" if ANOTHER_NUMBER in how else reason)


def waiting_for(protocol: Protocol, session: Session) -> Iterator[tuple[Question, int]]:
    """The answers that wait for their confirmation: each question with its mask."""
    if mask := mask_of(session.pending):
        question = protocol.questions[session.asked]
        yield question, mask & sign_mask(question)
    for sign in signs_of(session.pending):
        yield from sign_answers(protocol, sign)


def _raise_flag(draft: Draft) -> None:
    for question, told in waiting_for(draft.protocol, draft.session):
        draft.raise_sign(question, told)
