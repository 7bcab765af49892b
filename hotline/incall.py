"""A call inside one turn: what a keypress, words, a ring or a recording mean where it stands, and what the
phone waits for next.

Part of the one path of `conversation.py`. May not: write TwiML, or decide what follows (the engine does)."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from flows.heard import Heard, Kind
from flows.keys import key_of_before, press, signs_keyed
from flows.pending import KEY_9, UNMET, rings_meanwhile
from flows.protocol import Kind as Takes
from flows.protocol import Medium
from flows.reading import spoken_s
from flows.session import Session, Stage
from flows.speech import listen, overheard, perhaps_answered, said_beside
from hotline import places
from hotline.channels import Hears, Inbound, Manner, Reply, Ring, Sentence, Sort
from hotline.channels.voice import MACHINE
from hotline.line import Line

IN_EVERY_STATE = (Kind.danger, Kind.escape)
WISHES = {Kind.operator: UNMET, Kind.escape: KEY_9}
PASSING = (Kind.repeat, Kind.operator)  # these answer nothing of another call
NO_STEP = (Kind.hung_up, Kind.other_call, Kind.accepted, Kind.late_recording)
RECORDS = {Stage.naming: 30, Stage.voicemail: 0}  # seconds; 0: the setting `message_s`
SPEAKS = (Stage.asking, Stage.confirming)  # where spoken answers are taken
WHISPER = "/voice/whisper/"
BRIDGED = {"true": True, "false": False}  # whether the two talked; carriers need not tell


def read_call(line: Line, session: Session, inbound: Inbound, now: datetime) -> Heard:
    """What came in, for the stage and the turn that it belongs to."""
    if inbound.sort is Sort.call_began:
        return Heard(Kind.call_began)
    if inbound.sort is Sort.reminded:
        return Heard(Kind.reminded, inbound.body == MACHINE)
    heard = _read(line, session, inbound, now)
    if not inbound.beside:
        return heard
    return said_beside(line.protocol_of(session.protocol), session, inbound.beside, heard)


def _read(line: Line, session: Session, inbound: Inbound, now: datetime) -> Heard:
    here = session.call == short(inbound.call)
    if inbound.sort is Sort.keys and (heard := _press(line, session, inbound, now)).kind in IN_EVERY_STATE:
        return heard if here else _left(session, inbound, heard)  # an older prompt changes nothing about it
    in_turn = here and inbound.turn == session.turn
    if not in_turn and (late := _of_before(line, session, inbound)):
        return late if here else _left(session, inbound, late)
    if not here:
        return _perhaps(line, session, inbound, _of_another_call(session, inbound))
    if inbound.sort is Sort.hung_up:
        return Heard(Kind.hung_up)
    if inbound.sort is Sort.accepted:
        return Heard(Kind.accepted)
    if inbound.sort is Sort.rang and rings_meanwhile(session):
        return Heard(Kind.rang, BRIDGED.get(inbound.body))
    if inbound.turn != session.turn:
        return _perhaps(line, session, inbound, _went_on(session, inbound))
    return _step(line, session, inbound, now)


def _of_before(line: Line, session: Session, inbound: Inbound) -> Heard | None:
    """What words, or key 9 or 0, mean that answer an older prompt or belong to another call: no answer, but
    no sign and no call for help is lost. None: neither words nor such a key."""
    protocol = line.protocol_of(session.protocol)
    if inbound.sort is Sort.keys:
        return key_of_before(protocol, session, inbound.body)
    if inbound.sort is not Sort.speech:
        return None
    sure, gone = inbound.confidence >= line.settings.speech_confidence, session.call != short(inbound.call)
    return overheard(protocol, session, inbound.body, sure=sure, gone=gone)


def _left(session: Session, inbound: Inbound, heard: Heard) -> Heard:
    """The same, of another call. Where that is over nobody hears what follows: signs count, a person or help
    that was asked for is owed, and nothing moves; where it is open it has the session from now on."""
    other, wish = _of_another_call(session, inbound), WISHES.get(heard.kind)
    if heard.kind in PASSING or (heard.kind in IN_EVERY_STATE and other.kind is Kind.other_call):
        return replace(heard, kind=other.kind, value=wish if _is_over(session, inbound) else None)
    return replace(heard, gone=_is_over(session, inbound))


def _went_on(session: Session, inbound: Inbound) -> Heard:
    """The conversation went on elsewhere: say where it stands, apply nothing; but a recording is kept."""
    if inbound.sort is not Sort.recorded:
        return Heard(Kind.repeat)
    waits = not inbound.ended and session.stage not in RECORDS
    return Heard(Kind.recorded if waits else Kind.late_recording, bool(inbound.body))


def _of_another_call(session: Session, inbound: Inbound) -> Heard:
    """Another call, or none: the end of it changes nothing here; a key is heard as a call that begins. Behind
    a recording its caller may still be there, and hears where it stands."""
    if inbound.sort is Sort.recorded:
        waits = not _is_over(session, inbound) and session.stage not in RECORDS
        return Heard(Kind.recorded if waits else Kind.late_recording, bool(inbound.body))
    over = inbound.ended or (session.call != "" and _is_over(session, inbound))
    gone = over or inbound.sort in (Sort.hung_up, Sort.accepted)
    return Heard(Kind.other_call if gone else Kind.call_began)


def _perhaps(line: Line, session: Session, inbound: Inbound, heard: Heard) -> Heard:
    """A key to an older prompt, or of a call that is over or left: it may have been a yes."""
    if inbound.sort is not Sort.keys:
        return heard
    protocol = line.protocol_of(session.protocol)
    return perhaps_answered(session, protocol, heard, partial(signs_keyed, protocol, session, inbound.body))


def _step(line: Line, session: Session, inbound: Inbound, now: datetime) -> Heard:
    if inbound.sort is Sort.silence:
        return Heard(Kind.silence)
    if inbound.sort is Sort.rang:
        return Heard(Kind.rang, BRIDGED.get(inbound.body))
    if inbound.sort is Sort.recorded:
        return Heard(Kind.recorded, bool(inbound.body))
    if inbound.sort is Sort.speech:
        protocol, least = line.protocol_of(session.protocol), line.settings.speech_confidence
        return listen(protocol, session, inbound.body, inbound.confidence, least)
    return _press(line, session, inbound, now)


def in_call(after: Session, before: Session, inbound: Inbound, heard: Heard) -> Session:
    """The session with the number of the call's next turn; what is no step of the call leaves it. Words of a
    call that is over do not take it from the one that is open, whose turns count on as behind a text: its
    caller did not hear what followed from them."""
    here = before.call == short(inbound.call)
    if before.call and not here and _is_over(before, inbound):
        moved = heard.kind not in NO_STEP or _prompt(after) != _prompt(before)
        return replace(after, turn=before.turn + 1) if moved else after
    if heard.kind in NO_STEP:
        return after
    last = before.turn if here else 0
    return replace(after, call=short(inbound.call), turn=max(last, inbound.turn) + 1)


def _prompt(session: Session) -> tuple[object, ...]:
    """What the caller is asked."""
    return session.stage, session.asked, session.part, session.encounter


def is_behind(before: Session, inbound: Inbound) -> bool:
    """Whether this was said or keyed in a call whose end was told already, and no other is open."""
    return inbound.sort in (Sort.speech, Sort.keys) and not before.call and _is_over(before, inbound)


def _is_over(before: Session, inbound: Inbound) -> bool:
    return inbound.ended or before.left == short(inbound.call)


def reply_of(
    line: Line, session: Session, sentences: tuple[Sentence, ...], now: datetime, contact: str
) -> Reply:
    """What the call says and waits for. A prompt that is repeated is spoken slower."""
    settings, expects = line.settings, _expects(line, session)
    again = session.misses or session.in_a_row or session.silences
    rate = settings.voice_rate_again if again else settings.voice_rate
    return Reply(
        sentences,
        expects,
        session.turn,
        Manner(rate, settings.voice_pause_ms),
        _hears(line, session),
        _ring(line, session, now, contact) if expects == "ring" else None,
        RECORDS.get(session.stage, 0) or settings.message_s,
    )


def manner_of(line: Line) -> Manner:
    """How a call speaks by the settings."""
    return Manner(line.settings.voice_rate, line.settings.voice_pause_ms)


def short(call: str) -> str:
    """A call's id as a session keeps it."""
    return call[-8:]


def _expects(line: Line, session: Session) -> str:
    if session.stage is Stage.over:
        return ""
    if session.stage is Stage.asking:
        kind = line.protocol_of(session.protocol).questions[session.asked].kind
        return "keys" if kind in (Takes.number, Takes.list) else "key"
    if session.stage in (Stage.ringing, Stage.connected):
        return "ring" if session.stage is Stage.ringing else "talk"
    if session.stage in RECORDS:
        return "record"
    # After key 9 two keys may come: 1 goes back, but 1 and 1 are the rest of 911.
    return "keys" if session.stage in (Stage.escape, Stage.stopped, Stage.placing) else "key"


def _hears(line: Line, session: Session) -> Hears | None:
    if not line.settings.speech or session.stage not in SPEAKS:
        return None
    texts = line.protocol_of(session.protocol).languages[session.language]
    return Hears(texts.spoken_in, texts.hints)


def _ring(line: Line, session: Session, now: datetime, contact: str) -> Ring | None:
    """The phone that rings now; None where the rota changed meanwhile: the call goes on with the next."""
    phones, settings = line.rota.phones(now), line.settings
    if session.rung >= len(phones):
        return None
    return Ring(phones[session.rung], settings.voice_sender, settings.ring_s, WHISPER + contact)


def _press(line: Line, session: Session, inbound: Inbound, now: datetime) -> Heard:
    early, number = _is_early(line, session, now), line.settings.emergency
    protocol = line.protocol_of(session.protocol)
    return places.keyed(press(protocol, session, inbound.body, early=early, emergency=number))


def _is_early(line: Line, session: Session, now: datetime) -> bool:
    """Whether a key came before the whole prompt can have been spoken."""
    if session.stage is not Stage.asking or not session.part:
        return False
    protocol = line.protocol_of(session.protocol)
    key = f"{protocol.questions[session.asked].text}_{session.part}"
    words = line.renderer.text(protocol, session.language, Medium.voice, key, {})
    return now.timestamp() - session.asked_at < spoken_s(words)
