"""The steps of a phone call outside its questions: greeting, menu, key 9, opt-in, going on, the end.

Called by the stage table only (`engine.py`). May not: judge answers, or know TwiML."""

from collections.abc import Callable
from dataclasses import replace

from flows import call_slots
from flows.afterwards import may_ask, say_ending, text_me
from flows.asking import danger, ended_by_emergency, open_encounter, raise_signs
from flows.draft import Draft
from flows.effects import Leave, NoCalls, Note, Owe
from flows.handover import let_go
from flows.pending import KEY_9, KEY_9_MIN, RESTING, come_to_rest, owe_wish, resting_stage
from flows.protocol import Level
from flows.session import Stage
from flows.texting import (
    choose_discreet,
    enrol,
    opt_out,
    say_crisis_line,
    say_poison_line,
    start_questions,
    why_not_join,
)
from flows.wording import Say


def answer_call(draft: Draft) -> None:
    """A call began: the emergency line first; then on with an open encounter, or the last advice, or
    the greeting."""
    draft.add(Note("call_began"))
    owe_wish(draft)
    come_to_rest(draft)  # the end of the call before may not have been told yet
    resting = draft.session.stage
    draft.set(heard="", misses=0, in_a_row=0)
    if draft.open and ended_by_emergency(draft):
        return
    session, limits = draft.session, draft.protocol.limits
    draft.say(Say.WELCOME)
    draft.set(welcomed=True)
    if resting is Stage.asking and draft.within(session.asked_at, limits.resume_within_min / 60):
        return enter(draft, Stage.resuming, Say.RESUME)
    if resting is Stage.asking:
        draft.say(Say.EXPIRED)
    elif draft.emergency_told:
        return enter(draft, Stage.again, Say.E_AGAIN, Say.DUPLICATE)
    elif resting is Stage.told and draft.within(session.ended_at, limits.duplicate_within_h):
        return enter(draft, Stage.again, Say.DUPLICATE)
    enter(draft, Stage.greeting, Say.MENU_SPANISH, Say.MENU)


def take_self_harm(draft: Draft) -> None:
    """Words of self-harm, by text or spoken. On the phone key 1 goes on, as after key 9; what waited there
    and the signs beside the words count first."""
    if not draft.spoken:
        return say_crisis_line(draft)
    come_to_rest(draft)
    say_crisis_line(draft)
    if draft.heard.signs and not draft.open and not draft.emergency_told:
        open_encounter(draft)
        draft.open_next()
    if draft.open and raise_signs(draft):
        return
    draft.heard = replace(draft.heard, signs=())  # raised
    draft.set(place=mark_place(draft), misses=0)
    enter(draft, Stage.escape)


def take_poison(draft: Draft) -> None:
    """Too many pills, told at a menu, to a prompt of before or in place of a confirmation: what waited counts
    first; then the poison line, and where the encounter stands."""
    come_to_rest(draft)
    if draft.open and ended_by_emergency(draft):
        draft.heard = replace(draft.heard, poison=True)  # said behind those words
    elif draft.open:
        say_poison_line(draft)
        draft.ask()
    else:
        say_poison_line(draft)
        (say_told if draft.session.stage is Stage.told else greet_again)(draft)


def begin_questions(draft: Draft) -> None:
    """The questions start: without a key, or with any that is no choice of the greeting."""
    start_questions(draft, Say.HOW)


def greeting_key(draft: Draft) -> None:
    """A key at the greeting: 2 is the other language, 3 the menu; any other starts the questions."""
    if draft.heard.value == "3":
        return enter(draft, Stage.menu, *draft.protocol.faq.menus[:1])
    if draft.heard.value == "2":
        take_other_language(draft)
    begin_questions(draft)


def take_other_language(draft: Draft) -> None:
    """Key 2: the protocol's next language (the first one after the last); where it has only one, how to
    find an interpreter."""
    languages = [*draft.protocol.languages]
    if len(languages) < 2:
        return draft.say(Say.OTHER_LANGUAGE)
    here = languages.index(draft.session.language) if draft.session.language in languages else 0
    draft.set(language=languages[(here + 1) % len(languages)])
    draft.say(Say.LANG_SET)


def greet_again(draft: Draft) -> None:
    """The greeting once more."""
    enter(draft, Stage.greeting, Say.WELCOME, Say.MENU_SPANISH, Say.MENU)


def menu_key(draft: Draft) -> None:
    """A key in the menu: a group of advice, 8 the texts, # the questions."""
    key, groups = str(draft.heard.value), draft.protocol.faq.groups
    if key == "#":
        return begin_questions(draft)
    if key == "8":
        return offer_texts(draft)
    if key.isdigit() and int(key) in groups:
        draft.set(misses=0)
        return enter(draft, Stage.menu, *groups[int(key)], draft.protocol.faq.menus[0])
    wrong_key(draft)


def menu_again(draft: Draft) -> None:
    """The menu once more."""
    enter(draft, Stage.menu, draft.protocol.faq.menus[0])


def wrong_key(draft: Draft) -> None:
    """A key that is no choice here: the same place again; the second time with what keys there are; the third
    time the call ends with safe words."""
    wrong_before = draft.session.misses - draft.session.silences
    _lost(draft, (Say.WRONG_KEY, Say.KEYS) if wrong_before else (Say.WRONG_KEY,))


def silent(draft: Draft) -> None:
    """No key at a menu of the phone."""
    silences = draft.session.silences
    draft.set(silences=silences + 1)
    _lost(draft, (Say.SILENT_2 if silences else Say.SILENT_1,))


def offer_texts(draft: Draft) -> None:
    """The offer of the back care texts, of calls where it is known that no text arrives, or why not."""
    refusal = Say.WITHHELD if draft.moment.withheld else why_not_join(draft)
    if refusal == Say.already_in:
        return enter(draft, Stage.optin, *WORDS[Stage.optin](draft))
    if refusal == Say.join_no_triage:
        start_questions(draft, refusal, Say.HOW)
        return draft.set(expects="join")
    if refusal:
        return enter(draft, Stage.menu, refusal, draft.protocol.faq.menus[0])
    offer = Stage.instead if draft.moment.can_call and not draft.moment.textable else Stage.optin
    enter(draft, offer, *WORDS[offer](draft))


def _offer(draft: Draft) -> tuple[Say, ...]:
    """The words of the opt-in, for somebody who is in or not. Few numbers tell whether they get texts: calls
    are offered beside them."""
    moment = draft.moment
    if moment.enrolled:
        return (Say.voice_already_in,) if moment.by_call else (Say.already_in,)
    return (Say.optin, Say.voice_instead) if moment.can_call else (Say.optin,)


def optin_key(draft: Draft) -> None:
    """1 is yes to the texts, 2 is no, 3 asks for calls instead. For somebody who is in, 1 stays, 2 ends them
    and 3 turns discreet mode on or off."""
    key = str(draft.heard.value)
    if draft.moment.enrolled:
        return _change(draft, key)
    if key == "1":
        return _join(draft, "")
    if key == "3" and draft.moment.can_call:
        return enter(draft, Stage.instead, *WORDS[Stage.instead](draft))
    if key != "2":
        return wrong_key(draft)
    enter(draft, Stage.menu, draft.protocol.faq.menus[0])


def instead_key(draft: Draft) -> None:
    """1, 3 and 4 are yes to check-in calls, each at its hour; 2 is no."""
    key = str(draft.heard.value)
    if key in call_slots.KEYS and not draft.moment.enrolled:
        return _join(draft, call_slots.KEYS[key])
    if key not in ("2", *call_slots.KEYS):
        return wrong_key(draft)
    enter(draft, Stage.menu, draft.protocol.faq.menus[0])


def _join(draft: Draft, slot: str) -> None:
    enrol(draft, slot)
    if draft.session.stage is not Stage.placing:
        enter(draft, Stage.menu, draft.protocol.faq.menus[0])


def _change(draft: Draft, key: str) -> None:
    """What somebody who is in keys at `already_in` or `voice_already_in`."""
    if key not in ("1", "2", "3"):
        return wrong_key(draft)
    if key == "3":
        choose_discreet(draft, not draft.moment.discreet)
    elif key == "2" and draft.moment.by_call:
        draft.add(NoCalls("key 2"), Leave("no_calls"))
        draft.say(Say.voice_stopped)
    elif key == "2":
        opt_out(draft, "key 2")
        draft.say(Say.STOPPED)
    enter(draft, Stage.menu, draft.protocol.faq.menus[0])


def escape(draft: Draft) -> None:
    """Key 9: call the emergency number now; 1 goes back. Staff hear of it."""
    if draft.emergency_told:
        return told_key(draft)
    draft.set(place=mark_place(draft), misses=0)
    draft.add(Owe(KEY_9, Level.emergency_now, KEY_9_MIN))
    enter(draft, Stage.escape, Say.KEY_9)


def escape_key(draft: Draft) -> None:
    """1 goes back to where 9 was pressed; any other key hears it again."""
    if draft.heard.value == "1":
        return go_back(draft)
    wrong_key(draft)


def resuming_key(draft: Draft) -> None:
    """1 goes on with the open question, 2 starts over."""
    if draft.heard.value == "2":
        return begin_questions(draft)
    if draft.heard.value == "1":
        return go_on_call(draft)
    wrong_key(draft)


def go_on_call(draft: Draft) -> None:
    """The open question again, by phone."""
    draft.set(stage=Stage.asking, back_to=Stage.idle, part=0, more=False, misses=0, in_a_row=0)
    draft.ask()


def again_key(draft: Draft) -> None:
    """1 is new or worse, 2 the advice again, 3 the menu."""
    if draft.heard.value == "1":
        return begin_questions(draft)
    if draft.heard.value == "3":
        return told_key(draft)
    if draft.heard.value == "2":
        return say_told(draft)
    wrong_key(draft)


def say_told(draft: Draft) -> None:
    """The last advice again, and the ending that fits it."""
    enter(draft, Stage.told, draft.session.text or Say.FAULT)
    say_ending(draft)


def told_key(draft: Draft) -> None:
    """A key after the disposition: 3 the menu, 5 one text of it, below emergency; after an emergency every
    key hears it again."""
    if draft.session.level is Level.emergency_now:
        return enter(draft, Stage.told, Say.E_AGAIN, Say.END)
    if draft.heard.value == "3":
        return enter(draft, Stage.menu, draft.protocol.faq.menus[0])
    if draft.heard.value == "5" and may_ask(draft):
        return text_me(draft)
    say_told(draft)


def good_bye(draft: Draft) -> None:
    """Nothing more is asked for: the last words."""
    last = Say.E_AGAIN if draft.emergency_told else Say.GOODBYE
    enter(draft, Stage.over, last)


def say_nothing(draft: Draft) -> None:
    """Nothing more is said or changed: after the last words, or about a call that is not the open one."""


def say_again(draft: Draft) -> None:
    """The words of this menu once more."""
    for text in WORDS[draft.session.stage](draft):
        draft.say(text)


def said_911(draft: Draft) -> None:
    """Silence after key 9: taken at its word, an emergency."""
    if draft.session.back_to is not Stage.asking:
        draft.begin()
    danger(draft)


def go_back(draft: Draft) -> None:
    """Back to where key 9 or 0 was pressed, and its words: the open question, a menu or the last advice;
    where texts went on with the encounter meanwhile, to where it stands now."""
    place = draft.session.place
    if place in RESTING:
        place = resting_stage(draft.session)
    if place is Stage.asking:
        return go_on_call(draft)
    if place is Stage.told:
        return say_told(draft)
    if place not in WORDS:
        return greet_again(draft)
    enter(draft, place, *WORDS[place](draft))


def mark_place(draft: Draft) -> Stage:
    """Where to go back to: never to a passing question."""
    stage = draft.session.stage
    if stage in PASSING:
        return draft.session.place
    if stage is Stage.confirming:
        return Stage.asking
    return Stage.menu if stage in (Stage.optin, Stage.instead, Stage.placing) else stage


def enter(draft: Draft, stage: Stage, *words: str) -> None:
    """Go to a stage of the phone with these words; the encounter stands where it stood."""
    if draft.session.stage in RESTING and stage not in RESTING:
        draft.set(back_to=draft.session.stage)
    draft.set(stage=stage)
    for text in words:
        draft.say(text)


def _lost(draft: Draft, words: tuple[Say, ...]) -> None:
    """Silence or a wrong key at a menu: the same words again; the third time the safe ending, and a person
    where one is on duty."""
    session = draft.session
    misses = session.misses + 1
    draft.set(misses=misses)
    if misses >= draft.protocol.limits.misses_in_a_row[session.medium]:
        if session.stage is Stage.escape:
            return said_911(draft)
        if draft.emergency_told:
            return enter(draft, Stage.over, Say.E_AGAIN)
        draft.say(Say.SILENT_END)
        return let_go(draft)
    for text in (*words, *WORDS[session.stage](draft)):
        draft.say(text)


PASSING = (Stage.escape, Stage.callback, Stage.missed, Stage.leaving, Stage.naming, Stage.voicemail)
WORDS: dict[Stage, Callable[[Draft], tuple[str, ...]]] = {
    Stage.greeting: lambda draft: (Say.MENU_SPANISH, Say.MENU),
    Stage.menu: lambda draft: draft.protocol.faq.menus[:1],
    Stage.escape: lambda draft: (Say.KEY_9,),
    Stage.callback: lambda draft: (Say.CALLBACK_ASK,),
    Stage.missed: lambda draft: (Say.TRANSFER_MISSED if draft.moment.desk.open else Say.VOICEMAIL_OFFER,),
    Stage.leaving: lambda draft: (Say.CALLBACK_MESSAGE,),
    Stage.optin: _offer,
    Stage.instead: lambda draft: (Say.voice_optin,),
    Stage.stopped: lambda draft: (Say.voice_stopped,),
    Stage.reminded: lambda draft: (Say.voice_checkin,),
    Stage.placing: lambda draft: (Say.zip_ask,),
    Stage.resuming: lambda draft: (Say.RESUME,),
    Stage.again: lambda draft: (Say.DUPLICATE,),
}
