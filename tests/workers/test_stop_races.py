"""STOP against a due reminder, a thousand times: no POST begins after the STOP was answered (DESIGN §4)."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from hotline.channels import sms
from hotline.conversation import take_turn
from hotline.line import Line
from hotline.outbound import Message, Outbound, Receipt
from hotline.settings import Settings
from tests.hotline.phone.lines import ACCOUNT
from tests.workers.conftest import House
from tests.workers.installation import Installation
from workers import delivery

INTERLEAVINGS, AT_ONCE = 1000, 8


class Watched(Outbound):
    """The real way to the carrier, and when each POST began."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.began: dict[str, float] = {}

    def send(self, message: Message, now: datetime) -> Receipt:
        """As the sender does, after a look at the clock."""
        self.began[message.id] = time.monotonic()
        return super().send(message, now)


@dataclass(frozen=True)
class Race:
    """A line whose reminders and STOPs are let loose on each other."""

    line: Line
    sender: Watched

    def run(self, id: str, person: str, dice: random.Random, pool: ThreadPoolExecutor) -> float:
        """When the STOP was answered, the text being sent meanwhile at a moment of chance."""
        sending = pool.submit(self._deliver, id, dice.uniform(0, 0.03))
        time.sleep(dice.uniform(0, 0.03))
        form = {"MessageSid": f"SM{id}", "From": person, "To": ACCOUNT.text_sender, "Body": "STOP"}
        reply = take_turn(self.line, sms, sms.read(form), self.line.now())
        answered = time.monotonic()
        assert reply
        sending.result()
        return answered

    def _deliver(self, id: str, wait_s: float) -> None:
        time.sleep(wait_s)
        delivery.deliver(self.line, id)


@pytest.fixture
def race(house: House) -> Iterator[Race]:
    settings = house.line.settings.model_copy(update={"text_segments_per_s": 1e6, "send_timeout_s": 4.0})
    sender = Watched(settings)
    house.line.settings.text_segments_per_s = 1e6
    yield Race(replace(house.line, sender=sender), sender)


def test_no_post_begins_after_the_stop_was_answered(
    house: House, race: Race, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Both outcomes happen; who is texted was texted before the answer, and never after."""
    texts = Installation(house.line, tmp_path_factory.mktemp("unused"))
    written = [texts.write("reminder") for _ in range(INTERLEAVINGS)]
    for _, person in written[::7]:
        house.carrier.faults.order("hang_after", to=person, seconds=0.1)

    def one(place: int) -> float:
        return race.run(*written[place], random.Random(place), pool)

    with ThreadPoolExecutor(AT_ONCE) as pool, ThreadPoolExecutor(AT_ONCE) as people:
        answered = list(people.map(one, range(INTERLEAVINGS)))
    late = [id for (id, _), at in zip(written, answered, strict=True) if race.sender.began.get(id, 0.0) > at]
    assert late == []
    sent = [id for id, _ in written if id in race.sender.began]
    assert 0.05 * INTERLEAVINGS < len(sent) < 0.95 * INTERLEAVINGS, "both must have been seen"
    for id, _ in written:
        stored = house.line.store.outbox.read(id)
        assert stored is not None and (stored.state == "dropped") == (id not in race.sender.began), stored
