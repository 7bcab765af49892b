"""The triage machine: one pure step from what was heard to what happens next, over one table of all stages.

May use: the standard library and flows. May not: read a clock, open a file, reach Redis, or know
whether a channel writes
TwiML or prints lines. Texts and the phone stand in the same table; channels only encode."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from flows import (
    asking,
    beside,
    calling,
    calling_out,
    confirming,
    dropping,
    looping,
    nursing,
    placing,
    texting,
)
from flows.asking import wake_at
from flows.draft import Desk, Draft, Moment
from flows.effects import Ask, Effect
from flows.heard import Heard, Kind
from flows.pending import come_to_rest, owe_wish
from flows.protocol import Medium, Protocol
from flows.rules import is_emergency
from flows.session import Session, Stage, blank
from flows.wording import Say

__all__ = ["STAGES", "CannotHear", "Desk", "Moment", "Move", "Turn", "advance", "at_text", "begin", "wake_at"]

START = Moment(0)


class CannotHear(LookupError):
    """The table has no row for what was heard in this stage: a fault of ours, never of the person's."""

    def __init__(self, stage: Stage, kind: Kind) -> None:
        super().__init__(f"stage {stage.name} cannot hear {kind.name}: add the row to flows.engine.STAGES")


@dataclass(frozen=True, slots=True)
class Turn:
    """The session after a step, and what must happen."""

    session: Session
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """One entry of the table: the step, and the stages it may lead to."""

    step: Callable[[Draft], None]
    to: frozenset[Stage]


S, K = Stage, Kind
EVERYWHERE = tuple(
    stage for stage in Stage if stage not in (S.lapsed, S.confirming)
)  # these have rows of their own
AT_REST = (S.idle, S.told, S.checkin)
TEXTING = (S.idle, S.asking, S.told, S.checkin)
PLACING = (*TEXTING, S.placing)
PHONE_MENUS = (
    *(S.greeting, S.menu, S.escape, S.callback, S.optin, S.instead, S.placing),
    *(S.resuming, S.again, S.missed, S.leaving),
)
TO_PERSON = (S.ringing, S.connected, S.naming, S.voicemail)  # on the way to a person no key is asked for
IN_CALL = (*PHONE_MENUS, *TO_PERSON, S.confirming, S.reminded, S.stopped)
REMINDED = (*PHONE_MENUS, S.reminded)
ANSWERS = (K.answer, K.unsure, K.unclear, K.doubt)
ANSWERING = (*ANSWERS, K.correction, K.back, K.go, K.same, K.thanks)
# By text these get the emergency again for a day: nothing may make the person wait.
AFTER_EMERGENCY = (
    *(K.answer, K.unsure, K.unclear, K.doubt, K.back, K.go, K.same, K.thanks, K.media),
    *(K.person, K.advice, K.more, K.code, K.call, K.text_only, K.for_other),
)
# By text these leave the question for the ZIP code open; whatever else is heard is about something else.
AT_PLACE = (
    *(K.unclear, K.unsure, K.help, K.person, K.language, K.media, K.poison, K.abuse),
    *(K.advice, K.more, K.code, K.thanks, K.join, K.call, K.private),
)
PHONE_KINDS = (
    *(K.waited, K.call_began, K.hung_up, K.other_call),
    *(K.late_recording, K.recorded, K.rang, K.accepted),
)
PLACE_H = 24
ON_CALL = (S.idle, S.asking, S.told)
# To a question of an hour ago these change nothing: it is not said again.
STAND = (K.waited, K.media, K.self_harm, K.call_began, K.hung_up, K.other_call)
NO_KEY = (K.silence, K.key, K.repeat, K.escape, K.operator)  # where none is asked for, any means "go on"
LOST = (S.over, S.ringing)  # a caller who cannot go on: the call ends, or a nurse's phone rings
OPENS = (S.asking, S.told)  # an encounter begins; a sign kept from an unfinished one may end it at once

NOT_RECORDING = tuple(stage for stage in Stage if stage not in (S.naming, S.voicemail))
NOT_RINGING = tuple(stage for stage in Stage if stage not in (S.ringing, S.connected))
OUT_OF_PLACE = (
    *PHONE_MENUS,
    *TO_PERSON,
    S.reminded,
    S.stopped,
    S.over,
)  # words heard here were said to a prompt of before
NOT_PLACING = tuple(stage for stage in OUT_OF_PLACE if stage is not S.placing)
BACK = (S.greeting, S.menu, S.resuming, S.again, S.reminded, *OPENS)  # where key 9 or 0 was pressed

# (stages, what was heard, step, the stages it may lead to)
ROWS: tuple[tuple[Iterable[Stage], Iterable[Kind], Callable[[Draft], None], Iterable[Stage]], ...] = (
    # An open question.
    ((S.asking,), (K.answer,), asking.take_answer, (S.asking, S.told)),
    ((S.asking,), (K.unsure,), asking.take_unsure, (S.asking, S.told)),
    (
        (S.asking,),
        (K.unclear, K.key, K.thanks, K.same, K.place),
        asking.take_unclear,
        (S.asking, S.told, *LOST),
    ),
    ((S.asking,), (K.silence,), asking.take_silence, (S.asking, S.told, *LOST)),
    ((S.asking,), (K.doubt,), asking.take_doubt, (S.asking, S.told, *LOST)),
    ((S.asking,), (K.correction,), asking.take_correction, (S.asking, S.told)),
    ((S.asking,), (K.repeat,), asking.repeat_prompt, (S.asking,)),
    ((S.asking, *IN_CALL, S.over), (K.waited,), asking.wake, (S.asking, *IN_CALL, S.over, S.idle)),
    ((S.lapsed,), (*ANSWERING, K.danger), texting.take_lapsed, OPENS),
    # Heard in every state, before any answer.
    (EVERYWHERE, (K.danger,), asking.take_danger, (*OPENS, S.again, *LOST)),
    ((*EVERYWHERE, S.confirming), (K.self_harm,), calling.take_self_harm, (*PLACING, S.escape)),
    (TEXTING, (K.opt_out,), texting.take_opt_out, TEXTING),
    (TEXTING, (K.wrong_number,), texting.take_wrong_number, (S.idle, S.told, S.checkin)),
    (PLACING, (K.help,), texting.take_help, PLACING),
    (PLACING, (K.person,), texting.take_person, PLACING),
    (PLACING, (K.language,), texting.take_language, PLACING),
    (PLACING, (K.media,), texting.take_media, PLACING),
    (PLACING, (K.poison,), texting.take_poison, PLACING),
    ((*NOT_PLACING, S.confirming), (K.poison,), calling.take_poison, (S.asking, S.told, S.greeting)),
    (PLACING, (K.abuse,), texting.take_abuse, PLACING),
    # Keywords by text.
    (TEXTING, (K.back,), texting.take_back, TEXTING),
    (TEXTING, (K.new,), texting.take_new, OPENS),
    (PLACING, (K.join,), texting.take_join, PLACING),
    (PLACING, (K.private,), texting.take_private, PLACING),
    (TEXTING, (K.start,), texting.take_start, TEXTING),
    (PLACING, (K.advice, K.more, K.code), texting.take_advice, PLACING),
    (PLACING, (K.call,), texting.take_call, PLACING),
    (TEXTING, (K.text_only,), texting.take_text_only, TEXTING),
    (TEXTING, (K.for_other,), texting.take_for_other, TEXTING),
    (TEXTING, (K.go,), texting.take_go, TEXTING),
    (AT_REST, (K.same,), texting.take_same, TEXTING),
    ((*AT_REST, S.placing), (K.thanks,), texting.take_thanks, PLACING),
    # Any other text outside an encounter starts one; a check-in reads its own answers first.
    ((S.idle,), (K.answer, K.unsure, K.unclear, K.doubt, K.place), texting.take_other, OPENS),
    ((S.told,), (K.answer, K.unsure, K.unclear, K.doubt, K.place), texting.take_other, OPENS),
    ((S.checkin,), (K.answer,), texting.take_checkin, TEXTING),
    (
        (S.checkin,),
        (K.unsure, K.unclear, K.doubt, K.place),
        texting.take_unclear_checkin,
        (S.checkin, *OPENS),
    ),
    (AT_REST, (K.waited,), calling.say_nothing, AT_REST),
    # The phone.
    (tuple(Stage), (K.call_began,), calling.answer_call, (S.greeting, S.resuming, S.again, S.told)),
    (tuple(Stage), (K.hung_up,), dropping.hang_up, TEXTING),
    (tuple(Stage), (K.other_call,), owe_wish, tuple(Stage)),
    # Our own call: a check-in by keys, of which 9 ends these calls.
    (tuple(Stage), (K.reminded,), calling_out.begin_checkin, (S.reminded, S.over, S.told)),
    ((S.reminded,), (K.key,), calling_out.checkin_key, (S.reminded, *LOST, *OPENS)),
    ((S.reminded,), (K.escape,), calling_out.stop_calls, (S.stopped,)),
    ((S.stopped,), NO_KEY, calling_out.end_call, (S.over,)),
    ((S.reminded,), (K.silence,), calling_out.checkin_silence, (S.reminded, S.over)),
    ((S.reminded,), (K.repeat,), calling.say_again, (S.reminded,)),
    ((S.reminded,), (K.operator,), nursing.ask_person, (*REMINDED, S.ringing, *OPENS)),
    # A text ended the encounter while the call goes on.
    ((S.idle,), (K.key, K.silence, K.repeat), calling.greet_again, (S.greeting,)),
    ((S.greeting,), (K.key,), calling.greeting_key, (S.menu, *OPENS)),
    ((S.greeting,), (K.silence,), calling.begin_questions, OPENS),
    ((S.greeting,), (K.repeat,), calling.greet_again, (S.greeting,)),
    ((S.menu,), (K.key,), calling.menu_key, (S.menu, S.optin, S.instead, *LOST, *OPENS)),
    ((S.menu,), (K.repeat,), calling.menu_again, (S.menu,)),
    ((S.escape,), (K.key,), calling.escape_key, (S.escape, *BACK)),
    ((S.optin,), (K.key,), calling.optin_key, (S.optin, S.instead, S.placing, S.menu, *LOST)),
    ((S.instead,), (K.key,), calling.instead_key, (S.instead, S.placing, S.menu, *LOST)),
    # Where they are, by text and on the phone: asked behind the opt-in where the number does not tell.
    ((S.placing,), (K.place,), placing.take_place, (*TEXTING, S.menu)),
    ((S.placing,), (K.unclear, K.unsure, K.key, K.silence), placing.miss_place, (*PLACING, S.menu)),
    ((S.resuming,), (K.key,), calling.resuming_key, (S.resuming, *LOST, *OPENS)),
    ((S.again,), (K.key,), calling.again_key, (S.again, S.menu, *LOST, *OPENS)),
    (
        (S.menu, S.callback, S.optin, S.instead, S.again, S.missed),
        (K.silence,),
        calling.silent,
        (*PHONE_MENUS, *LOST),
    ),
    ((S.escape,), (K.silence,), calling.silent, (S.escape, S.told)),
    ((S.resuming,), (K.silence,), calling.go_on_call, (S.asking,)),
    (
        (S.escape, S.callback, S.optin, S.instead, S.placing, S.resuming, S.again, S.missed, S.leaving),
        (K.repeat,),
        calling.say_again,
        PHONE_MENUS,
    ),
    ((S.told,), (K.repeat,), calling.say_told, (S.told,)),
    ((S.told,), (K.key,), calling.told_key, (S.told, S.menu)),
    ((S.told,), (K.silence,), calling.good_bye, (S.over,)),
    ((*PHONE_MENUS, *ON_CALL), (K.escape,), calling.escape, (S.escape, S.told)),
    ((*PHONE_MENUS, *ON_CALL), (K.operator,), nursing.ask_person, (*PHONE_MENUS, S.ringing, *OPENS)),
    # On the way to a person: a nurse's phone, a call back, a message.
    ((S.ringing, S.connected), (K.rang, *NO_KEY), nursing.take_rang, (S.ringing, S.missed, S.over)),
    ((S.ringing,), (K.accepted,), nursing.take_accepted, (S.connected,)),
    ((S.missed,), (K.key,), nursing.missed_key, (S.missed, S.callback, S.voicemail, *LOST, *BACK)),
    ((S.callback,), (K.key,), nursing.callback_key, (S.callback, S.leaving, *LOST, *BACK)),
    ((S.leaving,), (K.key,), nursing.leaving_key, (S.leaving, S.naming, *LOST)),
    ((S.leaving,), (K.silence,), nursing.ask_name, (S.naming,)),
    ((S.naming,), (K.recorded, *NO_KEY), nursing.named, BACK),
    ((S.voicemail,), (K.recorded, *NO_KEY), nursing.left_message, BACK),
    (tuple(Stage), (K.late_recording,), nursing.keep_recording, tuple(Stage)),
    (NOT_RECORDING, (K.recorded,), nursing.keep_out_of_place, NOT_RECORDING),
    (NOT_RINGING, (K.rang,), nursing.take_late_rang, NOT_RINGING),
    ((S.connected, *NOT_RINGING), (K.accepted,), nursing.take_late_accept, (S.connected, *NOT_RINGING)),
    # Speech: a red flag that was heard is asked about before it counts.
    ((S.asking, *OUT_OF_PLACE), (K.flag,), confirming.ask_right, (S.confirming,)),
    ((S.confirming,), (K.key,), confirming.confirm_key, (S.confirming, *OPENS, *LOST)),
    ((S.confirming,), (K.silence,), confirming.confirm_silence, (S.confirming, *OPENS, *LOST)),
    ((S.confirming,), (K.unclear,), confirming.confirm_unclear, (S.confirming, *OPENS, *LOST)),
    ((S.confirming,), (K.escape,), confirming.confirm_escape, (S.escape, S.told)),
    ((S.confirming,), (K.danger,), confirming.confirm_danger, (*OPENS, *LOST)),
    ((S.confirming,), (K.repeat,), confirming.repeat, (S.confirming,)),
    ((S.confirming,), (K.operator,), nursing.ask_person_in_doubt, (*PHONE_MENUS, S.ringing, *OPENS)),
    ((S.over,), (K.key, K.silence, K.repeat, K.escape, K.operator), calling.say_nothing, (S.over,)),
)


def _table() -> dict[tuple[Stage, Kind], Move]:
    table: dict[tuple[Stage, Kind], Move] = {}
    for stages, kinds, step, to in ROWS:
        for stage in stages:
            for kind in kinds:
                assert (stage, kind) not in table, f"two rows for {stage.name}, {kind.name}"
                table[stage, kind] = Move(step, frozenset(to))
    return table


STAGES = _table()


def begin(protocol: Protocol, language: str, medium: Medium) -> Turn:
    """A contact that was never heard of: an empty session, nothing to say yet."""
    return Turn(blank(protocol, language, medium), ())


def advance(protocol: Protocol, session: Session, heard: Heard, moment: Moment = START) -> Turn:
    """The session and effects that follow from what was heard, at that moment.

    CannotHear: the table has no such row."""
    by_text = session.medium is Medium.sms
    session = _as_texts_find_it(session, heard, moment) if by_text else session
    draft = Draft(protocol, session, moment, heard)
    if heard.tongue:
        draft.set(language=heard.tongue)
    if by_text and session.pending and heard.kind not in looping.BY_PHONE and beside.settle_by_text(draft):
        beside.take_beside(draft)
        return Turn(draft.session, tuple(draft.effects))
    move = STAGES.get((_stage(protocol, session, draft.heard, moment), draft.heard.kind))
    if move is None:
        raise CannotHear(session.stage, draft.heard.kind)
    if looping.stops(draft):
        _rest(draft)
        return Turn(draft.session, tuple(draft.effects))
    open = Stage.asking in (draft.session.stage, draft.session.back_to)
    if open or (draft.spoken and not draft.emergency_told):  # what the hang-up owes is owed at their floors
        asking.note_doubts(draft)
        asking.note_answer(draft)
    _step(draft, move)
    beside.take_beside(draft)
    if draft.open and draft.session.encounter != session.encounter:
        asking.note_doubts(draft)  # of words that began these questions
    _start_again_if_stale(draft, session)
    _rest(draft)
    return Turn(draft.session, tuple(draft.effects))


def _as_texts_find_it(session: Session, heard: Heard, moment: Moment) -> Session:
    """Past the question for the ZIP code where this text is about something else, and at the check-in that
    waits."""
    if session.stage is Stage.placing and not asks_place(session, heard, moment):
        session = replace(session, stage=session.back_to, back_to=Stage.idle, misses=0)
    if moment.waiting is not None and session.stage in (Stage.idle, Stage.told):
        session = replace(session, stage=Stage.checkin)
    return session


def at_text(session: Session) -> Session:
    """The session as a text finds it: no menu of the phone stands open. `part` stays: a list of which only
    that was heard cannot be answered whole by text."""
    if session.stage in TEXTING:
        return session if session.medium is Medium.sms else replace(session, medium=Medium.sms, more=False)
    if session.stage is Stage.placing and session.medium is Medium.sms:
        return session
    return replace(session, stage=session.back_to, back_to=Stage.idle, medium=Medium.sms, more=False)


def asks_place(session: Session, heard: Heard, moment: Moment) -> bool:
    """Whether a text still finds the question for the ZIP code open: a ZIP code for a day, what is not
    understood or asks for help for an hour; what is about something else leaves it."""
    since_h = (moment.at - session.asked_at) / 3600
    if heard.kind in (Kind.place, *PHONE_KINDS):
        return since_h < PLACE_H
    return heard.kind in AT_PLACE and since_h < 1


def left_open(session: Session, moment: Moment, keep_h: int) -> bool:
    """Whether the last encounter ended with its question open, so short ago that an answer to it still
    counts."""
    since_h = (moment.at - session.asked_at) / 3600
    return session.stage is Stage.idle and session.unfinished and session.asked >= 0 and since_h < keep_h


def _stage(protocol: Protocol, session: Session, heard: Heard, moment: Moment) -> Stage:
    """The row of the table: an answer by text to a question of an hour ago is no answer any more."""
    open_for_min = (moment.at - session.asked_at) / 60
    limits = protocol.limits
    lapsed = session.stage is Stage.asking and open_for_min >= limits.resume_within_min
    by_text = session.medium is Medium.sms
    if lapsed and by_text and heard.kind in (*ANSWERING, Kind.danger):
        return Stage.lapsed
    ended_open = by_text and left_open(session, moment, limits.keep_level_h)
    return Stage.lapsed if ended_open and heard.kind in ANSWERS else session.stage


def _step(draft: Draft, move: Move) -> None:
    if draft.heard.kind is Kind.self_harm:  # its words come before those of any other danger
        move.step(draft)
        _ended_by_signs(draft)
    elif draft.emergency_told and draft.heard.kind in AFTER_EMERGENCY:
        draft.say(Say.E_AGAIN)
    elif not _ended_by_signs(draft):
        move.step(draft)


def _ended_by_signs(draft: Draft) -> bool:
    """Signs told beside an answer, an opt-out or anything else are raised first; an emergency among
    them ends the turn."""
    if not draft.heard.signs or draft.heard.kind is Kind.danger or draft.emergency_told:
        return False
    if draft.session.back_to is Stage.asking:
        return _ended_behind_a_menu(draft)
    if not draft.open:
        asking.open_encounter(draft)
        draft.open_next()
    return asking.raise_signs(draft)


def _ended_behind_a_menu(draft: Draft) -> bool:
    """Signs told while a question waits behind a menu, or for what waits to be confirmed."""
    asking.note_signs(draft)
    if asking.DANGER not in draft.heard.signs and not is_emergency(draft.protocol, draft.session.merged()):
        return False
    come_to_rest(draft)
    return asking.raise_signs(draft)


def _start_again_if_stale(draft: Draft, before: Session) -> None:
    """A keyword to a question of an hour ago gets its words; but the questions start again, not that one."""
    stale_s = draft.protocol.limits.resume_within_min * 60
    same = draft.open and draft.session.encounter == before.encounter and before.stage is Stage.asking
    if not same or draft.spoken or draft.moment.at - before.asked_at < stale_s or draft.heard.kind in STAND:
        return
    draft.effects = [effect for effect in draft.effects if not isinstance(effect, Ask)]
    texting.start_questions(draft, Say.EXPIRED)


def _rest(draft: Draft) -> None:
    """A check-in that was only interrupted stands open in the enrolment, not in the session."""
    if draft.session.stage is Stage.checkin:
        draft.set(stage=Stage.told if draft.session.told_text else Stage.idle)
