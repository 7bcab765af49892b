"""A line at work in virtual time: its real store, clock, jobs and delivery, and people who text it.

Nothing here waits. May not: judge what happened (the checker does)."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast

from pydantic import SecretStr
from rq import Queue

from benchmarks.virtual.carrier import Killed, Text, Wire
from benchmarks.virtual.people import TELLS_NOTHING, Deed, Person
from flows.enrolment import Enrolment
from flows.programme import enrol, next_due, next_look
from flows.protocol import NO, Level, Programme
from hotline import closing, zones
from hotline.channels import sms
from hotline.consent import Decision, Entry, Purpose, record
from hotline.conversation import take_turn
from hotline.line import Line, open_line
from hotline.phone.account import Account
from hotline.phone.carrier import Carrier
from hotline.settings import Settings
from hotline.store import Change, State
from hotline.store.clock import Clock
from hotline.store.pace import Pace
from workers import clock, jobs

ACCOUNT = Account("AC" + "0" * 32, "a secret of the simulation", "+12025550100", "+12025550109")
WELL = {"limbs": 2, "injury": 2, "fever": 2, "risks": 1, "age": 40, "pain": 3, "time": 2}
_MOST_ROUNDS = 200


class VirtualClock(Clock):
    """The line's clock, where time stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self.at = start

    def now(self) -> datetime:
        """The virtual time."""
        return self.at

    def move(self, by: timedelta) -> datetime:
        """Moves it on; the time it tells then."""
        self.at += by
        return self.at


class NoPace(Pace):
    """The real one waits in real time, which does not pass here; the day's caps count all the same."""

    def rate(self, sender: str) -> float:
        """More than anybody sends."""
        return 1e9

    def slow(self, sender: str) -> None:
        """Nobody pauses: the row itself is put off."""


class Doorbell:
    """In place of RQ: the jobs that were rung and not yet begun."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, list[str]]] = []

    def enqueue_call(self, func: str, args: tuple[list[str]], **_: Any) -> None:
        """A job as the clock rings it."""
        self.rung.append((func.rpartition(".")[2], args[0]))

    def taken(self) -> list[tuple[str, list[str]]]:
        """Every job that was rung, each once."""
        rung, self.rung = self.rung, []
        return rung


@dataclass
class World:
    """One line, its carrier and its people. programmes: since when which programme was in force."""

    line: Line
    time: VirtualClock
    wire: Wire
    chance: Random
    people: dict[str, Person] = field(default_factory=dict)
    programmes: list[tuple[datetime, Programme]] = field(default_factory=list)
    bell: Doorbell = field(default_factory=Doorbell)
    workers_up: bool = True
    lost_jobs: float = 0.0
    twice_jobs: float = 0.0
    between: Callable[[str, Sequence[str]], None] = lambda job, ids: None
    turns: int = 0
    crashes: int = 0

    @property
    def now(self) -> datetime:
        """The virtual time."""
        return self.time.now()

    def contact(self, person: Person) -> str:
        """Their contact id."""
        return self.line.sealer.contact_of(person.number)

    def person_of(self, contact: str) -> Person | None:
        """Whose contact id this is."""
        return self.people.get(contact)

    def state(self, person: Person) -> State:
        """What the line knows of them."""
        return self.line.store.turns.read(self.contact(person))

    # What people do

    def join(self, person: Person, answers: dict[str, int] | None = None) -> None:
        """The person joins the programme: what a finished encounter and JOIN leave behind."""
        line, contact, now = self.line, self.contact(person), self.now
        told = [(WELL | (answers or {})).get(question.id, NO) for question in line.protocol.questions]
        place = self._reference(person)
        enrolment = enrol(line.protocol, told, Level.self_care, "en", place, now)
        entry = record(Entry(Purpose.reminders, Decision.granted, now, "sms", "JOIN", "optin", "words"))
        told_address = json.dumps([person.number, ACCOUNT.text_sender]).encode()
        change = Change(
            b"", enrolment=enrolment.encode(), due_at=self._look(enrolment), opted_out=False,
            address=line.sealer.seal(contact, "address", told_address), ledger=(entry,),
        )  # fmt: skip
        line.store.turns.take(contact, "", lambda state: change, now)
        self.wire.carrier.opted_out.discard(person.number)
        self.people[contact] = person
        self._did(person, "joined", place)

    def text(self, person: Person, body: str) -> None:
        """The person texts the line, through the real conversation."""
        person.texts += 1
        self.turns += 1
        form = {
            "From": person.number, "To": ACCOUNT.text_sender, "Body": body,
            "MessageSid": f"SM{self.wire.order():032x}",
        }  # fmt: skip
        take_turn(self.line, sms, sms.read(form), self.now)

    def stop(self, person: Person) -> None:
        """The person says stop; from the answer on nothing may leave."""
        self.text(person, self.chance.choice(("STOP", "please stop texting me", "unsubscribe", "Stop.")))
        self._did(person, "stopped", self._reference(person))

    def start(self, person: Person) -> None:
        """START: the block is lifted, nothing is revived."""
        self.text(person, "START")
        self._did(person, "started", self._reference(person))

    def stop_at_carrier(self, person: Person) -> None:
        """The person says stop to the carrier alone, which does not tell us."""
        self.wire.carrier.opted_out.add(person.number)
        self._did(person, "stopped", self._reference(person))

    def move(self, person: Person, zone: str) -> None:
        """The person moves and says so: their enrolment is in that one zone from now on."""
        person.zone, person.area = zone, ""
        place = zones.reference((zone,))

        def decide(state: State) -> Change:
            if not state.enrolment:
                return Change(b"")
            enrolment = replace(Enrolment.decode(state.enrolment), zones=place)
            return Change(b"", enrolment=enrolment.encode(), due_at=self._look(enrolment))

        self.line.store.turns.take(self.contact(person), "", decide, self.now)
        self._did(person, "moved", place)

    # What the house does

    def edit(self, change: Callable[[Programme], Programme]) -> None:
        """A new programme is deployed: every process starts again with it."""
        protocol = self.line.protocol
        self.use(replace(self.line, protocol=replace(protocol, programme=change(protocol.programme))))

    def use(self, line: Line) -> None:
        """From now on this line works."""
        self.line = line
        self.programmes.append((self.now, line.protocol.programme))
        jobs.use(line)

    def beat(self) -> None:
        """The clock looks and the workers work until nothing more is due at this moment."""
        self.wire.told.arrive(self._settle)
        for _ in range(_MOST_ROUNDS):
            clock.beat(self.line, cast(Queue, self.bell), self.now)
            rung = self.bell.taken()
            if not rung:
                return
            for job, ids in rung:
                self._work(job, ids)
            self.wire.told.arrive(self._settle)

    def _work(self, job: str, ids: list[str]) -> None:
        if not self.workers_up or self.chance.random() < self.lost_jobs:
            return
        for _ in range(2 if self.chance.random() < self.twice_jobs else 1):
            self.between(job, ids)
            try:
                getattr(jobs, job)(ids)
            except Killed:
                self.crashes += 1

    def _settle(self, row: str, told: Any) -> None:
        code = str(told.get("ErrorCode", ""))
        closing.settle(self.line, row, told["MessageSid"], told["MessageStatus"], code, self.now)

    def _look(self, enrolment: Enrolment) -> float:
        where, window = zones.named(enrolment.zones), self.line.window
        due = next_due(self.line.protocol.programme, enrolment, self.now, where, window)
        return next_look(due, self.now, where, window).timestamp()

    def _reference(self, person: Person) -> str:
        if not person.area:
            return zones.reference((person.zone,))
        return zones.US if person.area == TELLS_NOTHING else zones.of(person.area_number)

    def _did(self, person: Person, kind: str, place: str) -> None:
        candidates = tuple(zone.key for zone in zones.named(place))
        person.deeds.append(Deed(self.wire.order(), self.now, kind, person.zone, candidates))


@contextmanager
def world(redis_url: str, start: datetime, chance: Random) -> Iterator[World]:
    """A world that begins at that time, on an empty Redis."""
    settings = Settings(
        redis_url=redis_url, account_sid=ACCOUNT.sid, auth_token=SecretStr(ACCOUNT.auth_token),
        text_sender=ACCOUNT.text_sender, public_base_url="https://line.example", send_threads=1,
        stop_wait_s=0.0, store_timeout_s=5.0,
    )  # fmt: skip
    line, time = open_line(settings), VirtualClock(start)
    line.store.clock, line.store.pace = time, NoPace(line.store._wire, settings)
    numbers = iter(range(1, 1 << 40))
    carrier = Carrier(ACCOUNT, now=time.now, pace_s=0.0)
    wire = Wire(carrier, chance, lambda: next(numbers))
    line.sender._client.http_client = wire  # the carrier's own client, with another way out
    made = World(line, time, wire, chance)
    made.use(line)
    try:
        yield made
    finally:
        line.store.close()


def asks(text: Text) -> bool:
    """Whether a text is one that is answered by a digit."""
    return " 1 " in text.body and " 3 " in text.body
