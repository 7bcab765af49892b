"""One run of a whole programme: who joins, answers, stops and moves when, and what breaks meanwhile.

Everything is drawn from one seed. May not: judge."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from benchmarks.virtual.carrier import FINE, ROUGH, Text, Weather
from benchmarks.virtual.checker import Report, check
from benchmarks.virtual.people import AREAS, Person, crowd
from benchmarks.virtual.world import World, asks, world
from flows.protocol import Programme

DAYS, JOIN_DAYS = 21, 5
STOPS, STOPS_IN_THE_GAP, AT_CARRIER, BACK_AGAIN, MOVES = 0.12, 0.05, 0.02, 0.5, 0.04
REPLIES = (("1", 0.45), ("2", 0.2), ("3", 0.04), ("4", 0.02), ("STOP", 0.02))
NO_DANGER = ("no", "no", "no", "1", "1", "1", "none", "40", "3", "1")
ALL_ANSWERED = 0.6


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is made of. tick: how far time moves between two looks of the clock."""

    people: int
    start: datetime
    seed: int
    days: int = DAYS
    tick: timedelta = timedelta(minutes=5)
    weather: Weather = ROUGH
    outages: int = 6
    edits: bool = True
    lost_jobs: float = 0.01
    twice_jobs: float = 0.01


@dataclass
class Run:
    """The people of a run at their phones."""

    plan: Plan
    world: World
    chance: Random
    coming: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    stopping: set[str] = field(default_factory=set)
    rests: frozenset[date] = frozenset()
    _count: int = 0

    def at(self, when: datetime, act: Callable[[], None]) -> None:
        """Something that will happen then."""
        self._count += 1
        heapq.heappush(self.coming, (when, self._count, act))

    def prepare(self) -> None:
        """Everything that can be known beforehand."""
        for person in crowd(self.plan.people, self.chance):
            self._life(person)
        if self.plan.edits:
            self._edits()
        for number in range(self.plan.outages):
            self._outage(number)
        self.world.wire.texted = self._texted
        self.world.between = self._between

    def play(self) -> None:
        """The whole time, tick by tick, and a calm day at the end for what is still open."""
        end = self.plan.start + timedelta(days=self.plan.days)
        while self.world.now < end:
            if self.world.now > end - timedelta(days=1):
                self.world.wire.weather, self.world.workers_up = FINE, True
            self._happen()
            self.world.beat()
            self.world.time.move(self.plan.tick)

    def _happen(self) -> None:
        while self.coming and self.coming[0][0] <= self.world.now:
            heapq.heappop(self.coming)[2]()

    def _life(self, person: Person) -> None:
        chance, start = self.chance, self.plan.start
        joins = start + timedelta(minutes=chance.randrange(JOIN_DAYS * 1440))
        self.at(joins, lambda: self.world.join(person, {"risks": 1 << chance.choice((0, 0, 0, 4, 5, 6))}))
        leaves = joins + timedelta(minutes=chance.randrange(14 * 1440))
        drawn = chance.random()
        if drawn < STOPS:
            self.at(leaves, lambda: self._stop(person))
        elif drawn < STOPS + STOPS_IN_THE_GAP:
            self.at(leaves, lambda: self.stopping.add(person.number))
        elif drawn < STOPS + STOPS_IN_THE_GAP + AT_CARRIER:
            self.at(leaves, lambda: self.world.stop_at_carrier(person))
        if chance.random() < MOVES:
            self.at(leaves, lambda: self.world.move(person, chance.choice(list(AREAS))))

    def _stop(self, person: Person) -> None:
        self.world.stop(person)
        if self.chance.random() < BACK_AGAIN:
            back = self.world.now + timedelta(minutes=self.chance.randrange(1, 4 * 1440))
            self.at(back, lambda: self.world.start(person))
            if self.chance.random() < BACK_AGAIN:
                self.at(back + timedelta(minutes=2), lambda: self.world.join(person))

    def _between(self, job: str, ids: Sequence[str]) -> None:
        """A stop in the narrowest gap: the text stands in the outbox, and its job is about to begin."""
        if job != "deliver" or not self.stopping:
            return
        for id in ids:
            stored = self.world.line.store.outbox.read(id)
            person = self.world.person_of(stored.row.contact) if stored is not None else None
            if person is not None and person.number in self.stopping:
                self.stopping.discard(person.number)
                self._stop(person)

    def _texted(self, text: Text) -> None:
        person = self.world.person_of(self.world.line.sealer.contact_of(text.number))
        if person is None or not asks(text):
            return
        drawn, bodies = self.chance.random(), []
        for body, share in REPLIES:
            drawn -= share
            bodies += [body] if drawn < 0 else []
        if bodies:  # else they stay silent
            when = self.world.now + timedelta(minutes=self.chance.randrange(1, 900))
            self.at(when, lambda: self._reply(person, bodies[0]))

    def _reply(self, person: Person, body: str) -> None:
        if body == "STOP":
            return self._stop(person)
        self.world.text(person, body)
        if body in "34" and self.chance.random() < ALL_ANSWERED:
            for place, answer in enumerate(NO_DANGER):
                when = self.world.now + timedelta(minutes=place + 1)
                self.at(when, lambda answer=answer: self.world.text(person, answer))  # type: ignore[misc]

    def _edits(self) -> None:
        start = self.plan.start
        for day, change in ((4, _later_tips), (7, _without_water), (5, _cap_of_four)):
            when = start + timedelta(days=day, minutes=self.chance.randrange(1440))
            self.at(when, lambda change=change: self.world.edit(change))  # type: ignore[misc]
        holiday = (start + timedelta(days=11)).date()
        self.rests = frozenset({holiday})
        self.at(start + timedelta(days=10), lambda: self._rest())

    def _rest(self) -> None:
        line = self.world.line
        self.world.use(replace(line, window=replace(line.window, rests=self.rests)))

    def _outage(self, number: int) -> None:
        world, chance = self.world, self.chance
        begins = self.plan.start + timedelta(minutes=chance.randrange((self.plan.days - 2) * 1440))
        ends = begins + timedelta(minutes=chance.choice((20, 180, 600, 1500)))

        def workers(up: bool) -> None:
            world.workers_up = up

        def carrier(away: str) -> None:
            world.wire.weather = replace(self.plan.weather, away=away)

        if number % 2:
            self.at(begins, lambda: workers(False))
            self.at(ends, lambda: workers(True))
        else:
            self.at(begins, lambda: carrier(chance.choice(("no_connection", "silent"))))
            self.at(ends, lambda: carrier(""))


def run(plan: Plan, redis_url: str) -> tuple[Report, dict[str, Any]]:
    """Plays a plan on an empty Redis; what the checker found, and the figures of the run."""
    chance = Random(plan.seed)
    with world(redis_url, plan.start, chance) as own:
        own.wire.weather, own.lost_jobs, own.twice_jobs = plan.weather, plan.lost_jobs, plan.twice_jobs
        playing = Run(plan, own, chance)
        playing.prepare()
        playing.play()
        report = check(own, playing.rests)
        return report, figures(own, report)


def figures(own: World, report: Report) -> dict[str, Any]:
    """A run in numbers."""
    return {
        "people": len(own.people),
        "enrolments": report.enrolments,
        "texts": report.texts,
        "reminders": report.reminders,
        "turns": own.turns,
        "stops": sum(deed.kind == "stopped" for one in own.people.values() for deed in one.deeds),
        "processes_killed": own.crashes,
        "carrier_faults": dict(sorted(own.wire.faults.items())),
        "skipped": dict(report.skipped.most_common()),
        "dropped": dict(report.dropped.most_common()),
        "ended": dict(report.ended.most_common()),
        "violations": dict(report.found),
        "examples": report.examples,
    }


def _later_tips(programme: Programme) -> Programme:
    steps = [replace(one, slot="13:15") if one.slot == "12:30" else one for one in programme.steps]
    return replace(programme, steps=tuple(steps))


def _without_water(programme: Programme) -> Programme:
    return replace(programme, steps=tuple(one for one in programme.steps if one.id != "water"))


def _cap_of_four(programme: Programme) -> Programme:
    return replace(programme, weekly_cap=4)
