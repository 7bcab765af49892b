"""The steps of an open question: an answer, "not sure", a miss, a sign told in passing, and the end of
the questions.

Called by the stage table only (`engine.py`). May not: know keywords or the phone's menus."""

from collections.abc import Sequence

from flows.afterwards import say_ending
from flows.draft import Draft
from flows.effects import Owe, Progress
from flows.handover import let_go
from flows.heard import Kind
from flows.pending import come_to_rest, settle
from flows.programme import Meaning
from flows.protocol import EMPTY, NONE, UNASKED, Level, Limits, Medium, Question
from flows.rules import Verdict, is_emergency, is_of, sign_answers, sign_mask
from flows.session import Session, Stage
from flows.wording import Say

OFFERED = "offered"  # what `Session.expects` says of somebody who was shown the offer of the texts
DANGER = "danger"  # the sign of "call an ambulance" and 911: no fact is named


def take_answer(draft: Draft) -> None:
    """A valid answer: noted, judged, and the next question or the disposition follows."""
    value = draft.heard.value
    assert isinstance(value, int)
    if draft.heard.late:
        _take_late(draft, value)
    else:
        _take_open(draft, value)


def take_unsure(draft: Draft) -> None:
    """ "Not sure": asked once more; the second time the floor is set and the questions go on."""
    question = draft.question
    if draft.heard.late:
        return _doubt_the_one_before(draft)
    draft.set(in_a_row=0)
    if question.unsure_is is not None:
        return _take(draft, question, question.unsure_is)
    draft.set(unsure=draft.session.unsure + 1)
    if draft.session.unsure < draft.protocol.limits.unsure:
        draft.say(Say.UNSURE)
        return draft.ask()
    draft.set_floor(question)
    go_on(draft)


def take_unclear(draft: Draft) -> None:
    """Not understood or a wrong key: asked again; the third time the floor is set, and in a row the
    encounter ends."""
    if draft.heard.late:
        return _take_late(draft, draft.heard.keep or None)
    if draft.heard.keep and not draft.heard.spoken:
        draft.raise_sign(draft.question, draft.heard.keep)
        if ended_by_emergency(draft):
            return
    if draft.heard.start or (not draft.spoken and _came_back(draft)):
        draft.say(Say.STARTED if draft.heard.start else Say.RESUME)
        return draft.ask()
    _miss(draft, Say.WRONG_KEY if draft.spoken and not draft.heard.spoken else Say.NOT_UNDERSTOOD)


def take_silence(draft: Draft) -> None:
    """A prompt on the phone went unanswered."""
    silences = draft.session.silences
    draft.set(silences=silences + 1)
    _miss(draft, Say.SILENT_2 if silences else Say.SILENT_1)


def take_doubt(draft: Draft) -> None:
    """A sign hedged, past, another person's or beside a "no": its question is asked (again), naming
    what was heard."""
    _name_it(draft, draft.heard.doubts[0] if draft.heard.doubts else DANGER, Say.MIXED)


def note_doubts(draft: Draft) -> None:
    """Each sign that was hedged, past or another's puts its question's answer in doubt: nothing heard
    is lost."""
    for sign in draft.heard.doubts:
        for question, _ in sign_answers(draft.protocol, sign):
            draft.doubt(question)
    if DANGER in draft.heard.doubts:
        draft.doubt_danger()


def note_answer(draft: Draft) -> None:
    """An answer beside something that outranks it: a choice beside a sign of the same question counts, any
    other puts that question in doubt, for it may be meant for what stood beside it."""
    heard, session = draft.heard, draft.session
    place = session.before if heard.late else session.asked
    # These are raised by their own steps.
    keyed = heard.kind is Kind.unclear and not heard.spoken
    counted = session.stage is Stage.confirming and heard.kind is Kind.danger
    if not heard.keep or keyed or counted or place < 0:
        return
    question = draft.protocol.questions[place]
    if any(is_of(draft.protocol, sign, question) for sign in heard.signs):
        draft.raise_sign(question, heard.keep)
    else:
        draft.doubt(question)


def _doubt_the_one_before(draft: Draft) -> None:
    """A late "not sure" belongs to the question before: that one is asked again later on."""
    if draft.session.before >= 0:
        draft.doubt(draft.protocol.questions[draft.session.before])
    draft.ask()


def take_correction(draft: Draft) -> None:
    """ "I meant yes" where no yes is asked for: the question before is asked again; a yes there raises."""
    before = draft.protocol.questions[draft.session.before]
    draft.doubt(before)  # whoever leaves now has taken back a "no"
    if not _gives_up(draft, [before]):
        draft.say(Say.NOT_UNDERSTOOD)
        draft.ask()


def take_danger(draft: Draft) -> None:
    """A sign plainly told, in whatever stage: it counts at once, and opens an encounter where none is
    open."""
    if draft.emergency_told:
        return draft.say(Say.E_AGAIN)
    if draft.session.back_to is Stage.asking:  # it waits behind a menu
        come_to_rest(draft)
    elif not draft.open:
        open_encounter(draft)
    raised = draft.session.raised
    if raise_signs(draft):
        return
    own = 0 if draft.heard.late else _own_sign(draft)  # a late text answers nothing that it cannot have read
    if draft.heard.gone and draft.session.asked >= 0:
        draft.ask()
    elif draft.session.asked < 0:
        greet(draft)
        draft.ask_next()
    elif own:
        if draft.heard.early and draft.is_doubted(draft.question):
            draft.set(crossed=True)
        _take_open(draft, own)
    elif draft.session.part and draft.session.raised != raised:  # of the other half: this one is read again
        draft.set(in_a_row=0)
        draft.say(Say.NOTED, heard_sign=draft.heard.signs[0])
        draft.ask()
    else:
        _name_it(draft, draft.heard.signs[0], Say.NOTED)


def open_encounter(draft: Draft) -> None:
    """Begin the questions because of a sign that was told; at a check-in that is its "new sign"."""
    at_checkin = draft.session.stage is Stage.checkin
    if at_checkin:
        draft.add(Progress(Meaning.new_sign))
    draft.begin(from_checkin=at_checkin)


def raise_signs(draft: Draft) -> bool:
    """Raise every sign that was heard; True where that made it an emergency and the questions ended."""
    note_signs(draft)
    if DANGER in draft.heard.signs:
        danger(draft)
        return True
    return ended_by_emergency(draft)


def note_signs(draft: Draft) -> None:
    """Every sign that was heard counts from now on."""
    for sign in draft.heard.signs:
        for question, mask in sign_answers(draft.protocol, sign):
            draft.raise_sign(question, mask)


def danger(draft: Draft) -> None:
    """Somebody said that this is an emergency: that ends the questions."""
    end(draft, Verdict(Level.emergency_now, draft.judged().rules, Say.E_911))


def ended_by_emergency(draft: Draft) -> bool:
    """End the questions where the answers so far are an emergency; True where they are."""
    if not is_emergency(draft.protocol, draft.session.merged()):
        return False
    end(draft, draft.judged())
    return True


def ask_again(draft: Draft) -> None:
    """The open question once more; no miss."""
    draft.ask()


def repeat_prompt(draft: Draft) -> None:
    """Star: the prompt from its beginning, a list too where only "is there more" was asked."""
    draft.ask(whole=True)


def go_on(draft: Draft) -> None:
    """The next question, or the disposition where none is left."""
    if not draft.ask_next():
        end(draft, draft.judged())


def greet(draft: Draft) -> None:
    """The first words of an encounter: who we are and what texts cost in privacy, once for each contact."""
    if draft.moment.opted_out and not draft.spoken:
        draft.say(Say.STILL_OUT)
    elif not draft.session.welcomed and not draft.spoken:
        draft.say(Say.WELCOME)
    draft.set(welcomed=True)


def end(draft: Draft, verdict: Verdict, text: str | None = None) -> None:
    """End the encounter: the words of the level, and what is said after them."""
    wants_texts = draft.session.expects == "join"
    draft.set(expects="")
    if draft.dispose(verdict, text):
        _follow(draft, verdict.level, wants_texts)
    if draft.spoken:
        say_ending(draft)


def wake(draft: Draft) -> None:
    """The clock looks at an open question: one nudge, then the safe ending. Nothing where it is not
    time yet."""
    limits, session = draft.protocol.limits, draft.session
    if Stage.asking not in (session.stage, session.back_to):
        return
    waited_min = (draft.moment.at - session.asked_at) / 60
    last_min = limits.nudge_after_min + limits.end_after_nudge_min
    if waited_min >= last_min:
        _time_out(draft)
    elif waited_min >= limits.nudge_after_min and not session.nudged and session.medium is Medium.sms:
        draft.set(nudged=True)
        draft.say(Say.NUDGE_MID)


def wake_at(limits: Limits, session: Session) -> float | None:
    """When the clock must look at this session again (seconds since the epoch), or None."""
    if Stage.asking not in (session.stage, session.back_to):
        return None
    wait_min = limits.nudge_after_min
    if session.nudged or session.medium is Medium.voice:
        wait_min += limits.end_after_nudge_min
    return session.asked_at + wait_min * 60


def is_minor(draft: Draft) -> bool:
    """Whether the person said to be under age; an unknown age is not said."""
    return 0 <= _age(draft) < draft.protocol.limits.adult_age


def is_adult(draft: Draft) -> bool:
    """Whether the person said to be of age: an unknown age is not, since unknown is never "no, no minor"."""
    return _age(draft) >= draft.protocol.limits.adult_age


def _age(draft: Draft) -> int:
    """The age in years; below 0 where it is not known, or the protocol does not ask for it."""
    return next(
        (draft.session.answers[q.place] for q in draft.protocol.questions if q.fact == "age"), UNASKED
    )


def _take_open(draft: Draft, value: int) -> None:
    """An answer to the open question: the whole of it, or of a list that is spoken in halves the one that was
    heard."""
    if not draft.session.part:
        _take(draft, draft.question, value)
    elif draft.spoken:
        _take_half(draft, value)
    else:
        _show_whole(draft, value)


def _show_whole(draft: Draft, value: int) -> None:
    """A text to a list of which only a half was heard: it may raise, but "none" is not said of the other
    half. The list comes as a text."""
    draft.raise_sign(draft.question, value & ~NONE)
    if not ended_by_emergency(draft):
        draft.set(in_a_row=0, halves=EMPTY)
        draft.ask()


def _take(draft: Draft, question: Question, value: int) -> None:
    draft.set(in_a_row=0)
    draft.record(question, value)
    if not ended_by_emergency(draft):
        _doubt_anew(draft, question)
        go_on(draft)


def _doubt_anew(draft: Draft, question: Question) -> None:
    """A doubt that came with this answer, or behind its prompt, is not cleared by it: the question is asked
    again, and the last time the floor is set."""
    if not draft.is_doubted(question):
        return
    again = draft.session.again + 1
    draft.set(again=again)
    if again >= draft.protocol.limits.misses:
        draft.set_floor(question)


def _take_late(draft: Draft, value: int | None) -> None:
    """A text that came too soon after our question: it may raise the answer before, never clear it."""
    if draft.session.before >= 0 and value is not None:
        before = draft.protocol.questions[draft.session.before]
        if draft.session.answers[before.place] >= 0:
            draft.record(before, value)
        else:
            draft.raise_sign(before, value & sign_mask(before))
        if ended_by_emergency(draft):
            return
    draft.ask()


def _take_half(draft: Draft, value: int) -> None:
    """Keys of one spoken half of a list; keys that came before its end may not be all of them."""
    session, question = draft.session, draft.question
    told = value & ~NONE
    fresh = bool(told & ~session.raised[question.place])
    if told:
        draft.raise_sign(question, told)
        if ended_by_emergency(draft):
            return
        if not told & _half(draft):  # nothing of this half was told: it is read again
            if not fresh:
                return _miss(draft, Say.NOT_UNDERSTOOD)
            draft.set(in_a_row=0)
            return draft.ask()
    draft.set(in_a_row=0, halves=session.halves | value)
    # One thing said may not be all of them, as keys that came before the end.
    maybe_more = (draft.heard.early or draft.heard.spoken) and not session.more and value != NONE
    if maybe_more or (draft.heard.spoken and fresh):
        draft.set(more=True)
        return draft.ask()
    if session.part < len(question.halves):
        draft.set(more=False)
        return draft.ask(part=session.part + 1)
    whole = draft.session.halves & ~NONE
    draft.set(part=0)
    _take(draft, question, whole or NONE)


def _half(draft: Draft) -> int:
    """The choices of the half that is read, as a mask."""
    return sum(1 << key for key in draft.question.halves[draft.session.part - 1])


def _miss(draft: Draft, say: Say) -> None:
    session, limits, question = draft.session, draft.protocol.limits, draft.question
    draft.set(misses=session.misses + 1, in_a_row=session.in_a_row + 1)
    if draft.session.in_a_row >= limits.misses_in_a_row[session.medium]:
        return end_unread(draft)
    if draft.session.misses >= limits.misses:
        draft.set_floor(question)
        draft.say(draft.protocol.floor_texts[question.floor])
        return go_on(draft)
    if say is Say.NOT_UNDERSTOOD and DANGER in draft.heard.doubts:
        draft.say(Say.MIXED, heard_sign=DANGER)  # whoever wonders about an ambulance hears whom to call
    else:
        draft.say(say)
    if draft.spoken and say is not Say.SILENT_1 and say is not Say.SILENT_2:
        _explain_keys(draft)
    draft.ask()


def _explain_keys(draft: Draft) -> None:
    """After a mistake at a number, and after a second mistake anywhere: which keys there are. Silence is
    none."""
    session = draft.session
    if draft.question.fact:
        draft.say(Say.NUMBER_KEYS)
    elif session.in_a_row - session.silences > 1:
        draft.say(Say.KEYS)


def end_unread(draft: Draft) -> None:
    """So many misses in a row: safe words at the floor, also that of every doubt, and a staff task."""
    draft.set_floor(draft.question)
    draft.floor_doubts()
    verdict = draft.judged()
    draft.dispose(verdict, Say.SILENT_END if draft.spoken else draft.protocol.floor_texts[verdict.level])
    if not any(isinstance(effect, Owe) for effect in draft.effects):
        draft.add(Owe("unread", verdict.level, draft.protocol.limits.task_due_min))
    if draft.spoken:
        draft.set(stage=Stage.over, back_to=Stage.told)
        let_go(draft)


def _name_it(draft: Draft, sign: str, words: Say) -> None:
    """Ask (again) about a sign, named in our words; its own question where that was answered already."""
    found = sign_answers(draft.protocol, sign)
    asked_before = [
        q for q, _ in found if draft.session.answers[q.place] != UNASKED and q.place != draft.session.asked
    ]
    if _gives_up(draft, asked_before):
        return
    draft.say(words, heard_sign=sign)
    draft.ask()


def _gives_up(draft: Draft, asked_before: Sequence[Question]) -> bool:
    """Counts a try and goes back to the first of these questions; True where it was the last try."""
    limits, session = draft.protocol.limits, draft.session
    last_of_all = session.in_a_row + 1 >= limits.misses_in_a_row[session.medium]
    # An answer between two doubts ends the misses in a row: without a count of its own this goes round for
    # ever.
    too_often = bool(asked_before) and session.again + 1 >= limits.misses
    if last_of_all or too_often or session.misses + 1 >= limits.misses:
        for question in asked_before:
            draft.set_floor(question)  # a doubt that was never cleared up is not a "no"
        _miss(draft, Say.NOT_UNDERSTOOD)
        return True
    draft.set(misses=session.misses + 1, in_a_row=session.in_a_row + 1)
    if asked_before:
        place = asked_before[0].place
        again = session.again + 1
        draft.set(before=session.asked, asked=place, part=0, more=False, halves=EMPTY, unsure=0, again=again)
    return False


def _own_sign(draft: Draft) -> int:
    """The signs that name choices of the open menu or list, or its yes: they are its answer, 0 where
    none is."""
    mask = 0
    for sign in draft.heard.signs:
        for question, told in sign_answers(draft.protocol, sign):
            if question.place == draft.session.asked:
                mask |= told
    return mask if not draft.session.part or mask & _half(draft) else 0


def _came_back(draft: Draft) -> bool:
    """Whether this text comes so long after our question that it may be no try at an answer."""
    waited_min = (draft.moment.at - draft.session.asked_at) / 60
    return waited_min >= draft.protocol.limits.nudge_after_min


def _follow(draft: Draft, level: Level, wants_texts: bool) -> None:
    """What is said after a disposition that stands: more words of the level, a call back, the offer of
    texts."""
    disposition, desk = draft.protocol.dispositions[level], draft.moment.desk
    for text in disposition.also.get(draft.session.medium, ()):
        draft.say(text)
    if draft.spoken:
        return
    if level is Level.clinician_soon and desk.staffed:
        draft.say(Say.CALLBACK_ASK if desk.open else Say.C_CLOSED)
    wanted = disposition.offer or (level is Level.clinician_soon and wants_texts)
    if wanted and not draft.moment.enrolled and is_adult(draft):
        offer_texts(draft)


def offer_texts(draft: Draft) -> None:
    """The offer that JOIN says yes to: only who was shown it can join by that word."""
    draft.say(Say.optin)
    draft.set(expects=OFFERED)


def _time_out(draft: Draft) -> None:
    settle(draft)
    session = draft.session
    if session.medium is Medium.sms:
        draft.say(Say.unfinished if session.from_checkin else Say.TIMEOUT_END)
    reason = "worse_then_silent" if session.from_checkin else "unfinished"
    draft.unfinished(reason)
    if session.from_checkin and not any(isinstance(effect, Owe) for effect in draft.effects):
        draft.add(Owe(reason, Level.urgent_today, draft.protocol.limits.task_due_min))
    draft.set(stage=Stage.idle, back_to=Stage.idle, nudged=True)
