"""A whole line for the workers: a real Redis, the stand-in carrier over HTTP, a clock that the test moves."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from flows.programme import enrol
from flows.protocol import NO, Level
from hotline.consent import Decision, Entry, Purpose, record
from hotline.line import Line, open_line
from hotline.phone.app import create_phone
from hotline.phone.carrier import Carrier
from hotline.phone.clock import OwnClock
from hotline.settings import Settings
from hotline.store import Change, State
from tests.hotline.phone.lines import ACCOUNT, PERSON, served
from workers import clock, jobs

ANSWERS = {"limbs": 2, "injury": 2, "fever": 2, "risks": 1, "age": 40, "pain": 3, "time": 2}
MORNING = 10 * 60 + 30  # in New York, where the person of the tests lives


@dataclass
class House:
    """The line, its queue and the carrier, with the few moves that the tests make."""

    line: Line
    queue: Queue
    carrier: Carrier

    @property
    def contact(self) -> str:
        return self.line.sealer.contact_of(PERSON)

    def go_to(self, day: int, minute: int = MORNING) -> datetime:
        """Moves the clock to that minute of the day (New York, winter time) so many days after the first."""
        now = self.line.now()
        first = datetime(2027, 1, 11, 5, tzinfo=UTC)
        return self.line.store.clock.move(first + timedelta(days=day, minutes=minute) - now)

    def join(self, level: Level = Level.self_care, consent: bool = True) -> None:
        """The person is on the programme since now."""
        line, now = self.line, self.line.now()
        answers = [ANSWERS.get(question.id, NO) for question in line.protocol.questions]
        enrolment = enrol(line.protocol, answers, level, "en", "e", now)
        entry = record(Entry(Purpose.reminders, Decision.granted, now, "sms", "JOIN", "optin", "words"))
        address = line.sealer.seal(
            self.contact, "address", json.dumps([PERSON, ACCOUNT.text_sender]).encode()
        )
        change = Change(
            b"", enrolment=enrolment.encode(), due_at=now.timestamp(), address=address,
            ledger=(entry,) if consent else (),
        )  # fmt: skip
        line.store.turns.take(self.contact, "", lambda state: change, now)

    def change(self, **what: object) -> None:
        """A turn of the person."""
        change = Change(b"", **what)  # type: ignore[arg-type]
        self.line.store.turns.take(self.contact, "", lambda state: change, self.line.now())

    def state(self) -> State:
        return self.line.store.turns.read(self.contact)

    def tick(self, times: int = 3) -> None:
        """Beats, and the work that each beat rings, in this process."""
        for _ in range(times):
            clock.beat(self.line, self.queue, self.line.now())
            worker = SimpleWorker([self.queue], connection=self.queue.connection, serializer=JSONSerializer)
            worker.work(burst=True, logging_level="ERROR")
        self.carrier.settle(5)

    def texts(self) -> list[str]:
        """What the person's phone shows."""
        return [message.body for message in self.carrier.thread(PERSON)]

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.line.store.clock.move(timedelta(seconds=seconds))


@contextmanager
def a_house(url: str, settings: Mapping[str, object], *, pace_s: float) -> Iterator[House]:
    """A line with these settings, on that database of Redis, with a carrier of its own at that pace."""
    carrier = Carrier(ACCOUNT, pace_s=pace_s)
    with served(create_phone(carrier, None, OwnClock())) as carrier_url:
        known = Settings(
            redis_url=url, account_sid=ACCOUNT.sid, auth_token=SecretStr(ACCOUNT.auth_token),
            text_sender=ACCOUNT.text_sender, carrier_url=carrier_url,
        )  # fmt: skip
        line = open_line(known.model_copy(update=settings))
        carrier.now = line.now
        jobs.use(line)
        own = House(line, clock.queue_of(line), carrier)
        own.go_to(0)
        yield own
        line.store.close()
        own.queue.connection.close()


@pytest.fixture
def house(clean_redis: str) -> Iterator[House]:
    with a_house(clean_redis, {"send_timeout_s": 0.5, "send_threads": 4}, pace_s=0.01) as own:
        yield own
