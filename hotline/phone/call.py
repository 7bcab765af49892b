"""Plays one call as the carrier does: verb after verb on the call's own clock, until one side ends it.

May use: twiml, and the two functions it is given (ask the line, tell that it ended). May not: sleep, read a
clock, reach the network itself. Not safe for threads: Carrier holds one lock per call."""

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from urllib.parse import urljoin

from hotline.phone.twiml import Verb
from hotline.phone.webhooks import Answer

WORDS_PER_MINUTE = 150
PLAY_S = 5.0
DIAL_S = 60.0
RECORD_S = 10.0
KEY_S = 0.5
# A line that sends a caller in a circle without a word would never end.
SILENT_STEPS = 100
SORRY = "An application error has occurred. Goodbye."
KEYS = "0123456789*#"

State = Literal["listening", "connected", "recording", "ended"]
Who = Literal["line", "caller", "carrier"]
Ask = Callable[[str, Mapping[str, str], str], Answer]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a call's transcript. `at_s`: seconds of the call at which it began."""

    who: Who
    kind: str
    text: str
    language: str | None
    at_s: float


@dataclass(slots=True)
class Listening:
    """A Gather under way, with the keys so far."""

    verb: Verb
    # When the last prompt inside it ends; keys before that cut it short.
    prompt_ends_s: float
    keys: str = ""

    @property
    def finish_on_key(self) -> str:
        """The key that ends it; "" for none."""
        return self.verb.get("finishOnKey", "#")

    @property
    def num_digits(self) -> int | None:
        """How many keys end it; None for no limit."""
        return self.verb.whole("numDigits", 0) or None

    @property
    def timeout_s(self) -> int:
        """How long it waits for the next key."""
        return self.verb.whole("timeout", 5)

    @property
    def hears(self) -> list[str]:
        """ "dtmf", "speech" or both."""
        return self.verb.get("input", "dtmf").split()


@dataclass(slots=True)
class Call:
    """One call. `press`, `speak`, `wait`, `hang_up` are what a caller can do; each plays to the next wait."""

    sid: str
    from_: str
    to: str
    started_at: datetime
    url: str
    ask: Ask
    ended: Callable[["Call"], None]
    # What a dialled number does: completed, busy, no-answer, failed.
    dial_outcome: str = "completed"
    direction: str = "inbound"
    state: State | None = None
    elapsed_s: float = 0.0
    transcript: list[Line] = field(default_factory=list)
    ended_by: Who | None = None
    status: str = "ringing"
    connected_to: str | None = None
    code: int | None = None
    fault: str | None = None
    listening: Listening | None = None
    _verbs: deque[Verb] = field(default_factory=deque)
    _current: Verb | None = None
    _steps: int = 0

    @property
    def duration_s(self) -> int:
        """The length the carrier bills, in whole seconds."""
        return math.ceil(self.elapsed_s)

    def start(self) -> None:
        """The line's number rings: ask it what to do and do it."""
        self._go(self.url, {})

    def press(self, keys: str) -> None:
        """Keys one after another, each once the line has answered the one before. Lost where nothing listens.

        Raises ValueError for what is not on a keypad."""
        if not keys or set(keys) - set(KEYS):
            raise ValueError(f"a keypad has {KEYS} only")
        for key in keys:
            self._tell("caller", "keys", key)
            self._key(key)

    def speak(self, words: str) -> None:
        """The caller says something; lost where the line does not ask for speech."""
        self._tell("caller", "speech", words)
        gather = self.listening
        if self.state == "listening" and gather is not None and "speech" in gather.hears:
            self.elapsed_s += _speech_s(words)
            self._act(gather.verb, {"SpeechResult": words, "Confidence": "0.9"})

    def wait(self) -> None:
        """Silence until the line stops waiting: a Gather times out, the other party or a recording ends."""
        if self.state == "listening" and self.listening is not None:
            self._tell("caller", "silence", "")
            self._time_out(self.listening)
        elif self.state == "connected":
            self._end_dial("completed", DIAL_S)
        elif self.state == "recording":
            self._end_recording("")

    def hang_up(self) -> None:
        """The caller hangs up. No action URL is asked any more, only the status callback follows."""
        if self.state != "ended":
            self._tell("caller", "hangup", "")
            self._end("caller")

    # What the caller does to a Gather

    def _key(self, key: str) -> None:
        if self.state == "recording" and self._current is not None:
            if key in self._current.get("finishOnKey", "1234567890*#"):
                self._end_recording(key)
            return
        gather = self.listening
        if self.state != "listening" or gather is None or "dtmf" not in gather.hears:
            return
        if gather.verb.get("bargeIn", "true") == "false":
            self.elapsed_s = max(self.elapsed_s, gather.prompt_ends_s)
        self.elapsed_s += KEY_S
        if key == gather.finish_on_key:
            return self._finish(gather, key)
        gather.keys += key
        if len(gather.keys) == gather.num_digits:
            self._finish(gather, "")

    def _time_out(self, gather: Listening) -> None:
        # The wait starts when the prompt is over, or at the last key where keys cut the prompt short.
        begun = self.elapsed_s if gather.keys else max(self.elapsed_s, gather.prompt_ends_s)
        self.elapsed_s = begun + gather.timeout_s
        self._finish(gather, "")

    def _finish(self, gather: Listening, finished_on: str) -> None:
        if gather.keys or gather.verb.get("actionOnEmptyResult", "false") == "true":
            self._act(gather.verb, {"Digits": gather.keys, "FinishedOnKey": finished_on, "msg": "Gather End"})
        else:
            # Nothing was keyed: the carrier goes on with the next verb and tells the line nothing.
            self.listening = None
            self._play_on()

    def _act(self, verb: Verb, result: Mapping[str, str]) -> None:
        self._steps = 0
        self._go(urljoin(self.url, verb.get("action", self.url)), result, verb.get("method", "POST"))

    # What the line wants

    def _go(self, url: str, result: Mapping[str, str], method: str = "POST") -> None:
        """Ask the line, then play what it answers; whatever was left of the old document is forgotten."""
        while True:
            self._steps += 1
            self.listening, self._current, self.connected_to = None, None, None
            answer = self.ask(url, {"CallStatus": self.status, **result}, method)
            self.status = "in-progress"
            self._note(answer)
            if self.state == "ended":
                return
            self.url, self._verbs = answer.url, deque(answer.verbs)
            redirect = self._play()
            if redirect is None:
                return
            url, result, method = urljoin(self.url, redirect.text), {}, redirect.get("method", "POST")

    def _note(self, answer: Answer) -> None:
        if answer.code is not None:
            self.code, self.fault = answer.code, answer.fault
            self._tell("carrier", "error", f"{answer.code}: {answer.fault}")
        if not answer.dead and self._steps > SILENT_STEPS:
            self.code, self.fault = 11215, "the line redirects in a circle: end it with words and a Hangup"
            self._tell("carrier", "error", self.fault)
        if answer.dead or self._steps > SILENT_STEPS:
            self._tell("carrier", "say", SORRY)
            self._end("carrier")

    def _play_on(self) -> None:
        self._steps = 0
        redirect = self._play()
        if redirect is not None:
            self._go(urljoin(self.url, redirect.text), {}, redirect.get("method", "POST"))

    def _play(self) -> Verb | None:
        """Play verbs until one waits or ends the call; a Redirect is handed back."""
        while self._verbs:
            verb = self._verbs.popleft()
            if verb.name == "Redirect":
                return verb
            if self._do(verb):
                return None
        # The end of a document is a hang-up.
        self._tell("line", "hangup", "")
        self._end("line")
        return None

    def _do(self, verb: Verb) -> bool:
        """One verb; True where it waits for the caller or ends the call."""
        match verb.name:
            case "Gather":
                self._listen(verb)
            case "Hangup":
                self._tell("line", "hangup", "")
                self._end("line")
            case "Reject":
                self._tell("line", "reject", verb.get("reason", "rejected"))
                self.status = "busy" if verb.get("reason", "rejected") == "busy" else "no-answer"
                self._end("line", self.status)
            case "Dial":
                return self._dial(verb)
            case "Record":
                self._current, self.state = verb, "recording"
                self._tell("line", "record", "")
            case _:
                self.elapsed_s += self._prompt(verb, self.elapsed_s)
                return False
        return True

    def _prompt(self, verb: Verb, at_s: float) -> float:
        """Say, Play or Pause: put it on the transcript; how many seconds it lasts."""
        loop = verb.whole("loop", 1) or 1
        if verb.name == "Pause":
            lasts = float(verb.whole("length", 1))
            self._tell("line", "pause", f"{lasts:g} s", at_s=at_s)
            return lasts
        if verb.name == "Play":
            self._tell("line", "play", verb.text or verb.get("digits", ""), at_s=at_s)
            return loop * (PLAY_S if verb.text else 0.5 * len(verb.get("digits", "")))
        lasts = _speech_s(verb.text)
        for again in range(loop):
            self._tell("line", "say", verb.text, verb.attributes.get("language"), at_s + again * lasts)
        return loop * lasts

    def _listen(self, verb: Verb) -> None:
        ends = self.elapsed_s
        for prompt in verb.children:
            ends += self._prompt(prompt, ends)
        self.listening, self.state = Listening(verb, ends), "listening"

    def _dial(self, verb: Verb) -> bool:
        number = next((child.text for child in verb.children), verb.text)
        self._tell("line", "dial", number)
        self._current = verb
        if self.dial_outcome == "completed":
            self.state, self.connected_to = "connected", number
            return True
        self._tell("carrier", "error", f"nobody there: {self.dial_outcome}")
        self.elapsed_s += verb.whole("timeout", 30)
        if "action" not in verb.attributes:
            return False
        # Not _act: nobody did anything, so a line that dials in a circle still counts as one.
        self._go(urljoin(self.url, verb.get("action", "")), {"DialCallStatus": self.dial_outcome})
        return True

    def _end_dial(self, outcome: str, lasted_s: float) -> None:
        verb, self.connected_to, self.state = self._current, None, None
        self.elapsed_s += lasted_s
        self._tell("carrier", "hangup", "the other party hung up")
        if verb is not None and "action" in verb.attributes:
            self._act(verb, {"DialCallStatus": outcome, "DialCallDuration": str(int(lasted_s))})
        else:
            self._play_on()

    def _end_recording(self, key: str) -> None:
        verb, self.state = self._current, None
        self.elapsed_s += RECORD_S
        result = {"RecordingSid": f"RE{self.sid[2:]}", "RecordingDuration": str(int(RECORD_S)), "Digits": key}
        if verb is not None:
            self._act(verb, result)

    # The end, and what is remembered

    def _end(self, by: Who, status: str = "completed") -> None:
        self.state, self.ended_by, self.status = "ended", by, status
        self.listening = None
        self._verbs.clear()
        self.ended(self)

    def _tell(
        self, who: Who, kind: str, text: str, language: str | None = None, at_s: float | None = None
    ) -> None:
        self.transcript.append(Line(who, kind, text, language, self.elapsed_s if at_s is None else at_s))

    def spoken(self) -> Iterator[str]:
        """The words the caller heard, in order."""
        return (line.text for line in self.transcript if line.kind == "say")


def _speech_s(words: str) -> float:
    return max(1.0, len(words.split()) * 60 / WORDS_PER_MINUTE)
