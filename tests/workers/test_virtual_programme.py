"""The whole programme in virtual time: nobody at night, twice, early or after a stop, whatever breaks.

A few dozen people here; ten thousand by `python -m benchmarks programme` and with BACKLINE_LONG=1. Each way
to break a promise is planted once, so that the checker is seen to find it."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from benchmarks.virtual.carrier import FINE, ROUGH
from benchmarks.virtual.checker import check
from benchmarks.virtual.people import AREAS, Person, crowd
from benchmarks.virtual.run import Plan, Run, run
from benchmarks.virtual.world import World, world
from flows import programme, window
from hotline.consent import Permission
from hotline.store import outbox
from workers import delivery, reminding

SPRING = datetime(2027, 3, 4, tzinfo=UTC)  # ten days before the clocks go forward
AUTUMN = datetime(2027, 10, 28, tzinfo=UTC)  # ten days before they go back
SMALL = timedelta(minutes=30)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A run breaks thousands of things on purpose: their log lines help nobody here."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("start", [SPRING, AUTUMN])
def test_nobody_gets_a_text_at_night_twice_early_or_after_a_stop(
    clean_redis: str, start: datetime, long_run: bool
) -> None:
    plan = Plan(5000 if long_run else 24, start, seed=6, tick=timedelta(minutes=5) if long_run else SMALL)
    report, told = run(plan, clean_redis)
    assert report.found == {}, report.examples
    assert told["enrolments"] >= plan.people and told["reminders"] > 3 * plan.people
    assert told["stops"] and told["skipped"] and told["carrier_faults"]


# The checker finds what is planted.


def night_is_ignored(world: World, patch: pytest.MonkeyPatch) -> None:
    world.use(replace(world.line, window=window.Window(time(0), time(23, 59, 59))))


def stop_is_ignored(world: World, patch: pytest.MonkeyPatch) -> None:
    script = object.__new__(type(outbox.ROW))
    script.text = outbox.ROW.text.replace("local function barred()", "local function barred() do return end")
    script.sha = "0" * 40  # Redis does not know it: it is sent whole
    patch.setattr(outbox, "ROW", script)
    patch.setattr(delivery, "permits", lambda *_: Permission(True, "planted"))


def unknown_is_sent_again(world: World, patch: pytest.MonkeyPatch) -> None:
    def blindly(line: Any, claimed: Any, message: Any) -> None:
        line.store.outbox.later(claimed.row.id, claimed.token, line.now().timestamp(), "blind", line.now())

    patch.setattr(delivery, "_reconcile", blindly)


def slots_are_ignored(world: World, patch: pytest.MonkeyPatch) -> None:
    def at_once(plan: Any, day: int, slot: time) -> datetime | None:
        return window.opening(plan.now, plan.zones, plan.window)

    patch.setattr(programme._Plan, "_planned", at_once)


def done_steps_are_forgotten(world: World, patch: pytest.MonkeyPatch) -> None:
    true_sent = programme.sent

    def forgetful(*told: Any) -> Any:
        after = true_sent(*told)
        return replace(after, done_day=max(after.done_day - 2, 0)) if after is not None else None

    patch.setattr(reminding, "sent", forgetful)


def days_are_ignored(world: World, patch: pytest.MonkeyPatch) -> None:
    def freely(plan: Any, at: datetime) -> datetime | None:
        return window.opening(at, plan.zones, plan.window)

    patch.setattr(programme._Plan, "_free", freely)
    patch.setattr(programme._Plan, "_asks_between", lambda *_: False)
    programme_of = world.line.protocol.programme
    world.edit(lambda now: replace(programme_of, catch_up_h=96, nudge_after_h=1))


def skips_are_silent(world: World, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reminding, "_skipped", lambda *_: [])


@pytest.mark.parametrize(
    ("plant", "finding"),
    [
        (night_is_ignored, "at_night"),
        (stop_is_ignored, "after_stop"),
        (unknown_is_sent_again, "twice"),
        (slots_are_ignored, "early"),
        (done_steps_are_forgotten, "twice"),
        (days_are_ignored, "two_a_day"),
        (skips_are_silent, "without_reason"),
    ],
)
def test_a_broken_promise_is_found(
    clean_redis: str, monkeypatch: pytest.MonkeyPatch, plant: Any, finding: str
) -> None:
    weather, hour = replace(ROUGH, lost_after=0.1, callback_lost=0.5), timedelta(hours=1)
    plan = Plan(16, SPRING, seed=3, days=9, tick=hour, weather=weather, edits=False)
    chance = Random(plan.seed)
    with world(clean_redis, plan.start, chance) as own:
        own.wire.weather = plan.weather
        playing = Run(plan, own, chance)
        playing.prepare()
        if plant is stop_is_ignored:
            playing.stopping = {person.number for person in crowd(plan.people, Random(plan.seed))}
        plant(own, monkeypatch)
        playing.play()
        found = check(own).found
    assert found[finding] > 0, found


class Programme(RuleBasedStateMachine):
    """Anything in any order: people join, stop, move and answer; the house breaks and mends; time passes."""

    url = ""

    @initialize(seed=st.integers(0, 2**16), spring=st.booleans())
    def begin(self, seed: int, spring: bool) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()
        chance = Random(seed)
        self.opened = world(self.url, SPRING if spring else AUTUMN, chance)
        self.world, self.new = self.opened.__enter__(), crowd(40, chance)
        self.world.wire.weather = ROUGH

    def anyone(self) -> Person:
        return self.world.chance.choice(list(self.world.people.values()))

    def may_join(self, person: Person) -> bool:
        return not self.world.state(person).enrolment

    @precondition(lambda self: self.new)
    @rule(others=st.integers(0, 3))
    def join(self, others: int) -> None:
        for _ in range(min(others + 1, len(self.new))):
            self.world.join(self.new.pop())

    @precondition(lambda self: self.world.people)
    @rule()
    def stop(self) -> None:
        self.world.stop(self.anyone())

    @precondition(lambda self: self.world.people)
    @rule()
    def stop_as_the_text_is_about_to_leave(self) -> None:
        person = self.anyone()

        def between(job: str, ids: Any) -> None:
            if job == "deliver":
                self.world.between = lambda *_: None
                self.world.stop(person)

        self.world.between = between

    @precondition(lambda self: self.world.people)
    @rule()
    def stop_at_the_carrier(self) -> None:
        self.world.stop_at_carrier(self.anyone())

    @precondition(lambda self: self.world.people)
    @rule()
    def join_again(self) -> None:
        person = self.anyone()
        self.world.start(person)
        if self.may_join(person):
            self.world.time.move(timedelta(minutes=1))
            self.world.join(person)

    @precondition(lambda self: self.world.people)
    @rule(body=st.sampled_from(["1", "2", "3", "4", "no", "thanks"]))
    def answer(self, body: str) -> None:
        self.world.text(self.anyone(), body)

    @precondition(lambda self: self.world.people)
    @rule(zone=st.sampled_from(sorted(AREAS)))
    def move_house(self, zone: str) -> None:
        self.world.move(self.anyone(), zone)

    @rule(slot=st.sampled_from(["09:00", "11:45", "17:30"]), cap=st.integers(2, 7))
    def edit(self, slot: str, cap: int) -> None:
        def change(now: Any) -> Any:
            steps = tuple(replace(step, slot=slot) if not step.asks else step for step in now.steps)
            return replace(now, steps=steps, weekly_cap=cap)

        self.world.edit(change)

    @rule(up=st.booleans(), away=st.sampled_from(["", "", "no_connection", "silent"]))
    def break_or_mend(self, up: bool, away: str) -> None:
        self.world.workers_up, self.world.wire.weather = up, replace(ROUGH, away=away)

    @rule(minutes=st.sampled_from([1, 7, 60, 240, 720]), times=st.integers(1, 6))
    def wait(self, minutes: int, times: int) -> None:
        for _ in range(times):
            self.world.beat()
            self.world.time.move(timedelta(minutes=minutes))

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            self._settle()
            report = check(self.world)
            assert report.found == {}, report.examples
        finally:
            self.opened.__exit__(None, None, None)

    def _settle(self) -> None:
        """Calm hours, so that whatever was under way has an end."""
        self.world.workers_up, self.world.wire.weather = True, FINE
        for _ in range(14):
            self.world.beat()
            self.world.time.move(timedelta(hours=1))


def test_whatever_happens_in_whatever_order_every_promise_holds(clean_redis: str, long_run: bool) -> None:
    Programme.url = clean_redis
    run_state_machine_as_test(
        Programme,
        settings=settings(
            max_examples=300 if long_run else 10,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
