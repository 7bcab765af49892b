"""kill -9 where it hurts (TELEPHONY §8, F1 to F3): one text each, whoever dies, within lease and sweep.

Real workers, RQ's own forks, a real carrier process; its ledger is the judge. Each point three times in CI,
50 times by `python3 dev.py check --long`, with a seed for who is killed beside whom."""

import os
import random
import signal
import sys
import time
from collections.abc import Iterator

import pytest

from tests.workers.installation import LEASE_S, Installation, children_of, installation, kill, waited_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the kernel's table of processes")
PURPOSES = ("reminder", "urgent")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("orders")) as own:
        own.hire(1)
        yield own
        for pid in [pid for worker in own.workers for pid in children_of(worker.pid)]:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture
def seeds() -> list[random.Random]:
    """The dice of each repetition; each test begins with its own, so that one alone finds what all found."""
    return [random.Random(seed) for seed in range(50 if os.environ.get("BACKLINE_LONG") == "1" else 3)]


def written(house: Installation, dice: random.Random) -> list[tuple[str, str]]:
    """The text in question and up to three others in the same batch, ids and numbers; half of them end by
    callback, the others by look-up."""
    purpose = dice.choice(PURPOSES)
    texts = [house.write(purpose) for _ in range(dice.choice((1, 1, 4)))]
    if dice.random() < 0.5:
        for _, person in texts:
            house.phone("faults", {"kind": "callback_dropped", "to": person})
    return texts


def everybody_got_one(house: Installation, texts: list[tuple[str, str]]) -> None:
    """The invariant, read from the carrier's ledger and the phones."""
    for id, person in texts:
        assert waited_for(house.texts, person), house.stored(id)
    for id, person in texts:
        assert waited_for(has_arrived, house, id), house.stored(id)
        assert (house.texts(person), house.posts(person)) == (1, 1), house.stored(id)


def nobody_got_two(house: Installation, texts: list[tuple[str, str]]) -> None:
    """One text each. Only a reminder that lay beside it in the process that died, in the instant between its
    last look and its POST, may be missing: asked for twice, found by neither look, dropped."""
    assert waited_for(lambda: all(is_settled(house, id) for id, _ in texts))
    for id, person in texts:
        stored, got = house.stored(id), (house.texts(person), house.posts(person))
        beside = stored.state == "dropped" and len(texts) > 1
        missing = beside and (stored.row.purpose, stored.reason) == ("reminder", "not_found")
        assert got == ((0, 0) if missing else (1, 1)), stored
    assert any(house.texts(person) for _, person in texts)


def is_settled(house: Installation, id: str) -> bool:
    return has_arrived(house, id) or house.stored(id).state == "dropped"


def has_arrived(house: Installation, id: str) -> bool:
    return house.stored(id).state in ("accepted", "delivered")


def was_asked(house: Installation, texts: list[tuple[str, str]]) -> bool:
    """Whether the carrier was asked to send any of these."""
    return any(house.posts(person) for _, person in texts)


def was_claimed_again(house: Installation, id: str) -> bool:
    return house.stored(id).token > 1


def is_short_of_one(house: Installation) -> bool:
    return any(worker.poll() is not None for worker in house.workers)


@pytest.mark.parametrize("point", ["claimed", "answered", "recorded"])
def test_whoever_is_killed_while_sending_everybody_gets_one_text(
    house: Installation, seeds: list[random.Random], point: str
) -> None:
    """F1: before the POST, after the 201 and before the record, after the record."""
    for dice in seeds:
        house.hire(1)
        house.order(point)
        texts = written(house, dice)
        house.hit(point)
        nobody_got_two(house, texts)


def test_killed_after_the_post_and_before_its_answer_everybody_gets_one_text(
    house: Installation, seeds: list[random.Random]
) -> None:
    """F1: the carrier has the text and says nothing while the job's process dies."""
    for dice in seeds:
        house.hire(1)
        house.phone("faults", {"kind": "hang_after", "seconds": 1.2})
        texts = written(house, dice)
        assert waited_for(was_asked, house, texts)
        for pid in children_of(house.workers[0].pid):
            kill(pid)
        nobody_got_two(house, texts)


def test_killed_in_the_instant_before_the_post_nobody_gets_two(
    house: Installation, seeds: list[random.Random]
) -> None:
    """From the last look on the text may be out: asked for twice and not found, an urgent one is sent
    again, a reminder is not."""
    for dice in seeds:
        house.hire(1)
        house.order("held")
        id, person = house.write(purpose := dice.choice(PURPOSES))
        house.hit("held")
        if purpose == "urgent":
            everybody_got_one(house, [(id, person)])
        else:
            assert house.settled(id) == "dropped" and house.stored(id).reason == "not_found"
            assert house.posts(person) == 0


def test_the_orphan_of_a_killed_worker_goes_on_and_nobody_gets_two(
    house: Installation, seeds: list[random.Random]
) -> None:
    """F2: kill -9 of the worker alone, in the middle of a POST; a second worker is there."""
    for dice in seeds:
        house.hire(2)
        house.phone("faults", {"kind": "hang_after", "seconds": dice.uniform(0.3, 1.2)})
        texts = written(house, dice)
        assert waited_for(was_asked, house, texts)
        for worker in [worker for worker in house.workers if children_of(worker.pid)]:
            worker.kill()
            worker.wait(timeout=10)
        everybody_got_one(house, texts)


@pytest.mark.parametrize("point", ["claimed", "held", "answered"])
def test_a_job_that_sleeps_beyond_its_lease_wakes_up_and_sends_nothing(
    house: Installation, seeds: list[random.Random], point: str
) -> None:
    """F2: stopped (SIGSTOP), outlived by a second worker, woken: its token is worth nothing."""
    for dice in seeds:
        house.hire(2)
        house.order(point, "stop")
        purpose = "urgent" if point == "held" else dice.choice(PURPOSES)
        id, person = house.write(purpose)
        house.phone("faults", {"kind": "callback_dropped", "to": person})
        sleeper = house.hit(point)
        assert waited_for(was_claimed_again, house, id), house.stored(id)
        if point != "answered":
            assert waited_for(house.texts, person), house.stored(id)
        os.kill(sleeper, signal.SIGCONT)
        time.sleep(LEASE_S / 2)
        everybody_got_one(house, [(id, person)])


def test_a_job_that_was_lost_between_the_queue_and_its_start_is_rung_again(
    house: Installation, seeds: list[random.Random]
) -> None:
    """F3: the worker dies after it took the job off the queue, before anything of it began."""
    for dice in seeds:
        house.hire(1)
        house.order("popped")
        texts = written(house, dice)
        house.hit("popped")
        assert waited_for(is_short_of_one, house)
        house.hire(1)
        everybody_got_one(house, texts)
