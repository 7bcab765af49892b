"""The steps of keywords, of texts outside an open question, and of check-in replies.

Called by the stage table only (`engine.py`). May not: judge answers (`asking.py` does)."""

from dataclasses import replace

from flows import call_slots
from flows.afterwards import ask_place
from flows.asking import (
    OFFERED,
    ended_by_emergency,
    go_on,
    greet,
    is_adult,
    is_minor,
    note_doubts,
    offer_texts,
    raise_signs,
)
from flows.draft import Draft
from flows.effects import Ask, Discreet, Effect, Enrol, Leave, OptIn, OptOut, Owe, Progress, Tell
from flows.handover import call_back
from flows.heard import Kind
from flows.pending import NO_MESSAGE
from flows.programme import Meaning, Waiting
from flows.protocol import EMPTY, Level, Programme
from flows.rules import sign_mask
from flows.session import Stage, blank
from flows.wording import Say

DAY_H = 24


def start_questions(draft: Draft, *greeting: str) -> None:
    """Begin an encounter with these words before its first question; an emergency kept from an unfinished one
    ends it at once."""
    draft.begin()
    if ended_by_emergency(draft):
        return
    for text in greeting:
        draft.say(text)
    greet(draft)
    go_on(draft)


def take_back(draft: Draft) -> None:
    """BACK: the questions begin; in mid-question it may mean "go back", so it is asked; soon after the
    end likewise."""
    if draft.open:
        return draft.say(Say.RESTART_CONFIRM)
    if draft.session.stage is Stage.told and draft.within(
        draft.session.ended_at, draft.protocol.limits.duplicate_within_h
    ):
        return draft.say(Say.DUPLICATE)
    start_questions(draft)


def take_new(draft: Draft) -> None:
    """NEW: the questions from the first one, whatever was before."""
    start_questions(draft)


def take_lapsed(draft: Draft) -> None:
    """An answer to a question of an hour ago: things can change, so the questions start again; signs
    stay raised, and what this answer tells is raised too."""
    question, heard = draft.question, draft.heard
    told = heard.value if heard.kind is Kind.answer and isinstance(heard.value, int) else EMPTY
    stale = not draft.within(draft.session.asked_at, draft.protocol.limits.resume_within_min / 60)
    draft.begin()
    draft.raise_sign(question, (told | heard.keep) & sign_mask(question))
    if raise_signs(draft):
        return
    if stale:
        draft.say(Say.EXPIRED)
    greet(draft)
    go_on(draft)


def take_other(draft: Draft) -> None:
    """Any other text outside an encounter starts one."""
    if draft.moment.opted_out:
        return start_questions(draft)  # the words for that name the line and the emergency number too
    lapsed = draft.session.unfinished and draft.within(
        draft.session.asked_at, draft.protocol.limits.keep_level_h
    )
    start_questions(draft, Say.EXPIRED if lapsed else Say.UNKNOWN_FIRST)


def take_same(draft: Draft) -> None:
    """SAME: the last advice again."""
    if not draft.session.told_text or draft.session.stage is not Stage.told:
        return take_other(draft)
    draft.say(draft.session.text)


def take_thanks(draft: Draft) -> None:
    """Thanks: no new encounter."""
    draft.say(Say.THANKS)


def take_opt_out(draft: Draft) -> None:
    """STOP in every state: the encounter and the programme end, one confirmation. Said on the phone it ends
    texts and reminders, and the call goes on."""
    if draft.spoken:
        opt_out_spoken(draft)
        return draft.ask()
    mid = draft.open
    if draft.heard.doubts and not mid:  # nothing more is asked: staff hear of it
        note_doubts(draft)
        draft.owe_if_open("stopped")
    opt_out(draft, "text")
    if not draft.moment.opted_out or mid:
        draft.say(Say.STOPPED_MID if mid else Say.STOPPED)


def opt_out_spoken(draft: Draft) -> None:
    """Said on the phone: not `opt_out`, for the questions go on."""
    draft.set(expects="")
    draft.add(OptOut("spoken"), Leave("opt_out"))
    draft.say(Say.STOPPED)


def opt_out(draft: Draft, method: str) -> None:
    """Record an opt-out; an open encounter is left with its floor, and what was offered is offered anew."""
    if draft.open:
        draft.unfinished("stopped")
        draft.set(stage=Stage.idle)
    draft.set(expects="")
    if not draft.moment.opted_out:
        draft.set(stuck=0, stuck_by="", stuck_at=0)  # a JOIN behind it is no repeat of the one before
    draft.add(OptOut(method), Leave("opt_out"))


def opt_out_beside(draft: Draft) -> None:
    """An opt-out beside something that outranks it: one line after those words, and nothing more is asked."""
    left = draft.open
    draft.effects = [effect for effect in draft.effects if not (left and _asks(effect))]
    opt_out(draft, "text")
    if not draft.moment.opted_out:
        draft.say(Say.STOPPED_MID if left else Say.STOPPED)


LEADING_IN = (Say.MIXED, Say.NOTED, Say.STILL_OUT, Say.WELCOME, Say.EXPIRED)  # words before a question


def _asks(effect: Effect) -> bool:
    return isinstance(effect, Ask) or (isinstance(effect, Tell) and effect.text in LEADING_IN)


def take_wrong_number(draft: Draft) -> None:
    """The number belongs to somebody else now: an opt-out, and nothing of the old person is kept. Whoever is
    in a call is no old person; a sign told in the questions that stand open is left to staff."""
    session = draft.session
    in_call = session.call and draft.within(session.asked_at, draft.protocol.limits.resume_within_min / 60)
    if session.pending or in_call:
        opt_out(draft, "wrong_number")
        return draft.say(Say.WRONG_NUMBER)
    draft.add(OptOut("wrong_number"), Leave("wrong_number"))
    if draft.open:
        draft.owe_if_open("wrong_number")
    draft.session = replace(
        blank(draft.protocol, session.language, session.medium),
        encounter=session.encounter,
        turn=session.turn,
        stuck=session.stuck,
        stuck_by=session.stuck_by,
        stuck_at=session.stuck_at,
    )
    draft.say(Say.WRONG_NUMBER)


def take_start(draft: Draft) -> None:
    """START lifts the opt-out and revives nothing; the open question follows."""
    draft.add(OptIn("text"))
    draft.say(Say.STARTED)
    repeat_question(draft)


def take_help(draft: Draft) -> None:
    """HELP: who we are, whom to call, how to stop; the open question follows."""
    draft.say(Say.HELP)
    repeat_question(draft)


def take_person(draft: Draft) -> None:
    """Asks for a nurse, a human, or who this is."""
    draft.say(Say.HUMAN if draft.moment.desk.staffed else Say.NO_STAFF)
    repeat_question(draft)


def say_crisis_line(draft: Draft) -> None:
    """Words of self-harm: the crisis line and a staff task; the questions can go on."""
    draft.say(Say.SELF_HARM)
    draft.add(Owe("self_harm", Level.emergency_now, 15))


def take_language(draft: Draft) -> None:
    """Another language, if the protocol has it; then the open question or the last advice again."""
    language, stage = draft.heard.value, draft.session.stage
    known = isinstance(language, str) and language in draft.protocol.languages
    if known:
        draft.set(language=language)
    draft.say(Say.LANG_SET if known else Say.OTHER_LANGUAGE)
    if stage is Stage.idle:
        return start_questions(draft)
    if stage is Stage.told and known:
        draft.say(draft.session.text)
    repeat_question(draft)


def take_media(draft: Draft) -> None:
    """A picture or an empty text: words only; no miss."""
    draft.say(Say.MEDIA)


def take_go(draft: Draft) -> None:
    """GO after the crisis line: on with the questions."""
    if draft.open:
        return draft.ask()
    start_questions(draft)


def take_join(draft: Draft) -> None:
    """JOIN: an opt-in of its own, after a finished encounter of the last two days, not after urgent
    levels, only of age, and only by who was shown the offer: whoever was not is shown it now."""
    if draft.open:
        draft.set(expects="join")
        draft.say(Say.join_no_triage)
        return draft.ask()
    refusal = why_not_join(draft)
    if refusal == Say.join_no_triage:
        draft.begin()
        draft.set(expects="join")
        draft.say(refusal)
        return go_on(draft)
    if refusal:
        return draft.say(refusal)
    if draft.session.expects != OFFERED:
        return offer_texts(draft)
    enrol(draft)


def enrol(draft: Draft, slot: str = "") -> None:
    """Put the person in the programme, with the confirmation the rules ask for.

    slot: when the calls come, for somebody who chose calls; "": who chose texts."""
    if draft.moment.opted_out:
        draft.add(OptIn("JOIN"))
    draft.add(Enrol(Say.voice_optin, slot) if slot else Enrol(Say.optin))
    draft.say(call_slots.CONFIRMED[slot] if slot else Say.optin_confirm)
    if draft.moment.asks_place:
        back_to = draft.session.back_to if draft.spoken else draft.session.stage
        draft.set(stage=Stage.placing, back_to=back_to, misses=0)
        ask_place(draft)


def take_private(draft: Draft) -> None:
    """PRIVATE, PRIVATE OFF: how the follow-up speaks with somebody who is in it.

    A check-in that waits for its reply is told again in the words that were chosen: the one that may be
    under way is held back."""
    on = draft.heard.value is True
    if not draft.moment.enrolled:
        draft.say(Say.private_none)
        return repeat_question(draft)
    choose_discreet(draft, on)
    waiting = draft.moment.waiting
    if waiting is not None and not draft.open:
        draft.say(_text_of(draft.protocol.programme, waiting), day=str(waiting.day))
    repeat_question(draft)


def choose_discreet(draft: Draft, on: bool) -> None:
    """From now on the follow-up speaks like that with this person, this turn's words included."""
    draft.add(Discreet(on))
    draft.moment = replace(draft.moment, discreet=on)
    draft.say(Say.private_on if on else Say.private_off)


def why_not_join(draft: Draft) -> Say | None:
    """The words that refuse a JOIN, or None where it may be."""
    session, limits = draft.session, draft.protocol.limits
    if draft.moment.enrolled:
        return Say.already_in
    if draft.within(session.urgent_at, limits.join_refused_days * DAY_H):
        return Say.join_not_now
    if session.unfinished or not draft.within(session.ended_at, limits.join_within_h):
        return Say.join_no_triage
    if is_adult(draft):
        return None
    return Say.join_minor if is_minor(draft) else Say.join_no_age


def take_advice(draft: Draft) -> None:
    """ADVICE, MORE, A1 to A20: at any level below emergency."""
    kind, menus = draft.heard.kind.value, draft.protocol.faq.menus
    advice = draft.protocol.faq.named(str(draft.heard.value)) if kind == "code" else None
    draft.say(advice.text if advice else menus[-1 if kind == "more" else 0])
    repeat_question(draft)


def take_call(draft: Draft) -> None:
    """CALL, or CALL NO MESSAGE; the open question follows."""
    call_back(draft, NO_MESSAGE if draft.heard.value is True else "")
    repeat_question(draft)


def take_text_only(draft: Draft) -> None:
    """TEXT: no calls please."""
    if not draft.moment.desk.staffed or draft.open:
        return take_person(draft)
    draft.say(Say.NO_CALLS)
    draft.add(Owe("text_back", Level.clinician_soon, draft.protocol.limits.task_due_min))


def take_for_other(draft: Draft) -> None:
    """Somebody answers for another person."""
    draft.say(Say.FOR_OTHER)
    if draft.open:
        return draft.ask()
    draft.begin()
    greet(draft)
    go_on(draft)


def take_poison(draft: Draft) -> None:
    """Too many pills: the poison line; the open question follows."""
    say_poison_line(draft)
    repeat_question(draft)


def say_poison_line(draft: Draft) -> None:
    """The poison line and a staff task."""
    draft.say(Say.POISON)
    draft.add(Owe("poison", Level.emergency_now, 15))


def take_abuse(draft: Draft) -> None:
    """Hurt by somebody: the help line; the open question follows."""
    draft.say(Say.ABUSE)
    repeat_question(draft)


def repeat_question(draft: Draft) -> None:
    """The open question again, if one is open."""
    if draft.open:
        draft.ask()
    elif draft.session.stage is Stage.placing:
        draft.say(Say.zip_ask)


def take_checkin(draft: Draft) -> None:
    """A check-in's reply: better, same, worse, a new sign, seen or not seen."""
    waiting = draft.moment.waiting
    assert waiting is not None and isinstance(draft.heard.value, int)
    answer_checkin(draft, waiting.choices[draft.heard.value.bit_length() - 1])


def answer_checkin(draft: Draft, meaning: str) -> None:
    """What follows from a check-in's answer, by text or by key."""
    draft.add(Progress(meaning))
    _CHECKIN[meaning](draft)


def take_unclear_checkin(draft: Draft) -> None:
    """A check-in's reply that was not understood: asked once more, then the questions themselves; at once
    where a sign may be in it."""
    waiting = draft.moment.waiting
    assert waiting is not None
    draft.set(misses=draft.session.misses + 1)
    if draft.heard.doubts or draft.session.misses >= draft.protocol.limits.unsure:
        draft.add(Progress(Meaning.new_sign))
        return _begin_from_checkin(draft, Say.newflag)
    draft.say(Say.NOT_UNDERSTOOD)
    draft.say(_text_of(draft.protocol.programme, waiting), day=str(waiting.day))


def _text_of(programme: Programme, waiting: Waiting) -> str:
    """The text that asked the check-in which is waiting."""
    for step in programme.steps:
        if step.day == waiting.day and step.instead and step.instead_asks == waiting.id:
            return step.instead
        if step.day == waiting.day and step.asks == waiting.id:
            return step.text
    return programme.nudge_text


def _better(draft: Draft) -> None:
    draft.set(stage=Stage.told)
    draft.say(Say.better)


def _same(draft: Draft) -> None:
    waiting = draft.moment.waiting
    assert waiting is not None
    draft.set(stage=Stage.told)
    if waiting.over_week:
        draft.say(Say.same_ge8)
        if draft.session.level < Level.clinician_soon:
            draft.set(level=Level.clinician_soon, text=Say.same_ge8)
    else:
        draft.say(Say.same_day7 if waiting.day7 else Say.same_lt8)


def _begin_from_checkin(draft: Draft, words: Say) -> None:
    draft.begin(from_checkin=True)
    draft.say(words)
    if draft.spoken:
        draft.say(Say.HOW)
    go_on(draft)


def _worse(draft: Draft) -> None:
    _begin_from_checkin(draft, Say.worse)


def _new_sign(draft: Draft) -> None:
    _begin_from_checkin(draft, Say.newflag)


def _seen(draft: Draft) -> None:
    _better(draft)


def _not_seen(draft: Draft) -> None:
    draft.set(stage=Stage.told)
    draft.say(Say.seen_no)


_CHECKIN = {
    "better": _better,
    "same": _same,
    "worse": _worse,
    "new_sign": _new_sign,
    "seen": _seen,
    "not_seen": _not_seen,
}
