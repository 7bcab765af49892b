"""From a turn's effects to the one change that the store commits: tasks, opt-ins, enrolment, outbox
rows, events.

May not: decide (the engine did) or commit (the store does)."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import datetime

from flows import call_slots, discreet, programme
from flows.asking import wake_at
from flows.effects import (
    Ask,
    Discreet,
    Dispose,
    Effect,
    Enrol,
    Leave,
    NoCalls,
    Note,
    OptIn,
    OptOut,
    Owe,
    Place,
    Progress,
    Send,
    Tell,
)
from flows.engine import Turn
from flows.enrolment import BadEnrolment, Enrolment
from flows.heard import Heard
from flows.protocol import Medium, Programme
from flows.session import Session
from flows.window import closing
from flows.wording import Say
from hotline import keywords, tasks, zones
from hotline.channels import Inbound, Sort
from hotline.consent import Decision, Entry, Purpose, record
from hotline.feed import telling
from hotline.incall import short
from hotline.line import Line
from hotline.store import Change, Row, State, Task, row_id

# The purposes of the clock's own words. The last ones are worded so that reading them twice harms nobody.
NUDGE, ENDING = "encounter", "ending"
BACK_AGAIN_S = 60  # after a broken call: who calls again at once needs no text
# So long after their time these words still help.
NUDGE_GOOD_MIN, ENDING_GOOD_MIN, SENT_GOOD_MIN = 30, 60, 60
STOP_ANSWERS = (Say.STOPPED, Say.STOPPED_MID, Say.WRONG_NUMBER)  # one of them confirms an opt-out
OF_A_CALL = ("dropped", "transfer_missed")  # each call owes its own: staff may have closed the one before


def change_of(
    line: Line,
    contact: str,
    state: State,
    before: Session,
    turn: Turn,
    heard: Heard,
    inbound: Inbound | None,
    reply: bytes,
    now: datetime,
) -> Change:
    """Everything one turn commits. inbound: None for a turn of the clock, whose words go through the
    outbox."""
    maker = _Maker(line, contact, state, before, turn, heard, inbound, now)
    enrolment, due_at = maker.enrolment()
    return Change(
        reply=reply,
        session=maker.kept().encode(),
        wake_at=wake_at(line.protocol_of(turn.session.protocol).limits, turn.session),
        enrolment=enrolment,
        due_at=due_at,
        week=week_of(line, state) if enrolment == "" else "",
        opted_out=maker.opted_out(),
        address=maker.address(),
        outbox=maker.rows(),
        tasks=maker.tasks(),
        ledger=maker.ledger(),
        events=(maker.event(), *maker.outcomes(enrolment)),
    )


def enrolment_of(state: State) -> Enrolment | None:
    """The enrolment of a contact, or None.

    One that cannot be read is left for the worker, which tells staff."""
    if not state.enrolment:
        return None
    try:
        return Enrolment.decode(state.enrolment)
    except BadEnrolment:
        return None


def week_of(line: Line, state: State) -> str:
    """The days of a week on which texts of the programme left: kept beside an enrolment that ends, and
    counted when they join again."""
    enrolment = enrolment_of(state)
    if enrolment is None:
        return state.week
    return programme.week(enrolment, zones.named(enrolment.zones, line.settings.unknown_zone))


class _Maker:
    def __init__(
        self,
        line: Line,
        contact: str,
        state: State,
        before: Session,
        turn: Turn,
        heard: Heard,
        inbound: Inbound | None,
        now: datetime,
    ) -> None:
        self.line, self.contact, self.state, self.turn, self.heard = line, contact, state, turn, heard
        self.inbound, self.now, self.before, self.session = inbound, now, before, turn.session

    def kept(self) -> Session:
        """The session after this turn, with a mark of the words in which one text was offered, if it was."""
        if Say.TEXT_OFFER not in self._told:
            return self.session
        return replace(self.session, spoke=_mark(self._wording(Say.TEXT_OFFER)))

    def enrolment(self) -> tuple[str | None, float | None]:
        """The enrolment after this turn and when it is due: (None, None) leaves it, "" ends it."""
        before = self._enrolled()
        after = self._joined() if self._has(Enrol) else self._moved_on(before)
        if self._has(Leave):
            after = None
        if after == before:
            return None, None
        if after is None:
            return "", None
        where = zones.named(after.zones, self.line.settings.unknown_zone)
        due = programme.next_due(self._programme, after, self.now, where, self.line.window)
        look = programme.next_look(due, self.now, where, self.line.window)
        return after.encode(), look.timestamp()

    def opted_out(self) -> bool | None:
        """True sets the mark, False lifts it, None leaves it."""
        if self._has(OptOut):
            return True
        return False if self._has(OptIn) and self.state.opted_out else None

    def address(self) -> bytes | None:
        """The sealed address, kept when an encounter or an enrolment begins: staff call back, reminders
        go out."""
        inbound = self.inbound
        began = self._has(Enrol) or any(
            isinstance(e, Note) and e.kind == "encounter_began" for e in self.turn.effects
        )
        if inbound is None or inbound.anonymous or inbound.contact or (self.state.addressed and not began):
            return None
        sender = inbound.sender if self.session.medium is Medium.sms else self.line.settings.text_sender
        return self.line.sealer.seal(self.contact, "address", json.dumps([inbound.address, sender]).encode())

    def rows(self) -> tuple[Row, ...]:
        """What must be sent: the clock's own words, since nobody waits for a reply, and notices to
        whoever is on call."""
        notices = [row for task in self.tasks() for row in tasks.notices(self.line.settings, task, self.now)]
        words = self._clocks_words()
        return (*notices, *words, *self._sent(), *self._passed_on())

    def _passed_on(self) -> tuple[Row, ...]:
        """An opt-out that is new here, to the clinic's other programmes. A withheld number cannot be told."""
        inbound = self.inbound
        if self.state.opted_out or inbound is None or inbound.anonymous or inbound.contact:
            return ()
        for effect in self.turn.effects:
            if isinstance(effect, OptOut) and (entry := self._entry(effect)):
                return telling.rows(self.line, self.contact, entry, inbound.address)
        return ()

    def _sent(self) -> tuple[Row, ...]:
        """The text that a call leads to: one an encounter, however often it is asked for."""
        session, at = self.session, self.now.timestamp()
        rows = []
        for sent in (effect for effect in self.turn.effects if isinstance(effect, Send)):
            dropped = sent.why == Send.DROPPED
            id = row_id(self.contact, sent.why, str(session.encounter), "")
            texts = tuple((text, dict[str, str]()) for text in sent.texts)
            earliest, latest = at + (BACK_AGAIN_S if dropped else 0), at + SENT_GOOD_MIN * 60
            row = Row(id, self.contact, sent.why, texts, session.language, earliest, latest)
            guard = "session" if dropped else ""
            rows.append(replace(row, guard=guard, protocol=session.protocol))
        return tuple(rows)

    def _clocks_words(self) -> tuple[Row, ...]:
        told = [(effect.text, dict(effect.fill)) for effect in self.turn.effects if isinstance(effect, Tell)]
        if self.inbound is not None or not told:
            return ()
        first, session, at = told[0][0], self.session, self.now.timestamp()
        purpose, until = self._until(first)
        if until <= at:
            return ()  # hours late or at night it would only frighten; the record and the task stand
        id = row_id(self.contact, NUDGE, f"{session.encounter}:{first}", self.now.date().isoformat())
        row = Row(id, self.contact, purpose, tuple(told), session.language, at, until)
        return (replace(row, guard="session", protocol=session.protocol),)

    def _until(self, text: str) -> tuple[str, float]:
        """The purpose of the clock's words and until when they may leave (epoch s), from our question on."""
        limits = self.line.protocol_of(self.session.protocol).limits
        nudge_min = limits.nudge_after_min
        if text == Say.NUDGE_MID:
            return NUDGE, self.session.asked_at + (nudge_min + NUDGE_GOOD_MIN) * 60
        end_min = nudge_min + limits.end_after_nudge_min
        until = self.session.asked_at + (end_min + ENDING_GOOD_MIN) * 60
        if discreet.plain_of(self._programme, text) == Say.unfinished:
            until = min(until, self._window_closes())
        return ENDING, until

    def _window_closes(self) -> float:
        """When the hours of sending end where this person may be (epoch s); 0: they are over, or not yet."""
        enrolment = self._enrolled()
        unknown, window = self.line.settings.unknown_zone, self.line.window.every_day()
        where = zones.named(enrolment.zones if enrolment else unknown, unknown)
        return closing(self.now, where, window).timestamp() if window.is_open(self.now, where) else 0.0

    def tasks(self) -> tuple[Task, ...]:
        """What staff owe from now on."""
        return tuple(self._task(effect) for effect in self.turn.effects if isinstance(effect, Owe))

    def ledger(self) -> tuple[str, ...]:
        """What was offered, agreed to or withdrawn in this turn, in order, with the words of ours."""
        entries = filter(None, map(self._entry, self.turn.effects))
        return tuple(record(entry) for entry in entries)

    def event(self) -> dict[str, str]:
        """The turn as the record will keep it: ids, levels and masks; the words of the person only sealed."""
        before = self.before
        said = [effect.text for effect in self.turn.effects if isinstance(effect, Tell | Ask)]
        unsent = self.inbound is None and bool(said) and not self._clocks_words()
        event = {
            "contact": self.contact,
            "encounter": str(self.session.encounter),
            "at": f"{self.now.timestamp():.1f}",
            "medium": self.session.medium.value,
            "stage": before.stage.value,
            "heard": self.heard.kind.value,
            "asked": str(before.asked),
            "value": str(self.heard.value),
            "signs": ",".join(self.heard.signs),
            "unsent" if unsent else "said": ",".join(said),
            "protocol": self.session.protocol,
        }
        if before.misses:
            event["tries"] = str(before.misses)  # at this question or menu, before this one
        if self.inbound is not None and self.inbound.duration_s is not None:
            event["lasted_s"] = str(self.inbound.duration_s)
        for effect in self.turn.effects:
            if isinstance(effect, Dispose):
                event |= {
                    "level": effect.level.name,
                    "rules": ",".join(effect.rules),
                    "finished": str(int(effect.finished)),
                }
        if self.inbound is not None and self.inbound.message_id:
            event["message"] = self.inbound.message_id  # by it the reply that is kept for a repeat is found
        if self.inbound is not None and self.inbound.body:
            sealed = self.line.sealer.seal(
                self.contact, f"event:{self.inbound.message_id}", self.inbound.body.encode(errors="replace")
            )
            event["body"] = base64.b64encode(sealed).decode()
        return event

    def outcomes(self, enrolment: str | None) -> tuple[dict[str, str], ...]:
        """What this turn means for the programme: each answer to a check-in with its day, and how it ended.

        over_week: 1 where it had hurt for more than a week since onset when the answer came."""
        before, at = self._enrolled(), f"{self.now.timestamp():.1f}"
        told = [effect for effect in self.turn.effects if isinstance(effect, Progress)]
        events = []
        if before is not None and told:
            over = programme.over_week(self._programme, before, self.now)
            fields = {"checkin": before.asks, "day": str(before.asked_day), "over_week": str(int(over))}
            events = [self._of_programme("outcome", at) | fields | {"meaning": one.meaning} for one in told]
        if before is not None and enrolment == "":
            events.append(self._of_programme("programme_ended", at) | {"reason": self._why_ended()})
        return tuple(events)

    def _of_programme(self, kind: str, at: str) -> dict[str, str]:
        return {"contact": self.contact, "kind": kind, "at": at}

    def _why_ended(self) -> str:
        if self._has(OptOut):
            return "opted_out"
        return next((e.reason for e in self.turn.effects if isinstance(e, Leave)), self._level_or_finished())

    def _level_or_finished(self) -> str:
        ends = (e.level.name for e in self.turn.effects if isinstance(e, Dispose) and e.finished)
        return next(ends, "finished")

    @property
    def _programme(self) -> Programme:
        return self.line.protocol.programme

    def _has(self, kind: type) -> bool:
        return any(isinstance(effect, kind) for effect in self.turn.effects)

    def _enrolled(self) -> Enrolment | None:
        return enrolment_of(self.state)

    def _joined(self) -> Enrolment:
        session, address = self.session, self.inbound.address if self.inbound else ""
        protocol = self.line.protocol_of(session.protocol)
        place = zones.of(address, self.line.settings.unknown_zone)
        joined = programme.enrol(
            protocol, session.merged(), session.told_level, session.language, place, self.now
        )
        where = zones.named(place, self.line.settings.unknown_zone)
        joined = programme.counting(joined, week_of(self.line, self.state), where)
        slot = next((e.slot for e in self.turn.effects if isinstance(e, Enrol)), "")
        return replace(joined, left_out=(*call_slots.tags(slot), *joined.left_out)) if slot else joined

    def _moved_on(self, enrolment: Enrolment | None) -> Enrolment | None:
        for effect in self.turn.effects:
            if enrolment is not None and isinstance(effect, Place):
                enrolment = replace(enrolment, zones=effect.zones)  # what was told outranks the number
            elif enrolment is not None and isinstance(effect, Discreet):
                enrolment = discreet.chosen(enrolment, effect.on)
            elif enrolment is not None and isinstance(effect, Progress):
                enrolment = programme.reply(
                    self._programme, enrolment, programme.Meaning(effect.meaning), self.now
                )
            elif enrolment is not None and isinstance(effect, Dispose) and effect.finished:
                protocol = self.line.protocol_of(self.session.protocol)
                enrolment = programme.after_encounter(
                    protocol, enrolment, self.session.merged(), effect.level
                )
        return enrolment

    def _task(self, owed: Owe) -> Task:
        made = tasks.make(
            self.contact, self._cause(owed), owed.reason, owed.level.name, self.now, owed.due_min
        )
        if self.inbound is None or self.inbound.sort is not Sort.recorded or not self.inbound.body:
            return made
        # Only the reference is kept, and sealed like a note: the recording itself stays with the carrier.
        note = f"recording {self.inbound.body}"
        return replace(made, sealed=self.line.sealer.seal(self.contact, f"task:{made.id}", note.encode()))

    def _cause(self, owed: Owe) -> str:
        """What a task is one of: two recordings of one encounter are two tasks, and so are two calls that
        broke off or rang in vain; two asks for a call back are one, unless each has a recording."""
        encounter, inbound = str(self.session.encounter), self.inbound
        if inbound is not None and inbound.sort is Sort.recorded and inbound.body:
            return f"{encounter}:{inbound.body}"
        call = self.before.call or (short(inbound.call) if inbound is not None else "")
        if owed.reason in OF_A_CALL and call:
            return f"{encounter}:{call}"
        return encounter

    def _entry(self, effect: Effect) -> Entry | None:
        """The ledger's entry of an effect, or None where it decides and offers nothing."""
        out, enter = Decision.withdrawn, Decision.granted
        match effect:
            case Tell(text=Say.optin):
                return self._written(Purpose.reminders, Decision.offered, "shown", Say.optin)
            case Tell(text=Say.voice_optin):
                return self._written(Purpose.voice_reminders, Decision.offered, "shown", Say.voice_optin)
            case Enrol(text=Say.voice_optin, slot=slot):
                key, words = call_slots.key_of(slot), call_slots.CONFIRMED[slot]
                return self._written(Purpose.voice_reminders, enter, f"key {key}", words)
            case NoCalls(method=method):
                return self._written(Purpose.voice_reminders, out, method, Say.voice_stopped)
            case Enrol():
                method = "JOIN" if self.session.medium is Medium.sms else "key 1"
                return self._written(Purpose.reminders, enter, method, Say.optin_confirm)
            case Discreet(on=on):
                key = Say.private_on if on else Say.private_off
                return self._written(Purpose.discreet, enter if on else out, self._private(on), key)
            case Send(why=Send.ASKED):
                return self._asked_for_one()
            case OptIn(method=method):
                return self._written(Purpose.conversation, enter, self._method(method, "START"), Say.STARTED)
            case OptOut(method=method):
                told = next((said for said in STOP_ANSWERS if said in self._told), "")
                return self._written(Purpose.everything, out, self._method(method, "STOP"), told)
        return None

    def _written(self, purpose: Purpose, decision: Decision, method: str, key: str) -> Entry:
        """An entry of this turn. key: the text of ours that belongs to it, kept only if it was said in it."""
        told = {discreet.plain_of(self._programme, text): text for text in self._told}
        shown = told.get(key, "")
        words = self._wording(shown) if shown else ""
        channel, source = self.session.medium.value, self.inbound.message_id if self.inbound else "clock"
        if self.inbound is not None and self.inbound.address.startswith(keywords.WHATSAPP):
            channel = "whatsapp"
        return Entry(purpose, decision, self.now, channel, method, shown, words, source)

    def _private(self, on: bool) -> str:
        if self.session.medium is Medium.sms:
            return "PRIVATE" if on else "PRIVATE OFF"
        return "key 3"

    def _asked_for_one(self) -> Entry:
        """The opt-in of one text. Its offer was spoken in an earlier turn, and stands here in just those
        words; where a deployment since has changed them, by their mark only."""
        entry = self._written(Purpose.one_text, Decision.granted, "key 5", "")
        mark, words = self.session.spoke, self._wording(Say.TEXT_OFFER)
        if mark == _mark(words):
            return replace(entry, key=Say.TEXT_OFFER, wording=words)
        return replace(entry, source=f"{entry.source}, offered in words {mark}") if mark else entry

    def _method(self, method: str, kind: str) -> str:
        by_text = self.inbound is not None and self.session.medium is Medium.sms and method == "text"
        return keywords.method_of(self.inbound, kind) if by_text and self.inbound else method

    @property
    def _told(self) -> frozenset[str]:
        """The texts that we said in this turn; none where the carrier answered instead."""
        if self.inbound and keywords.carrier_answered(self.line.settings, self.inbound, self.heard):
            return frozenset()
        return frozenset(effect.text for effect in self.turn.effects if isinstance(effect, Tell))

    def _wording(self, key: str) -> str:
        session = self.session
        protocol = self.line.protocol_of(session.protocol)
        return self.line.renderer.text(protocol, session.language, session.medium, key, {})


def _mark(words: str) -> str:
    """What tells these words from others: the first digits of their hash in the ledger."""
    return hashlib.sha256(words.encode()).hexdigest()[:12]
