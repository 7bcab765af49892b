"""The loop guard: whoever texts the same over and over, or nothing that can be read, is a machine or lost.

After some texts without progress the line stops asking, says where help is, and is silent until something
else is told: two machines cannot text each other for ever. Another sign than before, words of self-harm
and a STOP are always heard. Called by the engine before its table. May not: count misses of an open question
(`asking.py`)."""

from flows.asking import end_unread, note_doubts
from flows.draft import Draft
from flows.effects import Owe
from flows.heard import Kind
from flows.protocol import Level, Medium
from flows.session import Stage
from flows.wording import Say

UNREAD, SIGN, PROGRESS = "unread", "sign:", ""
DOUBTED = "?"
POISON = SIGN + "poison"  # too many pills: as loud as a sign
ALWAYS = frozenset({Kind.self_harm, Kind.opt_out})
BY_PHONE = frozenset(
    {Kind.waited, Kind.call_began, Kind.hung_up, Kind.other_call, Kind.key, Kind.silence, Kind.repeat,
     Kind.escape, Kind.operator, Kind.rang, Kind.accepted, Kind.recorded, Kind.late_recording}
)  # fmt: skip
ANSWERED = frozenset({Kind.answer, Kind.unsure, Kind.correction})
LOOSE = frozenset({Kind.answer, Kind.unsure, Kind.unclear, Kind.doubt, Kind.thanks})
LOUDER = 3  # so many times as often: an emergency is told again, an open question is asked anew
DAY_S = 86_400


def stops(draft: Draft) -> bool:
    """Counts this text, and stops the line where it is one too many; True where nothing else may follow."""
    sort = _sort(draft)
    if sort is None:
        return False
    _count_of_the_day(draft)
    _count_of_its_sort(draft, sort)
    if _over_the_day(draft, sort) or (sort and (_too_often(draft) or _too_many_rounds(draft))):
        note_doubts(draft)
        _stop(draft)
        return True
    return False


def _count_of_the_day(draft: Draft) -> None:
    session, at = draft.session, int(draft.moment.at)
    if at - session.texts_since < DAY_S:
        draft.set(texts=session.texts + 1)
    else:
        draft.set(texts=1, texts_since=at)


def _count_of_its_sort(draft: Draft, sort: str) -> None:
    """One more of the same sort, or the first of another."""
    session = draft.session
    if sort == PROGRESS:
        if session.stuck:
            draft.set(stuck=0, stuck_by="", stuck_at=0, quiet=False)
        return
    kept_s = DAY_S if sort == UNREAD else draft.protocol.limits.resume_within_min * 60
    again = sort == session.stuck_by and draft.moment.at - session.stuck_at < kept_s
    stuck = session.stuck + 1 if again else 1
    draft.set(stuck=stuck, stuck_by=sort, stuck_at=int(draft.moment.at), quiet=session.quiet and again)


def _sort(draft: Draft) -> str | None:
    """What this text is counted as: alike texts in a row are one sort. None: it is not counted."""
    heard, session = draft.heard, draft.session
    if session.medium is not Medium.sms or heard.kind in BY_PHONE or heard.kind in ALWAYS:
        return None
    if draft.emergency_told:
        return f"again:{heard.kind.value}:{','.join(heard.signs)}"
    if heard.signs:
        return SIGN + ",".join(heard.signs)
    if heard.doubts and not draft.open:
        return SIGN + DOUBTED + ",".join(heard.doubts)
    if heard.kind is Kind.poison:
        return POISON
    if (heard.keep and heard.kind is Kind.unclear) or heard.opt_out:
        return PROGRESS
    if draft.open:
        return PROGRESS if heard.kind in ANSWERED else _named(draft, Kind.unclear, Kind.doubt, Kind.same)
    if session.stage is Stage.checkin and heard.kind in LOOSE:
        return PROGRESS  # a check-in counts its own tries
    return _named(draft, *LOOSE)


def _named(draft: Draft, *unread: Kind) -> str:
    heard = draft.heard
    return UNREAD if heard.kind in (*unread, Kind.thanks) else f"{heard.kind.value}:{heard.value}"


def _over_the_day(draft: Draft, sort: str) -> bool:
    """Whether this contact has texted more in a day than anybody does; signs are heard for twice as long."""
    most = draft.protocol.limits.texts_a_day
    return draft.session.texts > most * (2 if sort.startswith(SIGN) else 1)


def _too_often(draft: Draft) -> bool:
    session, most = draft.session, draft.protocol.limits.loop
    if draft.open and session.stuck_by.startswith((UNREAD, SIGN)):
        return session.stuck >= most * LOUDER  # before that the misses of the question decide
    loud = draft.emergency_told or session.stuck_by == POISON
    return session.quiet or session.stuck >= most * (LOUDER if loud else 1)


def _too_many_rounds(draft: Draft) -> bool:
    """Whether plain texts begin the questions once more, right after they were all answered, too often."""
    session, limits = draft.session, draft.protocol.limits
    if draft.open or draft.emergency_told or session.stuck_by != UNREAD:
        return False
    soon = draft.within(session.ended_at, limits.duplicate_within_h)
    draft.set(rounds=session.rounds + 1 if soon else 0)
    return draft.session.rounds >= limits.loop


def _stop(draft: Draft) -> None:
    """The last words to a loop; none where they were said."""
    session, limits = draft.session, draft.protocol.limits
    said = session.texts > limits.texts_a_day + 1 or session.rounds > limits.loop
    if session.quiet or (said and not draft.open):  # an open question never ends without words
        return
    if poison := draft.heard.kind is Kind.poison:
        draft.say(Say.POISON)  # whose task stands since the first time
    if draft.emergency_told:
        draft.say(Say.E_AGAIN)
    elif draft.open:
        end_unread(draft)
    elif not poison and not draft.moment.opted_out:
        draft.say(Say.LOOP)
        draft.add(Owe("loop", _level_of_loop(draft), limits.task_due_min))
    draft.set(quiet=True)


def _level_of_loop(draft: Draft) -> Level:
    """For today where a doubt is, or where that was told before: the same sign told once more is no less."""
    session = draft.session
    told = session.told_level if draft.within(session.told_at, draft.protocol.limits.keep_level_h) else 0
    return max(Level.clinician_soon, draft.doubted_floor(), Level(told))
