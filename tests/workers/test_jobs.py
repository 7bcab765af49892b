"""What fails again and again, what ends in good order, and who tells that the clock stands still."""

import os
import signal
import sys
import time
from datetime import timedelta

import pytest

from flows.load import load
from hotline import alarms, backlog, children
from tests.workers.conftest import House
from tests.workers.installation import children_of, waited_for
from tests.workers.test_delivery import ON_CALL, sends, state_of, write
from workers import clock, delivery, jobs
from workers.worker import LineWorker


def poisoned(house: House) -> str:
    """A text whose address is sealed as it should be and holds what cannot be read."""
    id = write(house)
    house.change(address=house.line.sealer.seal(house.contact, "address", b"[1]"))
    return id


def tried(house: House, id: str) -> None:
    """One job with this id, at the end of its lease."""
    house.wait(house.line.settings.lease_s + 1)
    try:
        jobs.deliver([id])
    except jobs.JobFailed:
        pass


def test_what_fails_again_and_again_is_set_aside_and_whoever_is_on_call_is_told(house: House) -> None:
    house.line.settings.on_call_number = ON_CALL
    id = poisoned(house)
    for _ in range(house.line.settings.park_after):
        tried(house, id)
        assert state_of(house, id) != "parked"
    tried(house, id)
    assert state_of(house, id) == "parked" and sends(house) == 0
    house.tick()
    (told,) = house.carrier.thread(ON_CALL)
    assert "hotline queue" in told.body and id not in told.body and house.contact not in told.body
    house.tick()
    assert len(house.carrier.thread(ON_CALL)) == 1


def test_staff_mend_it_and_release_it_and_it_is_sent(house: House) -> None:
    id = poisoned(house)
    for _ in range(house.line.settings.park_after + 1):
        tried(house, id)
    house.join()
    assert backlog.release(house.line, id, house.line.now()) == ["deliver"]
    jobs.deliver([id])
    assert state_of(house, id) == "accepted" and sends(house) == 1


def test_one_broken_text_holds_up_no_other(house: House) -> None:
    good = write(house, text="tip_move")
    broken = poisoned(house)
    house.join()
    parking = house.line.store.parking
    parking.begin("deliver", [broken])
    jobs.deliver([broken, good])
    assert state_of(house, good) == "accepted"
    assert parking.tries("deliver", [broken, good]) == [0, 0]


def test_a_redis_that_is_away_for_a_moment_makes_nothing_a_poison(house: House) -> None:
    """What was begun and met a store that was away is no fault of its own."""
    id = write(house)
    store = house.line.store
    away = house.line.settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    assert away.redis_url != house.line.settings.redis_url
    batch = jobs._Batch(house.line, "deliver", raising_away, time.monotonic() + 9)
    assert batch.run([id], 1) == ["StoreAway"]
    assert store.parking.tries("deliver", [id]) == [0]


def raising_away(line: object, id: str, until: float) -> None:
    from hotline.errors import StoreAway

    raise StoreAway("away")


def test_told_to_end_a_job_begins_nothing_more_and_gives_the_rest_back(house: House) -> None:
    id = write(house)
    store, now = house.line.store, house.line.now()
    assert store.outbox.ring(now, 9, 30) == [id]
    jobs.end_soon()
    jobs.deliver([id])
    assert state_of(house, id) == "pending" and sends(house) == 0
    assert store.outbox.ring(house.line.now(), 9, 30) == [id], "rung again at once, not after the lease"
    jobs.use(house.line)
    jobs.deliver([id])
    assert state_of(house, id) == "accepted"


def test_a_clock_that_stands_still_is_told_by_the_worker_itself(house: House) -> None:
    """Without a clock nobody rings for the alarm's own text."""
    settings = house.line.settings
    settings.on_call_number, settings.beat_late_s = ON_CALL, 0.2
    worker = LineWorker(house.line, house.queue)
    worker.heartbeat()
    assert house.carrier.thread(ON_CALL) == []
    time.sleep(0.3)
    for _ in range(3):
        worker.heartbeat()
    house.carrier.settle(5)
    (told,) = house.carrier.thread(ON_CALL)
    assert "python -m workers clock" in told.body
    assert house.line.store.signs.alarms() == {alarms.CLOCK_SILENT: 1}
    house.line.store.signs.beat(clock.CLOCK)
    worker.heartbeat()
    assert not worker._told and clock.WORKER in house.line.store.signs.beats()


def test_the_lines_day_holds_reminders_first_then_others_and_never_an_emergency(house: House) -> None:
    house.line.settings.line_segments_a_day = 5
    pace, now = house.line.store.pace, house.line.now()
    pace.take("+18005550100", 4, 9, now, reminder=True, first=False)
    reminder, nudge = write(house), write(house, "encounter", "tip_move")
    later, urgent = write(house, "encounter", "tip_stretch"), write(house, "urgent", "tip_posture")
    for id in (reminder, nudge, later, urgent):
        delivery.deliver(house.line, id)
    assert [state_of(house, id) for id in (reminder, nudge, later, urgent)] == [
        "dropped", "accepted", "dropped", "accepted",
    ]  # fmt: skip


@pytest.mark.parametrize("to_all", [False, True])
@pytest.mark.skipif(sys.platform != "linux", reason="reads the kernel's table of processes")
def test_sigterm_in_the_middle_of_a_text_finishes_it_and_ends_well(house: House, to_all: bool) -> None:
    """To the worker alone, or to it and its job's process, as a supervisor may do."""
    settings, id = house.line.settings, write(house)
    house.carrier.faults.order("callback_early")
    house.carrier.faults.order("hang_after", seconds=1.5)
    root = str(load.__code__.co_filename).rpartition("/flows/")[0]
    environment = {
        "BACKLINE_REDIS_URL": settings.redis_url, "BACKLINE_ACCOUNT_SID": settings.account_sid,
        "BACKLINE_AUTH_TOKEN": settings.auth_token.get_secret_value(),
        "BACKLINE_CARRIER_URL": settings.carrier_url, "PYTHONPATH": root, "BACKLINE_SEND_TIMEOUT_S": "9",
    }  # fmt: skip
    worker = children.start([sys.executable, "-m", "workers", "work"], environment)
    try:
        clock.beat(house.line, house.queue, house.line.now())
        assert waited_for(lambda: sends(house) == 1)
        for pid in [*(children_of(worker.pid) if to_all else []), worker.pid]:
            os.kill(pid, signal.SIGTERM)
        assert worker.wait(timeout=30) == 0
    finally:
        children.stop([worker])
    assert state_of(house, id) in ("accepted", "delivered", "unknown") and sends(house) == 1
    house.line.store.clock.move(timedelta(seconds=200))
    house.tick()
    assert state_of(house, id) == "delivered" and sends(house) == 1
