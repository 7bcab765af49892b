"""The steps of a check-in call: our own call to somebody who asked for calls in place of texts.

Here key 9 ends these calls, not an emergency, and the first words say so; the emergency number is in them.
Called by the stage table only (`engine.py`). May not: place a call, or know how the carrier tells a machine
from a person."""

from flows.asking import ended_by_emergency
from flows.calling import enter, wrong_key
from flows.draft import Draft
from flows.effects import Leave, NoCalls, Note
from flows.pending import resting_stage, settle
from flows.programme import Meaning
from flows.session import Stage
from flows.texting import answer_checkin
from flows.wording import Say

SILENCES = 2
KEYS = {"1": Meaning.better, "2": Meaning.same, "3": Meaning.worse}


def begin_checkin(draft: Draft) -> None:
    """Our call was answered: the check-in to a person, no word of health to a machine. Where nothing is asked
    any more (told meanwhile, or stopped), only the last words."""
    draft.add(Note("checkin_call", "machine" if draft.heard.value else "person"))
    settle(draft)
    draft.set(stage=resting_stage(draft.session), back_to=Stage.idle, heard="", misses=0, in_a_row=0)
    if draft.heard.value:
        return enter(draft, Stage.over, Say.voice_machine)
    if draft.open and ended_by_emergency(draft):
        return
    if not draft.moment.by_call or draft.moment.waiting is None:
        return enter(draft, Stage.over, Say.voice_bye)
    enter(draft, Stage.reminded, Say.voice_checkin)


def checkin_key(draft: Draft) -> None:
    """1 is better, 2 the same: that ends the call; 3 is worse or a new sign: the questions start."""
    meaning = KEYS.get(str(draft.heard.value))
    if meaning is None:
        return wrong_key(draft)
    if not draft.moment.by_call or draft.moment.waiting is None:  # stopped or answered while we called
        return enter(draft, Stage.over, Say.voice_bye)
    back_to = draft.session.back_to
    answer_checkin(draft, meaning)
    if meaning is Meaning.worse:
        return
    open_still = back_to is Stage.asking  # a call of before broke off: its question stays open
    draft.set(stage=Stage.asking if open_still else draft.session.stage)
    enter(draft, Stage.over, Say.voice_bye)


def stop_calls(draft: Draft) -> None:
    """Key 9: no more of these calls; they may still call us. The call waits: it may be the 9 of 911."""
    draft.add(NoCalls("key 9"), Leave("no_calls"))
    enter(draft, Stage.stopped, Say.voice_stopped)


def end_call(draft: Draft) -> None:
    """The last words of a check-in call."""
    enter(draft, Stage.over, Say.voice_bye)


def checkin_silence(draft: Draft) -> None:
    """No key: once more, then the last words. It may be a machine that was taken for a person: nobody is rung
    or tasked for it."""
    draft.set(misses=draft.session.misses + 1, silences=draft.session.silences + 1)
    if draft.session.silences >= SILENCES:
        return enter(draft, Stage.over, Say.voice_bye)
    draft.say(Say.SILENT_1)
    draft.say(Say.voice_checkin)
