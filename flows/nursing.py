"""The steps of a call on its way to a person: key 0, a nurse's phone that rings, a message, a call back.

Called by the stage table only (`engine.py`). A caller never waits in silence: whatever rings in vain leads
to words, and to a task of staff. May not: dial or record (the channel does), or promise more than the desk
can keep."""

from collections.abc import Callable

from flows import confirming
from flows.asking import ask_again, ended_by_emergency
from flows.calling import (
    WORDS,
    enter,
    go_back,
    good_bye,
    greet_again,
    mark_place,
    say_again,
    say_told,
    told_key,
    wrong_key,
)
from flows.draft import Draft
from flows.effects import Note
from flows.handover import call_back, can_ring, leave_open, ring, say_goodbye
from flows.pending import (
    ANOTHER_NUMBER,
    CALL,
    NO_MESSAGE,
    RINGS,
    come_to_rest,
    owe,
    rings_meanwhile,
    settle,
    take_ring,
    talks,
)
from flows.session import Stage
from flows.wording import Say


def ask_person(draft: Draft) -> None:
    """Key 0: a nurse's phone rings, or a call back, or a message where the desk is shut, or the words that
    nobody is there."""
    if draft.emergency_told:
        return told_key(draft)
    desk = draft.moment.desk
    draft.set(place=mark_place(draft), misses=0, rung=0)
    if can_ring(desk, 0):
        return _ring(draft)
    if draft.moment.withheld:
        draft.say(Say.WITHHELD)
    elif not desk.staffed:
        draft.say(Say.NO_STAFF)
    elif desk.open:
        return enter(draft, Stage.callback, Say.CALLBACK_ASK)
    else:
        draft.say(Say.CALLBACK_CLOSED, opens=desk.opens)
        return enter(draft, Stage.missed, *WORDS[Stage.missed](draft))
    go_back(draft)


def ask_person_in_doubt(draft: Draft) -> None:
    """A person is asked for instead of an answer to "is that right?": without one, it counts as told."""
    come_to_rest(draft)
    if not ended_by_emergency(draft):
        ask_person(draft)


def take_rang(draft: Draft) -> None:
    """That phone is over: after a talk the last words; where nobody took it the next one, then a call back or
    a message, and a task of staff."""
    if _talked(draft):
        return _take_talked(draft)
    draft.set(rung=draft.session.rung + 1, pending=RINGS)
    if can_ring(draft.moment.desk, draft.session.rung):
        return _ring(draft)
    settle(draft)
    draft.set(misses=0)
    if draft.session.place is Stage.over:  # lost before: one more menu would lose them again
        if not draft.moment.withheld:
            call_back(draft)
        return say_goodbye(draft)
    enter(draft, Stage.missed, *WORDS[Stage.missed](draft))


def take_accepted(draft: Draft) -> None:
    """A nurse pressed the accept key: the two are about to be connected."""
    draft.add(Note("accepted"))
    take_ring(draft)
    draft.set(stage=Stage.connected)


def take_late_accept(draft: Draft) -> None:
    """A nurse takes a call whose conversation went on by text: the caller still holds the line, and they are
    connected. Of any other call nothing is changed."""
    if rings_meanwhile(draft.session):
        take_ring(draft)
        enter(draft, Stage.connected)
        draft.add(Note("accepted"))


def take_late_rang(draft: Draft) -> None:
    """A ring is over that is not waited for here: after a text it ends as any other, but nothing may come
    between a caller and the emergency told meanwhile; else where the call stands."""
    if not rings_meanwhile(draft.session):
        return say_where(draft)
    if draft.emergency_told and not _talked(draft):
        settle(draft)
        return say_where(draft)
    enter(draft, Stage.ringing)
    take_rang(draft)


def missed_key(draft: Draft) -> None:
    """1 is a call back, 2 a message, 3 goes on."""
    key, desk = draft.heard.value, draft.moment.desk
    if key == "1" and desk.open:
        if not draft.moment.withheld:
            return enter(draft, Stage.callback, Say.CALLBACK_ASK)
        draft.say(Say.WITHHELD)
        return go_back(draft)
    if key == "2":
        return _ask_message(draft)
    if key == "3":
        return go_back(draft)
    wrong_key(draft)


def callback_key(draft: Draft) -> None:
    """1 calls back here, 2 at another number, 3 does not."""
    key = draft.heard.value
    if key == "3":
        return go_back(draft)
    if key not in ("1", "2"):
        return wrong_key(draft)
    # Until they say that we may, no message is left.
    draft.set(pending=CALL + (ANOTHER_NUMBER if key == "2" else "") + NO_MESSAGE, misses=0)
    enter(draft, Stage.leaving, Say.CALLBACK_MESSAGE)


def leaving_key(draft: Draft) -> None:
    """1 may leave a message, 2 may not; then name and town."""
    key = draft.heard.value
    if key not in ("1", "2"):
        return wrong_key(draft)
    if key == "1":
        draft.set(pending=draft.session.pending.replace(NO_MESSAGE, ""))
    ask_name(draft)


def ask_name(draft: Draft) -> None:
    """Name and town; where the call back goes to another number, that too."""
    other = ANOTHER_NUMBER in draft.session.pending
    enter(draft, Stage.naming, Say.CALLBACK_NAME_NUMBER if other else Say.CALLBACK_NAME)


def named(draft: Draft) -> None:
    """Name and town were said, or not: the call back is promised all the same."""
    how = draft.session.pending[1:]
    draft.set(pending="")
    call_back(draft, how)
    go_back(draft)


def left_message(draft: Draft) -> None:
    """A message was left, or nothing was said."""
    if draft.heard.value:
        owe(draft, "voicemail")
        draft.say(Say.VOICEMAIL_DONE, due=draft.moment.desk.heard_by)
    go_back(draft)


def keep_recording(draft: Draft) -> None:
    """A recording of a call that is over, or of a step before: it is kept, and nothing else changes."""
    if draft.heard.value:
        owe(draft, "voicemail")


def say_where(draft: Draft) -> None:
    """Something of the call came late: where it stands, once more; nothing is applied."""
    stage = draft.session.stage
    if stage in WORDS:
        return say_again(draft)
    if stage is not Stage.over:
        SAYS.get(stage, greet_again)(draft)


def keep_out_of_place(draft: Draft) -> None:
    """A recording that nobody asked for here: it is kept, and the caller hears where the call stands."""
    keep_recording(draft)
    say_where(draft)


def _ask_message(draft: Draft) -> None:
    enter(draft, Stage.voicemail, Say.VOICEMAIL)


def _ring(draft: Draft) -> None:
    enter(draft, Stage.ringing)
    ring(draft)


def _talked(draft: Draft) -> bool:
    """What the carrier says of the talk counts; where it says nothing, whether a nurse accepted."""
    talked = draft.heard.value
    return talked if isinstance(talked, bool) else talks(draft.session)


def _take_talked(draft: Draft) -> None:
    draft.set(pending="")
    leave_open(draft)
    if draft.session.back_to is Stage.told:  # an emergency told by text meanwhile is said once more
        draft.set(stage=Stage.told)
        return good_bye(draft)
    say_goodbye(draft)


SAYS: dict[Stage, Callable[[Draft], None]] = {
    Stage.asking: ask_again,
    Stage.told: say_told,
    Stage.confirming: confirming.repeat,
    Stage.naming: ask_name,
    Stage.voicemail: _ask_message,
}
