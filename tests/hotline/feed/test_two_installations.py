"""Two installations that feed each other, by webhook and by file: everybody who said no is out at both, and
nothing goes round for ever."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from hotline import opting_out
from hotline.consent import Decision, readable
from hotline.embedded import embedded_redis
from hotline.feed import files, telling
from hotline.line import Line, open_line
from hotline.playing import STEP_S, Texter
from hotline.web import create_app
from tests.hotline.edges import settings_for
from tests.hotline.feed.others import SECRET
from tests.hotline.phone.lines import served
from workers import delivery

PEOPLE = ("+12025550131", "+12025550132", "+12025550133")


class Side:
    """One installation. told: how many requests it got from the other one."""

    def __init__(self, line: Line, folder: Path) -> None:
        self.line, self.folder, self.told = line, folder, 0

    def app(self) -> Flask:
        """Its web server, which counts."""
        app = create_app(self.line)

        @app.before_request
        def count() -> None:
            self.told += 1

        return app

    def empty(self) -> None:
        """Nobody was ever here."""
        with redis.Redis.from_url(self.line.settings.redis_url) as client:
            client.flushdb()
        self.told = 0

    def deliver(self) -> int:
        """Passes on whatever waits; how much that was."""
        ids = self.line.store.outbox.ring(self.line.now(), 100, 30.0)
        for id in ids:
            delivery.deliver(self.line, id)
        return len(ids)

    def is_out(self, person: str) -> bool:
        return self.line.store.turns.read(self.line.sealer.contact_of(person)).opted_out

    def ids(self, person: str) -> list[str]:
        """Every opt-out of the ledger, under the id that goes round."""
        contact = self.line.sealer.contact_of(person)
        ledger = readable(self.line.store.turns.ledger(contact))
        return [telling.public_id(contact, one) for one in ledger if one.decision is Decision.withdrawn]

    def own(self) -> int:
        """How many people were out first by what was said here."""
        turns = self.line.store.turns
        ledgers = [turns.ledger(self.line.sealer.contact_of(person)) for person in PEOPLE]
        return sum(entries[0].channel != telling.CHANNEL for entries in map(readable, ledgers) if entries)

    def lines(self) -> int:
        """The length of all ledgers."""
        turns = self.line.store.turns
        return sum(len(turns.ledger(self.line.sealer.contact_of(person))) for person in PEOPLE)


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    """Each with its own Redis and its own address key: they know the same people by other names."""
    with embedded_redis() as one, embedded_redis() as two:
        made = []
        for own, letter in ((one, "Y"), (two, "Z")):
            more: dict[str, Any] = {
                "address_key": SecretStr(letter * 44),
                "optout_feed_secret": SecretStr(SECRET),
            }
            folder = tmp_path_factory.mktemp("side")
            made.append(Side(open_line(settings_for(own.url, **more)), folder))
        here, there = made
        with served(here.app()) as url_here, served(there.app()) as url_there:
            here.line.settings.optout_feed_url = f"{url_there}/optouts"
            there.line.settings.optout_feed_url = f"{url_here}/optouts"
            yield here, there
        here.line.store.close()
        there.line.store.close()


def say_stop(sides: tuple[Side, Side], place: int, person: str) -> None:
    line = sides[place].line
    Texter(line, line.now() - timedelta(seconds=STEP_S), person).text("STOP")


def tell_staff(sides: tuple[Side, Side], place: int, person: str) -> None:
    line = sides[place].line
    opting_out.opt_out(line, line.sealer.contact_of(person), "staff", "staff", "Ada", line.now(), person)


def deliver(sides: tuple[Side, Side], place: int, person: str) -> None:
    sides[place].deliver()


def hand_over_a_file(sides: tuple[Side, Side], place: int, person: str) -> None:
    giver, taker = sides[place], sides[1 - place]
    path = giver.folder / "optouts.csv"
    files.export_to(giver.line, path, giver.line.now())
    assert files.import_from(taker.line, path, taker.line.now()).refused == []


MOVES = st.tuples(
    st.sampled_from((say_stop, tell_staff, deliver, hand_over_a_file)),
    st.integers(0, 1),
    st.sampled_from(PEOPLE),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(MOVES, min_size=1, max_size=8))
def test_whatever_is_said_where_both_know_it_in_the_end_and_nothing_echoes(
    sides: tuple[Side, Side], moves: list[Any]
) -> None:
    for side in sides:
        side.empty()
    for move, place, person in moves:
        move(sides, place, person)
    here, there = sides
    rounds = 0
    while here.deliver() + there.deliver():
        rounds += 1
        assert rounds <= 1, "what was passed on came back"
    for person in PEOPLE:
        assert here.is_out(person) == there.is_out(person)
        for side in sides:
            assert len(side.ids(person)) == len(set(side.ids(person))), "one line an id"
    assert (here.told, there.told) == (there.own(), here.own()), "each is told once, and never of its own"
    # Files may go to and fro as often as they like: once both have all, nothing is written any more.
    for place in (0, 1, 0):
        hand_over_a_file(sides, place, "")
    length, told = (here.lines(), there.lines()), (here.told, there.told)
    for place in (0, 1):
        hand_over_a_file(sides, place, "")
    assert here.deliver() + there.deliver() == 0
    assert ((here.lines(), there.lines()), (here.told, there.told)) == (length, told)
