"""What a call offers once its advice is told, and what a call that breaks off leaves: at most one text, only
to a number that gets texts and only to somebody who asked or agreed.

Low in the room: the steps of questions and of the phone use it. May not: send (the conversation does), or
read back an answer."""

from flows.discreet import instead
from flows.draft import Draft, Moment
from flows.effects import Send
from flows.protocol import Level
from flows.rules import Verdict
from flows.session import Stage
from flows.wording import Say


def say_ending(draft: Draft) -> None:
    """The last words behind the advice: one text of it, hearing it again, the menu."""
    if may_ask(draft):
        draft.say(Say.TEXT_OFFER)
    draft.say(Say.END_SELF_CARE if draft.session.level <= Level.clinician_soon else Say.END)


def may_ask(draft: Draft) -> bool:
    """Whether this caller can be offered a text of the advice: after an emergency nobody waits for one."""
    session = draft.session
    return _reachable(draft.moment) and bool(session.text) and session.level < Level.emergency_now


def text_me(draft: Draft) -> None:
    """Key 5 behind the advice: it comes as one text, once."""
    draft.add(Send((Say.TEXT_ME, draft.session.text), Send.ASKED))
    draft.say(Say.TEXT_SENT)
    draft.set(stage=Stage.told)


def ask_place(draft: Draft) -> None:
    """Where they are: asked behind the opt-in, so that texts come at fair hours."""
    draft.set(asked_at=round(draft.moment.at, 1))
    draft.say(Say.zip_ask)


def text_dropped(draft: Draft) -> None:
    """A call broke off behind a flag: the safest advice so far, to somebody who agreed to texts."""
    verdict = draft.judged()
    if _reachable(draft.moment) and draft.moment.enrolled and verdict.level > Level.self_care:
        draft.add(Send(_of_a_broken_call(draft, verdict), Send.DROPPED))


def _of_a_broken_call(draft: Draft, verdict: Verdict) -> tuple[str, ...]:
    """In discreet mode no advice, but where it is an emergency: then nothing comes before safety."""
    if draft.moment.discreet and verdict.level < Level.emergency_now:
        return (instead(draft.protocol.programme, Say.CALL_CUT),)
    return Say.CALL_CUT, verdict.text


def _reachable(moment: Moment) -> bool:
    """Whether this number can and may get a text."""
    return moment.textable and not moment.withheld and not moment.opted_out
