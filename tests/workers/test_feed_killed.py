"""kill -9 while an opt-out is passed on: it goes out at least once, always with the same id.

Real workers, RQ's own forks, a real receiver. Each point three times in CI, 50 times by
`python3 dev.py check --long`."""

import os
import sys
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from hotline import opting_out
from hotline.consent import Decision, readable
from hotline.feed import telling
from tests.hotline.feed.others import SECRET, OtherProgramme
from tests.hotline.phone.lines import served
from tests.workers.installation import Installation, children_of, installation, kill, waited_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the kernel's table of processes")
TIMES = 50 if os.environ.get("BACKLINE_LONG") == "1" else 3


class Feed:
    """An installation and the other programme that it tells."""

    def __init__(self, house: Installation, other: OtherProgramme) -> None:
        self.house, self.other, self._count = house, other, 0

    def opted_out(self) -> tuple[str, str]:
        """Somebody new says no to staff: their number, and the id under which that goes out."""
        self._count += 1
        line, person = self.house.line, f"+1303556{self._count:04d}"
        contact = line.sealer.contact_of(person)
        assert opting_out.opt_out(line, contact, "staff", "staff", "Ada", line.now(), person)
        (entry,) = readable(line.store.turns.ledger(contact))
        return person, telling.public_id(contact, entry)

    def got(self, person: str) -> list[str]:
        """The ids under which the other programme heard of them."""
        return [told["id"] for told in self.other.got if told["number"] == person]

    def lines(self, person: str) -> int:
        """How often their ledger says that it was passed on."""
        line = self.house.line
        entries = readable(line.store.turns.ledger(line.sealer.contact_of(person)))
        return sum(entry.decision is Decision.passed_on for entry in entries)


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Feed]:
    other = OtherProgramme()
    with installation(tmp_path_factory.mktemp("orders")) as house, served(other.app()) as url:
        house.line.settings.optout_feed_url = f"{url}/feed"
        house.line.settings.optout_feed_secret = SecretStr(SECRET)
        yield Feed(house, other)


@pytest.mark.parametrize(("point", "times"), [("claimed", 1), ("answered", 2), ("recorded", 1)])
def test_whoever_is_killed_the_other_programmes_hear_of_it_under_one_id(
    feed: Feed, point: str, times: int
) -> None:
    """Before the request, after its answer and before the record, after the record."""
    for _ in range(TIMES):
        feed.house.hire(1)
        feed.house.order(point)
        person, id = feed.opted_out()
        feed.house.hit(point)
        assert feed.house.settled(id) == "delivered"
        assert feed.got(person) == [id] * times
        assert feed.lines(person) == 1


def test_killed_while_the_other_side_thinks_it_is_told_once_more(feed: Feed) -> None:
    for _ in range(TIMES):
        feed.house.hire(1)
        feed.other.wait_s = 1.0
        person, id = feed.opted_out()
        assert waited_for(feed.got, person)
        for pid in children_of(feed.house.workers[0].pid):
            kill(pid)
        feed.other.wait_s = 0.0
        assert feed.house.settled(id) == "delivered"
        assert feed.got(person) == [id] * 2 and feed.lines(person) == 1
    assert feed.other.forged == 0
