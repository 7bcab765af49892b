"""One turn of one contact: the one path that every channel uses, from what came in to what is said.

Reads the state, understands, advances, and hands one change to the store, which commits it in one step.
May not: know Flask, TwiML or Redis keys, or decide anything clinical (`flows` does)."""

from dataclasses import replace
from datetime import datetime
from typing import Protocol as Shape

from flows import discreet, engine, programme
from flows.answers import corrects, takes_back
from flows.beside import only_raising
from flows.effects import Ask, Discreet, OptOut, Tell
from flows.engine import Moment, Turn, left_open
from flows.enrolment import BY_CALL
from flows.heard import Heard, Kind
from flows.lexicon import lexicon
from flows.pending import mask_of, signs_of
from flows.protocol import EMPTY, UNASKED, Medium, Protocol, Question
from flows.rules import sign_answers, sign_mask
from flows.session import BadSession, Session, Stage, blank
from flows.tongues import hear
from flows.wording import Say
from hotline import incall, keywords, places, zones
from hotline.channels import Inbound, Reply, Sentence, Sort, sms, voice
from hotline.consequences import change_of, enrolment_of
from hotline.line import Line
from hotline.numbers import may_get_texts
from hotline.opting_out import let_sends_finish
from hotline.store import Change, Row, State

SPOKEN = tuple(sort for sort in Sort if sort not in (Sort.text, Sort.media))
OUTSIDE = (Sort.hung_up, Sort.accepted)  # of a call, but no step of the caller's in it
OUTRANKS_STOP = (Kind.self_harm, Kind.danger, Kind.doubt, Kind.poison, Kind.abuse)


class Channel(Shape):
    """What a channel module offers: our sentences as the bytes that go back to the carrier."""

    def write(self, reply: Reply) -> bytes:
        """The TwiML of a reply."""
        ...


def take_turn(line: Line, channel: Channel, inbound: Inbound, now: datetime) -> bytes:
    """What goes back to the carrier for this text, key entry or silence.

    A message seen before gets its first reply, byte for byte. StoreAway: nothing was committed."""
    contact, bars = contact_of(line, inbound), False

    def decide(state: State) -> Change:
        nonlocal bars
        turn, heard, before = _advance(line, inbound, state, now)
        bars = any(isinstance(effect, OptOut | Discreet) for effect in turn.effects)
        reply = _reply(line, turn, inbound, heard, now)
        change = change_of(line, contact, state, before, turn, heard, inbound, channel.write(reply), now)
        return change if inbound.sort in SPOKEN else replace(change, segments=sms.cost(reply))

    taken = line.store.turns.take(contact, inbound.message_id, decide, now)
    if taken.change is not None and bars:  # what is under way was written before this was told
        let_sends_finish(line, contact)
    return taken.reply


def whisper(line: Line, contact: str) -> bytes:
    """What a nurse hears before taking the call of that contact, in the caller's language. StoreAway."""
    session = _session(line, line.store.turns.read(contact), Medium.voice)
    protocol = line.protocol_of(session.protocol)
    sentence = line.renderer.sentence(protocol, session.language, Medium.voice, Tell(Say.WHISPER))
    return voice.write_whisper(sentence, incall.manner_of(line), incall.WHISPER + contact)


def wake(line: Line, contact: str, now: datetime) -> None:
    """The clock looks at an open encounter: its nudge or its end is a turn of its own, sent through the
    outbox."""

    def decide(state: State) -> Change:
        if not state.session:
            return Change(b"", session="")  # forgotten since it was found: nothing is left to look at
        before = _session(line, state, Medium.sms)
        moment = moment_of(line, state, now)
        turn = engine.advance(line.protocol_of(before.protocol), before, Heard(Kind.waited), moment)
        return change_of(line, contact, state, before, turn, Heard(Kind.waited), None, b"", now)

    line.store.turns.take(contact, "", decide, now)


def contact_of(line: Line, inbound: Inbound) -> str:
    """Who this is to us: a keyed hash of the address; a withheld number is somebody new in each call."""
    if inbound.contact:
        return inbound.contact
    return line.sealer.contact_of(f"anonymous:{inbound.call}" if inbound.anonymous else inbound.address)


def render(line: Line, row: Row) -> str:
    """The words of an outbox row, as one message body."""
    language = row.language if row.language in line.protocol.languages else _first_language(line.protocol)
    words = [line.renderer.text(line.protocol, language, Medium.sms, key, fill) for key, fill in row.texts]
    return "\n\n".join(words)


def moment_of(line: Line, state: State, now: datetime, inbound: Inbound | None = None) -> Moment:
    """The world at this step: the desk, the enrolment, the opt-out, and the caller's number."""
    enrolment = enrolment_of(state)
    waiting = programme.checkin_of(line.protocol.programme, enrolment, now) if enrolment else None
    withheld = inbound is not None and inbound.anonymous
    textable = inbound is None or may_get_texts(inbound.address)
    at, desk = now.timestamp(), line.rota.at(now)
    asks_place = inbound is not None and zones.can_ask(inbound.address, line.settings.unknown_zone)
    by_call = enrolment is not None and BY_CALL in enrolment.left_out
    can_call = inbound is not None and not withheld and bool(line.settings.public_base_url)
    return Moment(
        at,
        desk,
        enrolment is not None,
        state.opted_out,
        waiting,
        withheld,
        textable,
        can_call,
        by_call,
        asks_place,
        discreet.speaks(line.protocol.programme, enrolment),
    )


def read_text(line: Line, session: Session, moment: Moment, inbound: Inbound) -> Heard:
    """What a text means where the conversation stands; the carrier's own opt-out mark comes first."""
    if inbound.sort is Sort.media and not inbound.body.strip():
        return Heard(Kind.media)
    if inbound.body.strip() == line.settings.emergency:
        return Heard(Kind.danger, signs=("danger",), reading="emergency_statement", why=(inbound.body,))
    protocol = line.protocol_of(session.protocol)
    late = _is_late(line, session, moment)
    question, first = _question(protocol, session, moment, late), session.encounter == 0
    heard = hear(protocol, inbound.body, question, session.language, first=first)
    if heard.kind is Kind.unclear and not late and corrects(protocol, session, inbound.body):
        heard = replace(heard, kind=Kind.correction)
    elif taken_back := takes_back(protocol, session, inbound.body):
        heard = replace(heard, doubts=(*heard.doubts, *taken_back))
    if session.stage is Stage.placing:
        heard = _place(protocol, session, inbound.body, heard)
    if line.listener is not None:
        heard = line.listener.second_look(heard, inbound.body, session.language)
    if inbound.sort is Sort.media and heard.kind is Kind.unclear:
        return Heard(Kind.media)  # words beside a picture are read: a sign in them must not be lost
    heard = _by_carrier(line, inbound, session, heard)
    return replace(heard, late=True) if late else heard


def _place(protocol: Protocol, session: Session, body: str, heard: Heard) -> Heard:
    """A text that finds the question for the ZIP code open."""
    skips = (lexicon(texts).sets["skip"] for texts in protocol.languages.values())
    return places.read(body, frozenset().union(*skips), heard)


def _by_carrier(line: Line, inbound: Inbound, session: Session, heard: Heard) -> Heard:
    """What the carrier recognised beside our own reading: an opt-out takes effect, behind what outranks
    it."""
    if inbound.opt_out_type == "STOP" and heard.kind is not Kind.opt_out:
        outranks = heard.signs or heard.kind in OUTRANKS_STOP
        return replace(heard, opt_out=True) if outranks else Heard(Kind.opt_out, reading="optout")
    if inbound.opt_out_type == "START" and session.stage is Stage.asking:
        return replace(heard, start=True)
    by_word = heard.start and heard.kind is Kind.answer
    if by_word and not keywords.starts_at_carrier(line.settings, inbound):
        return replace(heard, start=False)  # where no carrier takes it for an opt-in, YES is an answer only
    return heard


def _advance(line: Line, inbound: Inbound, state: State, now: datetime) -> tuple[Turn, Heard, Session]:
    medium = Medium.voice if inbound.sort in SPOKEN else Medium.sms
    session = _session(line, state, medium)
    moment = moment_of(line, state, now, inbound)
    at_menu, reached_by = session.stage not in engine.TEXTING, session.medium
    if medium is Medium.sms:
        session = engine.at_text(session).changed({"turn": session.turn + 1 if session.call else 0})
    heard = (
        read_text(line, session, moment, inbound)
        if medium is Medium.sms
        else incall.read_call(line, session, inbound, now)
    )
    if medium is Medium.sms and at_menu and session.stage is Stage.asking:
        heard = only_raising(line.protocol_of(session.protocol), session, heard)
    if medium is Medium.voice and inbound.sort not in OUTSIDE:
        session = replace(session, medium=medium)  # who went on by text is reached by text after hanging up
    turn = engine.advance(line.protocol_of(session.protocol), session, heard, moment)
    if turn.session.encounter != session.encounter and session.protocol != line.protocol.hash:
        # A new encounter begins on today's protocol. The step is pure, so it is simply taken again.
        turn = engine.advance(line.protocol, _pinned(line, session), heard, moment)
    if medium is Medium.voice:
        turn = replace(turn, session=incall.in_call(turn.session, session, inbound, heard))
    if incall.is_behind(session, inbound):
        turn = _ends_once_more(line, turn, session, moment)
        turn = replace(turn, session=replace(turn.session, medium=reached_by))
    return turn, heard, session


def _ends_once_more(line: Line, turn: Turn, before: Session, moment: Moment) -> Turn:
    """Words came behind the end of their call: nobody waits for an answer, or hears a prompt, and what they
    told is owed now."""
    protocol = line.protocol_of(turn.session.protocol)
    ended = engine.advance(protocol, turn.session, Heard(Kind.hung_up), moment)
    crossed = before.crossed or ended.session.doubted != before.doubted
    return Turn(replace(ended.session, crossed=crossed), (*turn.effects, *ended.effects))


def _session(line: Line, state: State, medium: Medium) -> Session:
    if state.session:
        try:
            session = Session.decode(state.session)
        except BadSession:
            session = blank(line.protocol, _first_language(line.protocol), medium)
        if session.protocol != line.protocol.hash and line.protocol_of(session.protocol) is line.protocol:
            return _pinned(line, session)  # the old protocol is gone: what still has a place is carried over
        return session
    return engine.begin(line.protocol, _first_language(line.protocol), medium).session


def _pinned(line: Line, session: Session) -> Session:
    """The session on today's protocol: answers go to the questions of the same id, an open one starts
    again. A flag that waits for its confirmation counts as told: that question may be gone."""
    old = line.protocol_of(session.protocol)
    count = len(line.protocol.questions)
    answers, raised = [UNASKED] * count, [EMPTY] * count
    if len(session.answers) == len(
        old.questions
    ):  # where the old protocol is gone, by place: a flag too many
        for question, told, sign in zip(old.questions, session.answers, session.raised, strict=True):
            place = line.protocol.places.get(question.id)
            if place is not None and line.protocol.questions[place].kind is question.kind:
                answers[place], raised[place] = told, sign | _waiting(old, session, question)
    for sign_said in signs_of(session.pending):
        for question, told in sign_answers(line.protocol, sign_said):
            raised[question.place] |= told
    moves = {Stage.asking: Stage.idle, Stage.confirming: Stage.idle, Stage.resuming: Stage.greeting}
    waited = mask_of(session.pending) or signs_of(session.pending)
    doubted = {question.id for question in old.questions if session.doubted >> question.place & 1}
    help_in_doubt = session.doubted >> len(old.questions) << count
    back_to = Stage.idle if session.back_to is Stage.asking else session.back_to
    return replace(
        session,
        protocol=line.protocol.hash,
        answers=tuple(answers),
        raised=tuple(raised),
        asked=-1,
        before=-1,
        doubted=help_in_doubt + sum(1 << q.place for q in line.protocol.questions if q.id in doubted),
        stage=moves.get(session.stage, session.stage),
        back_to=back_to,
        pending="" if waited else session.pending,
    )


def _waiting(protocol: Protocol, session: Session, question: Question) -> int:
    """The signs of this question that wait for their confirmation."""
    return mask_of(session.pending) & sign_mask(question) if question.place == session.asked else 0


def _question(protocol: Protocol, session: Session, moment: Moment, late: bool) -> str | None:
    if session.stage is not Stage.asking and not left_open(session, moment, protocol.limits.keep_level_h):
        return moment.waiting.id if moment.waiting else None
    place = session.before if late else session.asked
    return protocol.questions[place].id if place >= 0 else None


def _is_late(line: Line, session: Session, moment: Moment) -> bool:
    """A text that comes before our question can have been read belongs to the question before it."""
    since = moment.at - session.asked_at
    return session.stage is Stage.asking and 0 <= since < line.settings.late_answer_s


def _reply(line: Line, turn: Turn, inbound: Inbound, heard: Heard, now: datetime) -> Reply:
    sentences = sentences_of(line, turn)
    if inbound.sort not in SPOKEN:
        return Reply(() if keywords.carrier_answered(line.settings, inbound, heard) else sentences)
    reply = incall.reply_of(line, turn.session, sentences, now, contact_of(line, inbound))
    if turn.session.call == incall.short(inbound.call):
        return reply
    return replace(reply, turn=inbound.turn + 1)  # of a call that was left: its turns are counted apart


def sentences_of(line: Line, turn: Turn) -> tuple[Sentence, ...]:
    """What a turn says, in order."""
    session, protocol = turn.session, line.protocol_of(turn.session.protocol)
    said = [effect for effect in turn.effects if isinstance(effect, Tell | Ask)]
    return tuple(
        line.renderer.sentence(protocol, session.language, session.medium, effect) for effect in said
    )


def _first_language(protocol: Protocol) -> str:
    return next(iter(protocol.languages))
