"""The demo played through by itself: a text encounter, a call, a JOIN and the check-in of the day after.

A person's side only: it uses the demo's phone over HTTP, as a hand on the page would, and knows the line by
what it says. Prints the exchange as the transcripts do: `>` what the person did, `<` what the line said.

May use: the standard library, flows (to know a text by its key). May not: import the phone, line or Redis.
"""

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from typing import Any
from zoneinfo import ZoneInfo

from flows.load import load
from flows.protocol import Medium, Protocol
from flows.wording import PLACEHOLDER, wording
from hotline.errors import BackLineError
from hotline.settings import Settings

TEXTER, CALLER = "+12025550123", "+12025550145"
HOME = ZoneInfo("America/New_York")
"""Where numbers of that area code live: check-ins come at ten in the morning there."""
ANSWER_WITHIN_S = 15.0
BETWEEN_ANSWERS_S = 5
"""A text within two seconds of our question belongs to the question before: nobody reads that fast."""
CLOCK_SEEN_WITHIN_S = 0.4
"""Each process looks at the moved clock five times a second; before that it would take us for too fast."""
WORKER_WITHIN_S = 12.0
HOURS_TO_TRY = 6
"""Should nothing come at ten, the clock moves on by an hour, so many times at most."""

TEXTS = [  # what the person texts, and the text that must come back
    ("BACK", "ask_heart"),
    ("no", "ask_vessel"),
    ("no", "ask_saddle"),
    ("no", "ask_limbs"),
    ("1", "ask_injury"),
    ("1", "ask_fever"),
    ("1", "ask_risks"),
    ("0", "ask_age"),
    ("40", "ask_pain"),
    ("4", "ask_time"),
    ("1", "S"),
]
KEYS = [  # None = silence: the questions start without a key
    (None, "ask_heart"),
    ("2", "ask_vessel"),
    ("2", "ask_saddle"),
    ("1", "E_SPINE"),
]

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""This machine only: a proxy of the shell has no say."""


class StepMissing(BackLineError):
    """The demo did not do what it should. The message names the step."""


def rehearse(phone_url: str, check: Callable[[], None]) -> None:
    """Plays the whole demo and prints it.

    check: raises BackLineError when a process of the demo ended.
    Raises StepMissing with the step that did not happen.
    """
    play = Rehearsal(Phone(phone_url), load(Settings().protocol_folder), check)
    for part in (play.texts, play.calls, play.joins, play.checks_in):
        part()


def answers(url: str) -> bool:
    """Whether that address answers well now."""
    try:
        with _OPENER.open(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@dataclass(frozen=True, slots=True)
class Phone:
    """The demo's phone over HTTP; the shapes stand in hotline/phone/__init__.py."""

    url: str

    def do(self, act: str, **asked: object) -> dict[str, Any]:
        """One act of a person. Raises StepMissing when the phone refuses or does not answer."""
        body = json.dumps(asked).encode("utf-8")
        return self._ask(
            act, urllib.request.Request(self._at(act), body, {"Content-Type": "application/json"})
        )

    def see(self, what: str, **asked: str) -> dict[str, Any]:
        """One look at the phone. Raises StepMissing likewise."""
        return self._ask(what, urllib.request.Request(f"{self._at(what)}?{urllib.parse.urlencode(asked)}"))

    def _at(self, name: str) -> str:
        return f"{self.url}/phone/api/{name}"

    def _ask(self, name: str, request: urllib.request.Request) -> dict[str, Any]:
        try:
            with _OPENER.open(request, timeout=ANSWER_WITHIN_S) as reply:
                return dict(json.load(reply))
        except urllib.error.HTTPError as refused:
            with refused:
                raise StepMissing(f"the phone refused {name}: {refused.read().decode('utf-8')}") from refused
        except (OSError, ValueError) as fault:
            raise StepMissing(f"the phone did not answer {name}: {fault}") from fault


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The four parts, in order. Each raises StepMissing with the step that did not happen."""

    phone: Phone
    protocol: Protocol
    check: Callable[[], None]

    def texts(self) -> None:
        """One encounter by text, to its disposition."""
        _title("A text encounter")
        for body, key in TEXTS:
            self._text(body, key)

    def calls(self) -> None:
        """One call by keypad: a danger sign ends the questions at once."""
        _title("A call")
        call, heard = self.phone.do("dial", **{"from": CALLER}), 0
        heard = _tell_call(call, heard)
        for key, expected in KEYS:
            self._pause()
            act = ("press", {"key": key}) if key else ("wait", {})
            call = self.phone.do(act[0], call=call["sid"], **act[1])
            said = [entry["text"] for entry in call["transcript"][heard:] if entry["who"] == "line"]
            heard = _tell_call(call, heard)
            self._expect(expected, said, Medium.voice, f"the call: after {key or 'silence'}")
        self.phone.do("hangup", call=call["sid"])

    def joins(self) -> None:
        """The opt-in, with its confirmation."""
        _title("JOIN")
        self._text("JOIN", "optin_confirm")

    def checks_in(self) -> None:
        """A day later the worker sends the check-in through the carrier, and the person answers it."""
        _title("A day later")
        seen = len(self._thread())
        self._move(self._until_tomorrow_at_ten())
        fresh = self._wait_for_texts(seen)
        for _ in range(HOURS_TO_TRY):
            if not fresh:
                self._move(timedelta(hours=1))
                fresh = self._wait_for_texts(seen)
        _tell("<", *fresh)
        self._expect("checkin", fresh, Medium.sms, "the check-in of day 1")
        self._text("1", "better")

    def _text(self, body: str, key: str) -> None:
        """One text of the person, and the line's answer to it."""
        self._pause()
        self.check()
        _tell(">", body)
        exchange = self.phone.do("text", body=body, **{"from": TEXTER})
        _tell("<", *exchange["replies"])
        if exchange["code"] or exchange["fallback"]:
            raise StepMissing(f"the line did not answer {body}: {exchange['fault']}")
        self._expect(key, exchange["replies"], Medium.sms, f"the text {body}")

    def _expect(self, key: str, said: Sequence[str], medium: Medium, step: str) -> None:
        """Raises StepMissing unless the text of that key is in what was said."""
        if not self._pattern(key, medium).search("\n".join(said)):
            raise StepMissing(f'missing step: {step} should have brought the text "{key}"')

    def _pattern(self, key: str, medium: Medium) -> re.Pattern[str]:
        """A text as the line says it, whatever stands for its placeholders."""
        text = self.protocol.languages["en"].texts[key]
        raw = wording(text, medium) or wording(text, Medium.sms) or ""
        return re.compile(".+".join(re.escape(part) for part in PLACEHOLDER.split(raw)[::2]))

    def _wait_for_texts(self, seen: int) -> list[str]:
        """What came by itself since; empty when nothing did in the time a worker needs."""
        deadline = time.monotonic() + WORKER_WITHIN_S
        while True:
            self.check()
            fresh = [message["body"] for message in self._thread()[seen:] if message["direction"] == "out"]
            if fresh or time.monotonic() > deadline:
                return fresh
            time.sleep(0.25)

    def _thread(self) -> list[dict[str, Any]]:
        return list(self.phone.see("thread", number=TEXTER)["messages"])

    def _pause(self) -> None:
        """The time a person needs to read, on the demo's own clock, until every process has seen it."""
        self.phone.do("clock", seconds=BETWEEN_ANSWERS_S)
        time.sleep(CLOCK_SEEN_WITHIN_S)

    def _until_tomorrow_at_ten(self) -> timedelta:
        """How far it is to a little after ten on the person's next day, whatever the time is now."""
        now = datetime.fromisoformat(self.phone.see("clock")["now"]).astimezone(HOME)
        tomorrow = datetime.combine(now.date() + timedelta(days=1), time_of_day(10, 5), HOME)
        # Through UTC: the difference of two local times ignores a change of the clocks in between.
        return tomorrow.astimezone(UTC) - now.astimezone(UTC)

    def _move(self, by: timedelta) -> None:
        now = datetime.fromisoformat(self.phone.do("clock", seconds=by.total_seconds())["now"]).astimezone(
            HOME
        )
        print(f"= the clock is moved on to {now:%A %d %B %H:%M} where the person lives", flush=True)


def _title(words: str) -> None:
    print(f"\n# {words}", flush=True)


def _tell(sign: str, *texts: str) -> None:
    """One line of the exchange per text; further lines of a text are set in."""
    for text in texts:
        print(f"{sign} " + text.replace("\n", "\n  "), flush=True)


def _tell_call(call: dict[str, Any], heard: int) -> int:
    """Prints what is new in a call; returns how much of it has been told now."""
    for entry in call["transcript"][heard:]:
        words = entry["text"] or f"({entry['kind']})"
        _tell(">" if entry["who"] == "caller" else "<", words)
    return len(call["transcript"])
