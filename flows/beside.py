"""What was told beside something that outranks it: poison, an opt-out, an opt-in keyword, a doubt; and a text
beside what waits in a call.

Used by the engine around the step of its table: nothing told is lost to what comes first. May not: read
words, or judge answers (`asking.py` does)."""

from collections.abc import Callable
from dataclasses import replace

from flows import asking, texting
from flows.draft import Draft
from flows.effects import OptIn, Tell
from flows.heard import Heard, Kind
from flows.pending import leave_by_text, waiting_for
from flows.protocol import Protocol
from flows.rules import is_emergency, signs_in
from flows.session import Session, Stage
from flows.wording import Say

# Beside these a doubt was heard too: it is answered by asking the questions.
BESIDE_A_DOUBT = (
    *(Kind.help, Kind.person, Kind.abuse, Kind.poison, Kind.advice, Kind.more, Kind.code, Kind.call),
    *(Kind.text_only, Kind.language, Kind.thanks, Kind.join, Kind.start, Kind.same),
)

OF_NO_PROMPT = (Kind.repeat, Kind.call_began)  # words to an older prompt, or of another call
SAID_AGAIN = (Stage.told, Stage.greeting, Stage.menu, Stage.again, Stage.optin, Stage.instead)
"""Prompts of the phone at which words that answer nothing are heard, and no question waits behind them."""


def settle_by_text(draft: Draft) -> bool:
    """A text in mid-call: what waited there for its confirmation counts as told. Where that is an emergency
    its words come, behind those of self-harm, and True is returned: the rest of the text was told beside it.
    Else an answer may have been meant for the confirmation."""
    waited = bool(tuple(waiting_for(draft.protocol, draft.session)))
    leave_by_text(draft)
    if not draft.open:
        return False
    if is_emergency(draft.protocol, draft.session.merged()):
        _end_by_what_waited(draft)
        return True
    if waited:
        draft.heard = only_raising(draft.protocol, draft.session, draft.heard)
    return False


def only_raising(protocol: Protocol, session: Session, heard: Heard) -> Heard:
    """A text that may have been meant for something else in the call than the open question: it may raise,
    but an answer that raises nothing is none, and no sign in it is an answer to what was doubted."""
    heard = replace(heard, early=True)
    if heard.kind is not Kind.answer or not isinstance(heard.value, int):
        return heard
    question = protocol.questions[session.before if heard.late and session.before >= 0 else session.asked]
    if signs_in(question, heard.value):
        return heard
    return replace(heard, kind=Kind.unclear, value=None)


def _end_by_what_waited(draft: Draft) -> None:
    heard = draft.heard
    if heard.kind is Kind.language and heard.value in draft.protocol.languages:
        draft.set(language=heard.value)
    if heard.kind is Kind.self_harm:
        texting.say_crisis_line(draft)
    if not asking.raise_signs(draft):
        asking.ended_by_emergency(draft)
    draft.heard = Heard(
        Kind.danger,
        opt_out=heard.opt_out or heard.kind in (Kind.opt_out, Kind.wrong_number),
        poison=heard.poison or heard.kind is Kind.poison,
        start=heard.start,
    )


def take_beside(draft: Draft) -> None:
    """What stood beside that which the step took."""
    if draft.heard.poison:
        _first(draft, texting.say_poison_line)
    if draft.heard.opt_out and draft.heard.kind is not Kind.opt_out:
        if draft.spoken:
            _first(draft, texting.opt_out_spoken)
        else:
            texting.opt_out_beside(draft)  # nothing more is asked
    if draft.heard.start and draft.moment.opted_out:
        draft.add(OptIn("text"))
    if draft.heard.doubts and _asks_because_of_a_doubt(draft):
        _ask_because_of_a_doubt(draft)
    if draft.heard.offer and draft.open:  # never before the words of an emergency
        draft.effects.insert(0, Tell(Say.LANG_CHOICE))


def _asks_because_of_a_doubt(draft: Draft) -> bool:
    """Where no question stands open, or waits behind a menu, a doubt begins them."""
    session = draft.session
    if draft.emergency_told or Stage.asking in (session.stage, session.back_to):
        return False
    return draft.heard.kind in BESIDE_A_DOUBT or (
        draft.heard.kind in OF_NO_PROMPT and session.stage in SAID_AGAIN
    )


def _ask_because_of_a_doubt(draft: Draft) -> None:
    if draft.heard.kind in OF_NO_PROMPT:
        # Nobody waits for that prompt now.
        draft.effects = [effect for effect in draft.effects if not isinstance(effect, Tell)]
    texting.start_questions(draft, *((Say.HOW,) if draft.spoken else ()))


def _first(draft: Draft, step: Callable[[Draft], None]) -> None:
    """Its words come before the next question, but behind those of an emergency and the crisis line."""
    told, draft.effects = draft.effects, []
    step(draft)
    outranked = draft.session.stage is Stage.told or draft.heard.kind is Kind.self_harm
    draft.effects = told + draft.effects if outranked else draft.effects + told
