"""Any person at all: texts, keys, silences, duplicates, hang-ups, pictures, waiting, in any order.

Whatever they do, no session gets stuck, nothing told is lost, and the carrier takes each reply."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from flows.protocol import Level, Medium
from flows.rules import judge
from flows.session import Session, Stage
from hotline.channels import Inbound, sms, voice
from hotline.conversation import Channel, take_turn, wake
from hotline.errors import StoreAway
from hotline.line import Line, open_line
from hotline.phone.twiml import Verb, read_twiml
from hotline.settings import Settings

MOST_BYTES = 16_000
NUMBERS = itertools.count(1)
TEXTS = (
    *(
        "YES",
        "NO",
        "NOT SURE",
        "1",
        "2",
        "3",
        "4",
        "0",
        "5",
        "8",
        "40",
        "67",
        "16",
        "1,6",
        "3 7",
        "none",
        "NOT TRIED",
    ),
    *(
        "BACK",
        "NEW",
        "SAME",
        "GO",
        "JOIN",
        "START",
        "STOP",
        "HELP",
        "ADVICE",
        "MORE",
        "A3",
        "A20",
        "CALL",
        "TEXT",
        "ES",
    ),
    *(
        "my foot is numb",
        "no but my leg is weak",
        "I can't pee",
        "chest pain",
        "no chest pain",
        "call an ambulance",
    ),
    *(
        "I fell yesterday",
        "maybe a fever",
        "I want to die",
        "I want to die and have chest pain",
        "stop texting me",
    ),
    *(
        "STOP, my leg is numb",
        "thanks",
        "nurse",
        "my mom has back pain",
        "I took too many pills",
        "911",
        "?",
        "\x00\ud83d",
    ),
    *("who is this", "I meant yes", "banana", "👍", "no " * 300, "<b>&amp;</b>", "EN", "more", "he hit me"),
)
KEYS = (
    *(
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "9",
        "0",
        "*",
        "#",
        "911",
        "11",
        "40#",
        "67#",
        "16#",
        "#",
        "0#",
        "12#",
    ),
    *("56#", "6#", "999#", "*9", "*0", "44*", "7"),
)
WAITS_S = (0.5, 3, 40, 700, 3700, 4300, 3 * 3600, 25 * 3600, 8 * 86_400)


class Anybody(RuleBasedStateMachine):
    """One contact and their phone; `least` is the level of everything that they told."""

    line: Line

    def __init__(self) -> None:
        super().__init__()
        number = next(NUMBERS)
        self.address = f"+1202556{number % 10_000:04}{number // 10_000 or ''}"
        self.contact = self.line.sealer.contact_of(self.address)
        self.now = datetime(2027, 1, 11, 15, tzinfo=UTC)
        self.count = 0
        self.call, self.turn = "", 0
        self.last: tuple[str, dict[str, str], int, bytes] | None = None
        self.least, self.unfinished, self.encounter, self.asked_at = Level.self_care, False, 0, 0.0
        self.told_level, self.told_at = Level.self_care, 0

    # what they do

    @rule(body=st.sampled_from(TEXTS), wait_s=st.sampled_from((0.5, 5, 5, 5, 30)))
    def text(self, body: str, wait_s: float) -> None:
        self._text({"Body": body}, wait_s)

    @rule(body=st.text(max_size=40))
    def text_anything(self, body: str) -> None:
        self._text({"Body": body}, 5)

    @rule(body=st.sampled_from(("", "look", "chest pain")))
    def send_a_picture(self, body: str) -> None:
        self._text({"Body": body, "NumMedia": "1"}, 5)

    @rule(
        body=st.sampled_from(("YES", "STOP", "chest pain STOP", "END")),
        mark=st.sampled_from(("START", "STOP", "HELP")),
    )
    def text_a_keyword_of_the_carrier(self, body: str, mark: str) -> None:
        self._text({"Body": body, "OptOutType": mark}, 5)

    @precondition(lambda self: self._question_open())
    @rule(
        answer=st.sampled_from(("YES", "NO", "1", "2", "3", "NOT SURE", "40", "0")), times=st.integers(1, 5)
    )
    def answer_some(self, answer: str, times: int) -> None:
        for _ in range(times):
            self._text({"Body": answer}, 5)

    @rule()
    def dial(self) -> None:
        self.call, self.turn = f"CA{next(NUMBERS):032x}", 0
        self._call({}, 5)

    @precondition(lambda self: self.call)
    @rule(keys=st.sampled_from(KEYS), wait_s=st.sampled_from((1, 5, 20)))
    def press(self, keys: str, wait_s: float) -> None:
        ended = keys.endswith("#") and len(keys) > 1
        self._call(
            {"Digits": keys.removesuffix("#") if ended else keys, "FinishedOnKey": "#" if ended else ""},
            wait_s,
        )

    @precondition(lambda self: self.call)
    @rule(keys=st.sampled_from(("1", "2", "3", "0#", "")), times=st.integers(2, 8))
    def press_some(self, keys: str, times: int) -> None:
        for _ in range(times):
            if not self.call:
                return  # the line hung up
            ended = keys.endswith("#")
            self._call({"Digits": keys.removesuffix("#"), "FinishedOnKey": "#" if ended else ""}, 15)

    @precondition(lambda self: self.call)
    @rule(stale=st.integers(0, 3))
    def press_in_an_old_turn(self, stale: int) -> None:
        turn, self.turn = self.turn, max(1, self.turn - stale)
        self._call({"Digits": "1"}, 5, stale=True)
        self.turn = max(turn, self.turn)

    @precondition(lambda self: self.call)
    @rule(status=st.sampled_from(("completed", "failed")))
    def hang_up(self, status: str) -> None:
        self._moves(5)
        form = {"From": self.address, "To": "+12025550111", "CallSid": self.call, "CallStatus": status}
        inbound = voice.read_status(form)
        assert inbound is not None
        take_turn(self.line, voice, inbound, self.now)

    @rule(seconds=st.sampled_from(WAITS_S))
    def wait(self, seconds: float) -> None:
        self._moves(seconds)
        wake(self.line, self.contact, self.now)

    @precondition(lambda self: self.last)
    @rule()
    def the_carrier_repeats_itself(self) -> None:
        assert self.last is not None
        send, form, turn, before = self.last
        state = self.line.store.turns.read(self.contact)
        inbound = sms.read(form) if send == "sms" else voice.read(form, turn)
        again = take_turn(self.line, sms if send == "sms" else voice, inbound, self.now)
        kept = self.now - self.last_at < timedelta(minutes=15)
        assert again == (before if kept else b"")
        assert self.line.store.turns.read(self.contact) == state

    # what must hold

    @invariant()
    def nothing_told_is_lost_and_nothing_is_stuck(self) -> None:
        session = self._session()
        if session is None:
            return
        assert len(session.encode()) < 1000
        assert session.stage is not Stage.lapsed and session.stage is not Stage.checkin
        standing = session.back_to if session.stage not in RESTING else session.stage
        assert standing in RESTING, (session.stage, session.back_to)
        if standing is Stage.asking:
            assert session.asked >= 0
            assert sum(told != -2 for told in session.answers) <= 12
        self._weigh(session)

    def _weigh(self, session: Session) -> None:
        """What was told never sinks within an encounter, nor when an unfinished one of the day begins again;
        a level that was told stands for a day."""
        level = judge(self.line.protocol, session).level if session.unfinished else session.level
        goes_on = session.encounter == self.encounter or self.now.timestamp() - self.asked_at < 24 * 3600
        if self.unfinished and goes_on:
            ended = session.encounter != self.encounter and session.told_at > self.told_at
            stands = session.told_level if ended else level  # it was told before the next one began
            assert stands >= self.least, (level, self.least, session)
        if self.now.timestamp() - self.told_at < 24 * 3600:
            assert session.told_level >= self.told_level, session
        self.least, self.unfinished, self.encounter = level, session.unfinished, session.encounter
        self.told_level, self.told_at, self.asked_at = session.told_level, session.told_at, session.asked_at

    # how

    def _session(self) -> Session | None:
        state = self.line.store.turns.read(self.contact)
        return Session.decode(state.session) if state.session else None

    def _question_open(self) -> bool:
        session = self._session()
        return session is not None and session.stage is Stage.asking and session.medium is Medium.sms

    def _moves(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def _take(self, channel: Channel, inbound: Inbound) -> bytes:
        """One turn; where this machine is too busy for it, the carrier tries again, as it would."""
        try:
            return take_turn(self.line, channel, inbound, self.now)
        except StoreAway:
            return take_turn(self.line, channel, inbound, self.now)

    def _text(self, fields: dict[str, str], wait_s: float) -> None:
        self._moves(wait_s)
        self.count += 1
        form = {"From": self.address, "To": "+12025550100", "MessageSid": f"SM{self.count:032x}"} | fields
        body = self._take(sms, sms.read(form))
        assert len(body) < MOST_BYTES
        read_twiml("sms", body, "text/xml")
        if b"took this number off" in body:  # random words came near enough to "wrong number"
            self.least, self.unfinished, self.told_level = Level.self_care, False, Level.self_care
        self.last, self.last_at = ("sms", form, 0, body), self.now

    def _call(self, fields: dict[str, str], wait_s: float, *, stale: bool = False) -> None:
        self._moves(wait_s)
        form = {"From": self.address, "To": "+12025550111", "CallSid": self.call} | fields
        body = self._take(voice, voice.read(form, self.turn))
        assert len(body) < MOST_BYTES
        if not body:
            assert stale, "only the replay of an hour ago may get nothing"
            return
        verbs = read_twiml("voice", body, "text/xml")
        self.last, self.last_at = ("voice", form, self.turn, body), self.now
        gathers = [verb for verb in verbs if verb.name == "Gather"]
        assert gathers or verbs[-1].name == "Hangup"
        if not gathers:
            self.call = ""
        else:
            assert _words(gathers[0]), "a caller must never wait in silence"
            self.turn = int(gathers[0].attributes["action"].rpartition("/")[2])


RESTING = (Stage.idle, Stage.asking, Stage.told)


def _words(verb: Verb) -> str:
    return " ".join(child.text for child in verb.children)


@pytest.fixture(scope="module")
def line(redis_url: str) -> Iterator[Line]:
    line = open_line(
        Settings(redis_url=redis_url, desk_days="0-6", desk_from="00:00", desk_until="23:59", stop_wait_s=0)
    )
    yield line
    line.store.close()


def test_whatever_a_person_does_nothing_is_lost_and_nothing_gets_stuck(line: Line, long_run: bool) -> None:
    Anybody.line = line
    examples = 1500 if long_run else 180
    run_state_machine_as_test(
        Anybody,
        settings=settings(
            max_examples=examples, stateful_step_count=40, deadline=None,
            suppress_health_check=list(HealthCheck), derandomize=not long_run, database=None,
        ),
    )  # fmt: skip
