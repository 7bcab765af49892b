"""A conversation as data: `tests/transcripts/*.txt`, read and played on the line as it is.

    # what a person would see                    the first line
    channels: sms                                only where a transcript belongs to one channel
    desk: open | phones | shut                   nurses are on duty all day, with phones that ring, or not now
    address: whatsapp:+12125550171               whose it is
    > begin                                      BACK by text; a call, and the wait until the questions start
    > no | yes | not sure | 3 | 1,7 | none | 40  an answer, sent as the channel sends it
    > text: STOP     > keys: 9     > silence     what only one channel can do; also picture, call, hang up,
    > say: yes       > ring        > nurse       words; a nurse's phone rings in vain; a nurse takes the call
    > pick up        > machine                   the check-in call of that day is answered, by whom
    > pick up at 12:30                           likewise, and it comes at that hour of theirs
    > reminder                                   the next text of the programme leaves, on its day
    > message        > no message                spoken after the tone, or nothing
    > wait 11 minutes                            the clock moves on and looks
    < [WELCOME] [ask_heart]                      the keys of what is said; (nothing) where nothing is
    = urgent_today: limbs_weak                   how it ends, by which rules or `floor heart`; or `unfinished`

On both channels `<` leaves out what only one of them adds (END, S_SAFETY, ...). May not: know what is
right."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.enrolment import Enrolment
from flows.programme import Due, next_due, sent
from flows.protocol import Kind, Medium
from flows.vignettes import UNSURE, Given
from hotline import zones
from hotline.conversation import wake
from hotline.line import Line
from hotline.playing import Caller, Texter
from hotline.store import keys

NOON = datetime(2027, 1, 11, 17, tzinfo=UTC)
ONE_CHANNEL_ADDS = frozenset(
    "HOW MENU_SPANISH MENU END END_SELF_CARE NUMBER_KEYS S_SAFETY optin CALLBACK_ASK C_CLOSED "
    "TEXT_OFFER".split()
)
MISSED = frozenset(("WRONG_KEY", "SILENT_1", "SILENT_2"))  # what NOT_UNDERSTOOD is by text
HALF = re.compile(r"^ask_(\w+)_1$")
LATER_HALF = re.compile(r"^(ask_\w+_2|more_\w+)$")
PICK_UP_AT = re.compile(r"^pick up at (\d\d:\d\d)$")
WAIT = re.compile(r"^wait (\d+) (seconds|minutes|hours|days)$")


class BadTranscript(ValueError):
    """A line of a transcript that means nothing, or a step without its expectation."""


@dataclass
class Step:
    """One thing heard, and what must follow. None: nothing is expected of it, which is a fault."""

    heard: str
    line: int
    said: list[str] | None = None
    ends: str | None = None


@dataclass
class Transcript:
    """One file."""

    name: str
    title: str
    channels: tuple[Medium, ...] = (Medium.sms, Medium.voice)
    desk: str = ""
    address: str = ""
    steps: list[Step] = field(default_factory=list)


def read_transcript(path: Path) -> Transcript:
    """The transcript of a file. BadTranscript: a line that means nothing, a step with no expectation."""
    lines = path.read_text(encoding="utf-8").splitlines()
    script = Transcript(path.stem, lines[0].removeprefix("#").strip())
    for number, line in enumerate(lines[1:], 2):
        if line.strip() and not line.startswith("#"):
            _read_line(script, line, number)
    for step in script.steps:
        if step.said is None and step.ends is None:
            raise BadTranscript(
                f"{path.name}:{step.line}: nothing is expected of `> {step.heard}`: add `<` or `=`"
            )
    if not any(step.ends for step in script.steps):
        raise BadTranscript(f"{path.name}: a transcript says how it ended: add `=`")
    return script


def _read_line(script: Transcript, line: str, number: int) -> None:
    sign, _, rest = line.partition(" ")
    if sign == ">":
        script.steps.append(Step(rest.strip(), number))
    elif sign == "<":
        script.steps[-1].said = re.findall(r"\[(\w+)\]", rest)
    elif sign == "=":
        script.steps[-1].ends = rest.strip()
    elif sign == "channels:":
        script.channels = tuple(Medium(word) for word in rest.split())
    elif sign == "desk:":
        script.desk = rest.strip()
    elif sign == "address:":
        script.address = rest.strip()
    else:
        raise BadTranscript(f"{script.name}.txt:{number}: a line begins with >, <, =, # or a header")


class Player:
    """Plays a transcript through one channel, and tells what the line recorded of each step."""

    def __init__(self, line: Line, script: Transcript, medium: Medium) -> None:
        self.line, self.script, self.medium = line, script, medium
        self.person = self._somebody(medium)
        self.other: Texter | Caller | None = None  # the same phone, by the other channel
        self.seen: dict[int, str] = {}
        self.left: list[str] = []  # texts of the programme that left in this step
        self.news()  # what other contacts of this shard left

    def news(self) -> list[dict[str, str]]:
        """What was recorded of this person since the last look."""
        contact = self.person.contact
        shard = keys.TAGS.index(keys.tag_of(contact))
        events = self.line.store.turns.events(shard, self.seen.get(shard, "0"))
        if events:
            self.seen[shard] = events[-1][0]
        return [event for _, event in events if event["contact"] == contact]

    def take(self, step: Step) -> tuple[list[str], str]:
        """Plays a step: the keys of what was said, and how the encounter ended ("" where it did not)."""
        self._act(step.heard)
        events = self.news()
        said = [key for event in events for key in event.get("said", "").split(",") if key]
        said, self.left = [*said, *self.left], []
        ends = [_ending(event, self._reason()) for event in events if "level" in event]
        return self._alike(said), ends[-1] if ends else ""

    def _alike(self, said: list[str]) -> list[str]:
        if len(self.script.channels) == 1:
            return said
        said = [HALF.sub(r"ask_\1", key) for key in said if not LATER_HALF.match(key)]
        return ["NOT_UNDERSTOOD" if key in MISSED else key for key in said if key not in ONE_CHANNEL_ADDS]

    def _reason(self) -> str:
        session = self.person.session
        return session.reason if session else ""

    def _act(self, heard: str) -> None:
        word, _, rest = heard.partition(": ")
        acts: dict[str, Callable[[], object]] = {
            "begin": self.person.begin,
            "text": lambda: self._texter().text(rest),
            "picture": lambda: self._texter().text("", NumMedia="1"),
            "keys": lambda: self._caller().press(rest),
            "silence": lambda: self._caller().wait(),
            "call": lambda: self._caller().dial(),
            "pick up": lambda: self._reminded("human"),
            "machine": lambda: self._reminded("machine_end_beep"),
            "reminder": lambda: self.left.append(self._leaves(self._texter()).text),
            "hang up": lambda: self._caller().hang_up(),
            "say": lambda: self._caller().speak(rest),
            "ring": lambda: self._caller().nobody_answers(),
            "nurse": lambda: self._caller().nurse_takes_it(),
            "message": lambda: self._caller().leave(),
            "no message": lambda: self._caller().leave(0),
        }
        if word in acts:
            acts[word]()
        elif hour := PICK_UP_AT.match(heard):
            self._reminded("human", hour[1])
        elif wait := WAIT.match(heard):
            self.person.at += timedelta(**{wait[2]: int(wait[1])})
            wake(self.line, self.person.contact, self.person.at)
        else:
            self._answer(heard)

    def _reminded(self, by: str, hour: str = "") -> None:
        """It is the time of the next check-in, whose call is answered.

        hour: when it must come, by the clock of the only zone they may be in; "" = any."""
        person = self._caller()
        assert self._leaves(person).asks, "no check-in is to come"
        if hour:
            enrolment = Enrolment.decode(self.line.store.turns.read(person.contact).enrolment)
            (zone,) = zones.named(enrolment.zones)
            assert f"{person.at.astimezone(zone):%H:%M}" == hour
        person.pick_up(by)

    def _leaves(self, person: Texter | Caller) -> Due:
        """The time of the next step has come, and it leaves."""
        store, plan = self.line.store, self.line.protocol.programme
        state = store.turns.read(person.contact)
        enrolment = Enrolment.decode(state.enrolment)
        due = next_due(plan, enrolment, person.at, zones.named(enrolment.zones), self.line.window)
        assert due is not None and due.text, "nothing is to come"
        person.at, after = due.at, sent(plan, enrolment, due, due.at)
        assert after is not None
        store.due.step(person.contact, state.version, after.encode(), None, (), (), (), due.at)
        return due

    def _answer(self, heard: str) -> None:
        question = self.person.question
        if question is None:
            raise BadTranscript(f"{self.script.name}: `> {heard}` answers nothing: no question is open")
        if heard in ("yes", "no", "not sure"):
            told = Given({"not sure": UNSURE}.get(heard, heard))
        elif question.kind is Kind.list:
            told = Given(choices=() if heard == "none" else tuple(int(key) for key in heard.split(",")))
        else:
            told = Given(number=int(heard))
        self.person.give(told, question)
        session = self.person.session
        if session is not None and session.part > 1 and self.person.question == question:
            self.person.give(told, question)  # the second half of a spoken list

    def _texter(self) -> Texter:
        person = self.person if isinstance(self.person, Texter) else self._change(Medium.sms)
        assert isinstance(person, Texter)
        return person

    def _caller(self) -> Caller:
        person = self.person if isinstance(self.person, Caller) else self._change(Medium.voice)
        assert isinstance(person, Caller)
        return person

    def _change(self, medium: Medium) -> Texter | Caller:
        """The same phone goes on by the other channel."""
        assert len(self.script.channels) == 1, "it changes channels: say by `channels:` on which it begins"
        other = self.other or self._somebody(medium, self.person.address)
        other.at = self.person.at
        self.person, self.other = other, self.person
        return other

    def _somebody(self, medium: Medium, address: str = "") -> Texter | Caller:
        kind = Texter if medium is Medium.sms else Caller
        return kind(self.line, NOON, address or self.script.address)


def _ending(event: dict[str, str], reason: str) -> str:
    """The level and why: the rules that fired, else the question whose floor was set, else nothing."""
    why = (
        " ".join(event["rules"].split(",")) if event["rules"] else f"floor {reason}" if reason else "nothing"
    )
    return f"{'' if event['finished'] == '1' else 'unfinished '}{event['level']}: {why}"
