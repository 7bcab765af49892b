"""The steps of "is that right?": a red flag that was heard spoken counts once it is confirmed, by key or
by voice.

What is not confirmed is never taken for a "no": told wrong, the question is asked again; without an
answer, or when the caller hangs up, it counts as told. Called by the stage table only (`engine.py`). May
not: read words."""

from dataclasses import replace

from flows.asking import ended_by_emergency, take_answer, take_danger, take_unclear
from flows.calling import enter, escape
from flows.draft import Draft
from flows.heard import Kind
from flows.pending import HEDGED, come_to_rest, doubts_of, mask_of, signs_of, waiting_for
from flows.rules import is_of
from flows.session import Stage
from flows.wording import Say

TRIES = 2  # the second time without an answer, it counts as told


def ask_right(draft: Draft) -> None:
    """A red flag was heard: is that right? What else waited in the call, for words of an older prompt, is
    settled."""
    come_to_rest(draft)
    # No answer to the open question clears the doubts of others.
    hedged = [doubt for doubt in draft.heard.doubts if is_of(draft.protocol, doubt, draft.question)]
    if draft.heard.early and draft.is_doubted(draft.question):
        draft.set(crossed=True)
    draft.set(pending=str(draft.heard.value) + (HEDGED + ",".join(hedged) if hedged else ""))
    repeat(draft)
    enter(draft, Stage.confirming)


def confirm_key(draft: Draft) -> None:
    """1 is right, 2 is wrong; any other key hears it again."""
    if draft.heard.value == "1":
        return take(draft)
    if draft.heard.value == "2":
        return _wrong(draft)
    _once_more(draft, Say.WRONG_KEY)


def confirm_unclear(draft: Draft) -> None:
    """Words that are neither yes nor no."""
    _once_more(draft, Say.NOT_UNDERSTOOD)


def confirm_silence(draft: Draft) -> None:
    """No answer."""
    _once_more(draft, Say.SILENT_1)


def take(draft: Draft) -> None:
    """It counts as told: key 1, yes, or no answer at all."""
    _count(draft, mask_of(draft.session.pending), signs_of(draft.session.pending))


def confirm_escape(draft: Draft) -> None:
    """Key 9: what waited counts, and then as key 9 at any other prompt."""
    come_to_rest(draft)
    if not ended_by_emergency(draft):
        escape(draft)


def confirm_danger(draft: Draft) -> None:
    """More signs, another choice, or the emergency number: they count, and so does what waited."""
    mask, waited = mask_of(draft.session.pending), signs_of(draft.session.pending)
    signs = tuple(dict.fromkeys((*draft.heard.signs, *waited)))
    _count(draft, mask | draft.heard.keep, signs)


def _count(draft: Draft, mask: int, signs: tuple[str, ...]) -> None:
    """An answer to the open question, or signs and what was told to it beside them."""
    doubts = (*draft.heard.doubts, *doubts_of(draft.session.pending))
    draft.heard = replace(draft.heard, doubts=doubts)
    _leave(draft)
    if not signs:
        draft.heard = replace(draft.heard, kind=Kind.answer, value=mask, spoken=True)
        return take_answer(draft)
    if mask:
        draft.raise_sign(draft.question, mask)
    draft.heard = replace(draft.heard, kind=Kind.danger, signs=signs, spoken=True)
    take_danger(draft)


def repeat(draft: Draft) -> None:
    """What was heard, once more: is that right?"""
    signs = signs_of(draft.session.pending)
    if signs:
        draft.say(Say.CONFIRM_SIGN, heard_sign=signs[0])
    else:
        draft.say(Say.CONFIRM)


def _wrong(draft: Draft) -> None:
    """Heard wrong: the question again, as one more miss, so that this cannot go round for ever. What was
    heard is no "no": the questions that it answers are asked, if again, before they end."""
    for question, _ in waiting_for(draft.protocol, draft.session):
        draft.doubt(question)
    _leave(draft)
    draft.heard = replace(draft.heard, kind=Kind.unclear, spoken=True)
    take_unclear(draft)


def _once_more(draft: Draft, words: Say) -> None:
    tries = draft.session.silences + 1
    if tries >= TRIES:
        return take(draft)
    draft.set(silences=tries)
    draft.say(words)
    repeat(draft)


def _leave(draft: Draft) -> None:
    draft.set(stage=Stage.asking, back_to=Stage.idle, pending="")
