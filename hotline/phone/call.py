"""Plays one call as the carrier does: verb after verb on the call's own clock, until one side ends it.

May use: twiml, what a call waits for, and the functions it is given (ask the line, tell that it ended, post).
May not: sleep, read a clock, reach the network itself. Not safe for threads: Carrier holds one lock per call.

A phone that the line dials is a call of its own (`Ringing.leg`), played by the same rules until its document
ends: then the two are connected."""

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from urllib.parse import urljoin

from hotline.phone.messages import new_sid
from hotline.phone.places import both_ends
from hotline.phone.twiml import Verb
from hotline.phone.waiting import Listening, Recording, Ringing
from hotline.phone.webhooks import Answer

WORDS_PER_MINUTE = 150
PLAY_S = 5.0
TALK_S = 60.0
PICK_UP_S = 6.0
MESSAGE_S = 8.0
LONGEST_MESSAGE_S = 3600.0
KEY_S = 0.5
# A line that sends a caller in a circle without a word would never end.
SILENT_STEPS = 100
SORRY = "An application error has occurred. Goodbye."
KEYS = "0123456789*#"

State = Literal["listening", "ringing", "connected", "recording", "ended"]
Who = Literal["line", "caller", "carrier", "nurse"]
Ask = Callable[[str, Mapping[str, str], str], Answer]


def _posts_nothing(url: str, told: Mapping[str, str]) -> None:
    """For a call that nobody wants to hear of."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a call's transcript. `at_s`: seconds of the call at which it began."""

    who: Who
    kind: str
    text: str
    language: str | None
    at_s: float


@dataclass(slots=True)
class Call:
    """One call. `press`, `speak`, `say_message`, `wait`, `hang_up` are what a caller can do, `pick_up` to
    `nurse_hangs_up` what the person does whom the line dials; each plays to the next wait."""

    sid: str
    from_: str
    to: str
    started_at: datetime
    url: str
    ask: Ask
    ended: Callable[["Call"], None]
    # What a dialled number does of itself: completed, busy, no-answer, failed; "" waits for its person.
    dial_outcome: str = ""
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
    recording: Recording | None = None
    ringing: Ringing | None = None
    # Of a call that the line placed: who picked up, whether that is told, and where its end is.
    answered_by: str = ""
    detects: bool = False
    status_callback: str = ""
    # Of a leg only: what the end of its document does in place of a hang-up.
    bridge: Callable[["Call"], None] | None = None
    post: Callable[[str, Mapping[str, str]], None] = _posts_nothing
    _verbs: deque[Verb] = field(default_factory=deque)
    _current: Verb | None = None
    _dialled_sid: str = ""
    _steps: int = 0

    @property
    def duration_s(self) -> int:
        """The length the carrier bills, in whole seconds."""
        return math.ceil(self.elapsed_s)

    @property
    def rings_in(self) -> bool:
        """Whether the line placed this call and nobody has picked up yet."""
        return self.direction == "outbound-api" and self.status == "queued"

    def start(self) -> None:
        """The line's number rings: ask it what to do and do it."""
        self._go(self.url, {"AnsweredBy": self.answered_by} if self.detects else {})

    def ring_out(self, outcome: Literal["no-answer", "busy", "failed"]) -> None:
        """Nobody picks up a call that the line placed. Raises ValueError: it is over, or was answered."""
        if not self.rings_in:
            raise ValueError("this call does not ring any more")
        self._tell("carrier", outcome, "")
        self._end("carrier", outcome)

    def press(self, keys: str) -> None:
        """Keys one after another, each once the line has answered the one before. Lost where nothing listens.

        Raises ValueError for what is not on a keypad."""
        for key in _keys(keys):
            self._tell("caller", "keys", key)
            self._key(key)

    def speak(self, words: str) -> None:
        """The caller says something; lost where the line neither asks for speech nor records."""
        self._tell("caller", "speech", words)
        gather = self.listening
        if gather is not None and "speech" in gather.hears:
            self.elapsed_s += _speech_s(words)
            self._act(gather.verb, {"SpeechResult": words, "Confidence": "0.9"})
        elif self.recording is not None:
            self._record(self.recording, _speech_s(words))

    def say_message(self, seconds: float = MESSAGE_S, end: str = "#") -> None:
        """The caller leaves a message of so many seconds; then `end`: a key, "hangup", or "" for silence.

        Raises ValueError: nothing records, or no message lasts that long."""
        recording = self.recording
        if recording is None:
            raise ValueError("the line records nothing now")
        if not 0 < seconds <= LONGEST_MESSAGE_S:
            raise ValueError(f"a message lasts up to {LONGEST_MESSAGE_S:g} seconds")
        self._tell("caller", "message", f"{seconds:g} s")
        self._record(recording, seconds)
        if self.recording is not recording:
            return
        if end == "hangup":
            self.hang_up()
        elif end:
            self.press(end)
        else:
            self.wait()

    def wait(self) -> None:
        """Silence until the line stops waiting: a Gather times out, a phone has rung enough, a talk or a
        recording ends."""
        if self.listening is not None:
            self._tell("caller", "silence", "")
            self._time_out(self.listening)
        elif self.state == "connected":
            self.nurse_hangs_up()
        elif self.ringing is not None:
            if self.ringing.leg is None:
                self.leave_unanswered("no-answer")
            else:
                self.ringing.leg.wait()
        elif self.recording is not None:
            self._tell("caller", "silence", "")
            self.elapsed_s += self.recording.silence_s
            self._end_recording(self.recording, "")

    def hang_up(self) -> None:
        """The caller hangs up: the status callback follows, before it the action of a message under way."""
        self._leave("caller", "hangup", "")

    def drop(self) -> None:
        """The line goes bad. The carrier cannot tell that from a caller who hangs up; the transcript can."""
        self._leave("carrier", "drop", "the line went bad")

    # What the person does whom the line dials

    def pick_up(self) -> None:
        """The dialled phone is answered; where the line has words for that, they come before the talk.

        Raises ValueError where no phone rings."""
        ringing = self._rings()
        self.elapsed_s += min(PICK_UP_S, ringing.timeout_s)
        self._tell("nurse", "answer", "")
        whisper = ringing.whisper(self.url)
        if whisper is None:
            return self._connect(ringing.number)
        leg = ringing.leg = self._leg(ringing.number, whisper)
        leg._go(whisper, {}, ringing.method)

    def leave_unanswered(self, outcome: Literal["no-answer", "busy"]) -> None:
        """Nobody picks up until the line stops ringing, or that phone is busy. ValueError as `pick_up`."""
        ringing = self._rings()
        self.elapsed_s += ringing.timeout_s if outcome == "no-answer" else 1.0
        self._tell("carrier", outcome, "")
        self._dialled(outcome)

    def nurse_presses(self, keys: str) -> None:
        """Keys of the person who picked up. Raises ValueError: nobody did, or it is no key."""
        leg, pressed = self._asked(), _keys(keys)
        self._tell("nurse", "keys", pressed)
        leg.press(pressed)

    def nurse_hangs_up(self) -> None:
        """The person who picked up hangs up: not taken before the talk, the end of it later.

        Raises ValueError where nobody picked up."""
        if self.state != "connected":
            return self._asked().hang_up()
        self.elapsed_s += TALK_S
        self._tell("nurse", "hangup", "")
        self._dialled("completed", TALK_S)

    def _rings(self) -> Ringing:
        if self.ringing is None or self.ringing.leg is not None:
            raise ValueError("no phone rings now")
        return self.ringing

    def _asked(self) -> "Call":
        if self.ringing is None or self.ringing.leg is None:
            raise ValueError("nobody has picked up")
        return self.ringing.leg

    # What the caller does to a Gather

    def _key(self, key: str) -> None:
        if self.recording is not None:
            if key in self.recording.finish_on_key:
                self._end_recording(self.recording, key)
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
            self._wait_for_nothing()
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
        if self.bridge is not None:
            self.state = "connected"
            self.bridge(self)
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
                self.recording, self.state = Recording(verb), "recording"
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
        ringing = Ringing(verb)
        self._tell("line", "dial", ringing.number)
        self._current = verb
        if not self.dial_outcome:
            self.ringing, self.state = ringing, "ringing"
            return True
        if self.dial_outcome == "completed":
            self._connect(ringing.number)
            return True
        self._tell("carrier", "error", f"nobody there: {self.dial_outcome}")
        self.elapsed_s += ringing.timeout_s
        if "action" not in verb.attributes:
            return False
        # Not _act: nobody did anything, so a line that dials in a circle still counts as one.
        self._go(urljoin(self.url, verb.get("action", "")), {"DialCallStatus": self.dial_outcome})
        return True

    def _leg(self, number: str, url: str) -> "Call":
        """The call to the dialled phone, as the line is told of it."""
        from_ = self._current.get("callerId", self.from_) if self._current else self.from_
        sid = new_sid("CA")
        told = both_ends(from_, number)
        told |= {"CallSid": sid, "ParentCallSid": self.sid, "Direction": "outbound-dial"}
        return Call(
            sid, from_, number, self.started_at, url,
            lambda asked, result, method: self.ask(asked, told | dict(result), method),
            self._not_taken, "failed", "outbound-dial", status="in-progress", bridge=self._taken,
        )  # fmt: skip

    def _taken(self, leg: "Call") -> None:
        self.elapsed_s += leg.elapsed_s
        self._dialled_sid = leg.sid
        self._connect(leg.to)

    def _not_taken(self, leg: "Call") -> None:
        self.elapsed_s += leg.elapsed_s
        self._dialled_sid = leg.sid
        self._tell("nurse", "hangup", "" if leg.ended_by == "caller" else "does not take the call")
        self._dialled("no-answer")

    def _connect(self, number: str) -> None:
        self.ringing, self.connected_to, self.state = None, number, "connected"

    def _dialled(self, outcome: str, talked_s: float | None = None) -> None:
        """A Dial is over: its action is told, or the next verb follows."""
        verb, self.state = self._current, None
        told = {"DialCallStatus": outcome, "DialBridged": str(talked_s is not None).lower()}
        told |= {"DialCallSid": self._dialled_sid} if self._dialled_sid else {}
        told |= {"DialCallDuration": str(int(talked_s))} if talked_s is not None else {}
        self._wait_for_nothing()
        if verb is not None and "action" in verb.attributes:
            self._act(verb, told)
        else:
            self._play_on()

    def _record(self, recording: Recording, seconds: float) -> None:
        """So much more is spoken; what is too long is cut off, and ends the recording."""
        seconds = min(seconds, recording.left_s)
        self.elapsed_s += seconds
        recording.said_s += seconds
        if recording.left_s <= 0:
            self._end_recording(recording, "")

    def _end_recording(self, recording: Recording, key: str) -> None:
        result = self._recorded(recording, key)
        if recording.said_s:
            self._act(recording.verb, result)
        else:
            # Of silence no recording is made: the action is not asked, the next verb follows.
            self._wait_for_nothing()
            self._play_on()

    def _recorded(self, recording: Recording, digits: str) -> dict[str, str]:
        """What the action is told of a recording, which the recording's own callback is told as well."""
        sid, length = new_sid("RE"), str(math.ceil(recording.said_s))
        callback = recording.verb.attributes.get("recordingStatusCallback")
        status = "completed" if recording.said_s else "absent"
        if callback and status in recording.verb.get("recordingStatusCallbackEvent", "completed").split():
            told = {"RecordingSid": sid, "RecordingStatus": status, "RecordingDuration": length}
            self.post(urljoin(self.url, callback), told)
        return {"RecordingSid": sid, "RecordingDuration": length, "Digits": digits}

    # The end, and what is remembered

    def _leave(self, who: Who, kind: str, text: str) -> None:
        """The caller is gone. No action is asked any more but that of a message under way."""
        if self.state == "ended":
            return
        self._tell(who, kind, text)
        recording, self.status = self.recording, "completed"
        if recording is not None and recording.said_s:
            action = urljoin(self.url, recording.verb.get("action", self.url))
            told = {"CallStatus": self.status, **self._recorded(recording, "hangup")}
            # What it answers is heard by nobody.
            self.ask(action, told, recording.verb.get("method", "POST"))
        self._end(who)

    def _end(self, by: Who, status: str = "completed") -> None:
        if self.ringing is not None and self.ringing.leg is not None:
            self.ringing.leg.state = "ended"
        self.state, self.ended_by, self.status = "ended", by, status
        self._wait_for_nothing()
        self._verbs.clear()
        self.ended(self)

    def _wait_for_nothing(self) -> None:
        self.listening, self.recording, self.ringing = None, None, None
        self._current, self.connected_to = None, None

    def _tell(
        self, who: Who, kind: str, text: str, language: str | None = None, at_s: float | None = None
    ) -> None:
        self.transcript.append(Line(who, kind, text, language, self.elapsed_s if at_s is None else at_s))

    def spoken(self) -> Iterator[str]:
        """The words the caller heard, in order."""
        return (line.text for line in self.transcript if line.kind == "say")


def _keys(keys: str) -> str:
    if not keys or set(keys) - set(KEYS):
        raise ValueError(f"a keypad has {KEYS} only")
    return keys


def _speech_s(words: str) -> float:
    return max(1.0, len(words.split()) * 60 / WORDS_PER_MINUTE)
