"""The steps of one question outside the encounter: where somebody is, asked behind the opt-in, so that texts
come at hours that are fair there.

Asked only where the number does not tell (`Moment.asks_place`), once more where it was not understood, then
left: what the number tells goes on counting. Called by the stage table only (`engine.py`). May not: know ZIP
codes or time zones: what comes in here is a reference that passes through."""

from flows.afterwards import ask_place
from flows.calling import enter
from flows.draft import Draft
from flows.effects import Place
from flows.heard import Kind
from flows.session import Stage
from flows.wording import Say

TRIES = 2


def take_place(draft: Draft) -> None:
    """A ZIP code or a state, or the wish to skip it: texts come at the hours of that place."""
    if draft.heard.value:
        draft.add(Place(str(draft.heard.value)))
    _go_on(draft)


def miss_place(draft: Draft) -> None:
    """Not understood, a wrong key or silence: asked once more, then skipped."""
    draft.set(misses=draft.session.misses + 1)
    if draft.session.misses >= TRIES:
        return _go_on(draft)
    draft.say(_words(draft))
    ask_place(draft)


def _words(draft: Draft) -> Say:
    if draft.heard.kind is Kind.silence:
        return Say.SILENT_1
    return Say.WRONG_KEY if draft.heard.kind is Kind.key else Say.NOT_UNDERSTOOD


def _go_on(draft: Draft) -> None:
    """The question is over: by text the advice stands again, on the phone the menu."""
    draft.set(misses=0)
    draft.say(Say.zip_done)
    if draft.spoken:
        return enter(draft, Stage.menu, draft.protocol.faq.menus[0])
    draft.set(stage=draft.session.back_to, back_to=Stage.idle)
