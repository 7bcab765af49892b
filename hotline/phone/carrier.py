"""The stand-in carrier: its texts, its calls, its people with phones, all in memory, safe for threads.

May use: the rooms beside it. May not: know what the line decides, or reach any address but its webhooks.
Locks: one for the books (never held during a request), one per call (held while its line is asked)."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from typing import Literal
from urllib.parse import urljoin

from hotline.phone.account import Account, Hooks, KeywordMode
from hotline.phone.call import MESSAGE_S, Call
from hotline.phone.courier import Courier
from hotline.phone.delivery import Step, plan
from hotline.phone.faults import Faults
from hotline.phone.keywords import SAYS, keyword
from hotline.phone.messages import VERSION, Message, RestRefused, check, check_call, new_sid
from hotline.phone.places import address, both_ends, parties
from hotline.phone.segments import count
from hotline.phone.twiml import Verb, message_body
from hotline.phone.webhooks import Answer, Post, Webhooks

# What the person does whom the line dials, beside pressing keys.
NURSE_DOES: Mapping[str, Callable[[Call], None]] = {
    "pick_up": Call.pick_up,
    "no_answer": lambda call: call.leave_unanswered("no-answer"),
    "busy": lambda call: call.leave_unanswered("busy"),
    "hang_up": Call.nurse_hangs_up,
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One text to the line and what reached the phone at once. `code`, `fault`: what the carrier logged."""

    sid: str
    replies: tuple[str, ...]
    verbs: tuple[Verb, ...]
    body: bytes
    code: int | None
    fault: str | None
    fallback: bool


@dataclass(frozen=True, slots=True)
class Request:
    """One REST request of the line. `sid`: the message it made, if any; `status` 0: it got no answer."""

    at: datetime
    method: str
    path: str
    form: Mapping[str, str]
    status: int
    sid: str | None
    fault: str | None


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Carrier:
    """The carrier of one account. `line_url`: the line's public base URL; `now`: the demo's time (aware)."""

    def __init__(
        self,
        account: Account,
        line_url: str = "",
        *,
        hooks: Hooks | None = None,
        keyword_mode: KeywordMode = "self",
        now: Callable[[], datetime] = _utc_now,
        pace_s: float = 0.05,
        total_s: float = 15.0,
    ) -> None:
        self.account, self.keyword_mode, self.now, self.pace_s = account, keyword_mode, now, pace_s
        self.hooks = hooks or Hooks.of(line_url)
        self.webhooks = Webhooks(account, total_s)
        self.faults = Faults()
        self.opted_out: set[str] = set()
        self.dial_outcome = ""
        self._courier = Courier()
        self._books = threading.RLock()
        self._messages: dict[str, Message] = {}
        self._calls: dict[str, Call] = {}
        self._call_locks: dict[str, threading.RLock] = {}
        self._ledger: list[Request] = []

    # A person with a phone: texts

    def text(self, from_: str, body: str, media: int = 0, sid: str | None = None) -> Exchange:
        """A person texts the line; returns once the line has answered.

        sid: of an earlier text, to send that very message once more (a duplicate).
        Raises ValueError for a bad number."""
        sender = address(from_)
        channel = "whatsapp:" if sender.startswith("whatsapp:") else ""
        to = channel + self.account.text_sender
        word = keyword(self.keyword_mode, body)
        message = self._arrive(sender, to, body, media, sid)
        own_words = self._keyword(word, message) if sid is None else []
        told, hooks = self._told(message, word), self.hooks
        answer = self.webhooks.ask("sms", hooks.text, told, hooks.text_fallback)
        answer = self._redirected(answer, told)
        own_words += [text for verb in answer.verbs if (text := self._reply(verb, message, answer.url))]
        return Exchange(
            message.sid,
            tuple(own_words),
            answer.verbs,
            answer.body,
            answer.code,
            answer.fault,
            answer.fallback,
        )

    def thread(self, number: str) -> list[Message]:
        """All texts to and from one number, oldest first (copies)."""
        party = address(number)
        with self._books:
            return [replace(m) for m in self._messages.values() if party in (m.from_, m.to)]

    def _arrive(self, sender: str, to: str, body: str, media: int, sid: str | None) -> Message:
        with self._books:
            if sid is not None and sid in self._messages:
                return self._messages[sid]
            now = self.now()
            made = sid or new_sid("MM" if media else "SM")
            message = Message(made, "inbound", sender, to, body, "received", now, now, now, media)
            return self._messages.setdefault(made, message)

    def _keyword(self, word: str | None, message: Message) -> list[str]:
        person = message.from_.removeprefix("whatsapp:")
        if word is None or (word == "START" and person not in self.opted_out):
            return []
        with self._books:
            if word == "STOP":
                self.opted_out.add(person)
            elif word == "START":
                self.opted_out.discard(person)
        self._keep("outbound-reply", message.to, message.from_, SAYS[word], "delivered")
        return [SAYS[word]]

    def _told(self, message: Message, word: str | None) -> dict[str, str]:
        told = parties(message.from_, message.to) | {
            "MessageSid": message.sid, "SmsMessageSid": message.sid, "SmsSid": message.sid,
            "SmsStatus": "received", "AccountSid": self.account.sid, "ApiVersion": VERSION,
            "Body": message.body, "NumMedia": str(message.media), "NumSegments": str(count(message.body)[1]),
            "MessageType": "sms",
        }  # fmt: skip
        for number in range(message.media):
            link = (
                f"https://api.twilio.com/{VERSION}/Accounts/{self.account.sid}/Messages/{message.sid}/Media"
            )
            told |= {f"MediaUrl{number}": f"{link}/{number}", f"MediaContentType{number}": "image/jpeg"}
            told |= {"MessageType": "mms"}
        if message.from_.startswith("whatsapp:"):
            told |= {"WaId": message.from_.removeprefix("whatsapp:+"), "MessageType": "text"}
        if word is not None and self.keyword_mode == "advanced_optout":
            told["OptOutType"] = word
        return told

    def _redirected(self, answer: Answer, told: Mapping[str, str]) -> Answer:
        """Follows the Redirects of an answer to a text, ten at most."""
        for _ in range(10):
            place = next((n for n, verb in enumerate(answer.verbs) if verb.name == "Redirect"), None)
            if place is None:
                return answer
            before, verb = answer.verbs[:place], answer.verbs[place]
            url, method = urljoin(answer.url, verb.text), verb.get("method", "POST")
            after = self.webhooks.ask("sms", url, told, self.hooks.text_fallback, method)
            answer = replace(after, verbs=before + after.verbs)
        return replace(answer, code=14106, fault="more than ten redirects: answer with a Message", verbs=())

    def _reply(self, verb: Verb, message: Message, url: str) -> str | None:
        """Sends one Message verb; its text where it reaches the phone."""
        body, to = message_body(verb), verb.get("to", message.from_)
        media = sum(child.name == "Media" for child in verb.children)
        blocked = to.removeprefix("whatsapp:") in self.opted_out
        callback = verb.attributes.get("action", verb.attributes.get("statusCallback"))
        callback = urljoin(url, callback) if callback else None
        sent = self._keep(
            "outbound-reply", verb.get("from", message.to), to, body, "failed" if blocked else "queued",
            media, 21610 if blocked else None, callback,
        )  # fmt: skip
        if not blocked:
            self._deliver(sent)
        return body if not blocked and to == message.from_ else None

    # A person with a phone: calls

    def dial(self, from_: str) -> Call:
        """A person calls the line; returns at the first wait or the end. Raises ValueError: no number."""
        call = self._ring(address(from_), self.account.voice_sender, self.hooks.voice, "inbound")
        return self._during(call.sid, Call.start)

    def place(self, form: Mapping[str, str]) -> Call:
        """Takes a call that the line wants to make; `answer` lets the person pick up. Raises RestRefused."""
        check_call(form, self.account)
        call = self._ring(form["From"], form["To"], form["Url"], "outbound-api")
        call.detects = form.get("MachineDetection", "") in ("Enable", "DetectMessageEnd")
        call.status_callback = form.get("StatusCallback", "")
        return call

    def answer(self, sid: str, by: str = "human") -> Call:
        """Somebody picks up a call that the line placed. by: human, machine_end_beep, fax, ... as the carrier
        tells it, where the line asked. Raises KeyError for an unknown call."""
        self.call(sid).answered_by = by
        return self._during(sid, Call.start)

    def ring_out(self, sid: str, outcome: Literal["no-answer", "busy", "failed"] = "no-answer") -> Call:
        """Nobody picks up a call that the line placed. KeyError as above, ValueError: it does not ring."""
        return self._during(sid, lambda call: call.ring_out(outcome))

    def _ring(self, from_: str, to: str, url: str, direction: str) -> Call:
        sid = new_sid("CA")
        ask = partial(self._ask_voice, sid)
        status = "ringing" if direction == "inbound" else "queued"
        call = Call(
            sid, from_, to, self.now(), url, ask, self._call_ended, self.dial_outcome, direction,
            status=status, post=partial(self._recorded, sid),
        )  # fmt: skip
        with self._books:
            self._calls[sid], self._call_locks[sid] = call, threading.RLock()
        return call

    def press(self, sid: str, keys: str) -> Call:
        """Keys, one after another. Raises KeyError for an unknown call, ValueError for what is no key."""
        return self._during(sid, lambda call: call.press(keys))

    def speak(self, sid: str, words: str) -> Call:
        """The caller speaks. Raises KeyError for an unknown call."""
        return self._during(sid, lambda call: call.speak(words))

    def wait(self, sid: str) -> Call:
        """The caller stays silent until the line stops waiting. Raises KeyError for an unknown call."""
        return self._during(sid, Call.wait)

    def hang_up(self, sid: str) -> Call:
        """The caller hangs up. Raises KeyError for an unknown call."""
        return self._during(sid, Call.hang_up)

    def say_message(self, sid: str, seconds: float = MESSAGE_S, end: str = "#") -> Call:
        """The caller leaves a message; errors as Call.say_message, KeyError for an unknown call."""
        return self._during(sid, lambda call: call.say_message(seconds, end))

    def drop(self, sid: str) -> Call:
        """The line goes bad and the call ends. Raises KeyError for an unknown call."""
        return self._during(sid, Call.drop)

    def nurse(self, sid: str, does: str, keys: str = "") -> Call:
        """The person whom the line dials does one of NURSE_DOES; `keys` where she presses.

        Raises KeyError for an unknown call, ValueError for what she cannot do (now)."""
        if does == "press":
            return self._during(sid, lambda call: call.nurse_presses(keys))
        if does not in NURSE_DOES:
            raise ValueError(f"a nurse can {', '.join(NURSE_DOES)} or press")
        return self._during(sid, NURSE_DOES[does])

    def call(self, sid: str) -> Call:
        """A call as it stands. Raises KeyError for an unknown one."""
        with self._books:
            return self._calls[sid]

    def calls(self) -> list[Call]:
        """All calls, oldest first."""
        with self._books:
            return list(self._calls.values())

    def _during(self, sid: str, act: Callable[[Call], None]) -> Call:
        call = self.call(sid)
        with self._call_locks[sid]:
            act(call)
        return call

    def _call_told(self, call: Call) -> dict[str, str]:
        told = both_ends(call.from_, call.to)
        return told | {
            "CallSid": call.sid, "AccountSid": self.account.sid, "ApiVersion": VERSION,
            "Direction": call.direction, "CallStatus": call.status,
        }  # fmt: skip

    def _ask_voice(self, sid: str, url: str, told: Mapping[str, str], method: str) -> Answer:
        params = self._call_told(self.call(sid)) | dict(told) | self._recording_url(told)
        return self.webhooks.ask("voice", url, params, self.hooks.voice_fallback, method)

    def _recording_url(self, told: Mapping[str, str]) -> dict[str, str]:
        home = f"https://api.twilio.com/{VERSION}/Accounts/{self.account.sid}/Recordings"
        return {"RecordingUrl": f"{home}/{told['RecordingSid']}"} if "RecordingSid" in told else {}

    def _recorded(self, sid: str, url: str, told: Mapping[str, str]) -> None:
        params = {"AccountSid": self.account.sid, "CallSid": sid, "RecordingSource": "RecordVerb"}
        params |= {"RecordingChannels": "1", **told, **self._recording_url(told)}
        self._courier.later(0, lambda: self._post(url, params))

    def _call_ended(self, call: Call) -> None:
        told = self._call_told(call) | {
            "CallDuration": str(call.duration_s), "Duration": str(-(-call.duration_s // 60)),
            "SequenceNumber": "0", "CallbackSource": "call-progress-events",
            "Timestamp": format_datetime(self.now()),
        }  # fmt: skip
        hook = self.hooks.voice_status if call.direction == "inbound" else call.status_callback
        if hook:
            # In the background, as the carrier does: the line may hear of it after the next call has begun.
            self._courier.later(0, lambda: self._post(hook, told))

    # The line's REST requests

    def create(self, form: Mapping[str, str]) -> Message:
        """Takes a text from the line, to be delivered in the background. Raises RestRefused."""
        check(form, self.account, self.opted_out)
        media = 1 if "MediaUrl" in form else 0
        validity = form.get("ValidityPeriod")
        message = self._keep(
            "outbound-api", form["From"], form["To"], form.get("Body", ""), "queued", media, None,
            form.get("StatusCallback") or None, int(validity) if validity else None,
        )  # fmt: skip
        shown = replace(message)
        self._deliver(message)
        return shown

    def fetch(self, sid: str) -> Message:
        """One text as it stands now (a copy). Raises RestRefused 20404 for an unknown one."""
        with self._books:
            if sid not in self._messages:
                raise RestRefused(20404, f"/{VERSION}/Accounts/{self.account.sid}/Messages/{sid}.json")
            return replace(self._messages[sid])

    def messages(self, keep: Callable[[Message], bool] = lambda message: True) -> list[Message]:
        """The texts that `keep` takes, newest first (copies)."""
        with self._books:
            return [replace(message) for message in reversed(self._messages.values()) if keep(message)]

    def note(
        self, method: str, path: str, form: Mapping[str, str], status: int, sid: str | None, fault: str | None
    ) -> None:
        """Puts one REST request of the line into the ledger."""
        row = Request(self.now(), method, path, dict(form), status, sid, fault)
        with self._books:
            self._ledger.append(row)

    def ledger(self) -> list[Request]:
        """Every REST request the line made, oldest first."""
        with self._books:
            return list(self._ledger)

    def posts(self) -> list[Post]:
        """Every webhook the carrier sent, oldest first."""
        return self.webhooks.posts()

    def settle(self, timeout_s: float = 10.0) -> bool:
        """Wait until every delivery and status callback is through; False if not within `timeout_s`."""
        return self._courier.settle(timeout_s)

    # Delivery

    def _keep(
        self, direction: str, from_: str, to: str, body: str, status: str, media: int = 0,
        code: int | None = None, callback: str | None = None, validity_s: int | None = None,
    ) -> Message:  # fmt: skip
        with self._books:
            now, sid = self.now(), new_sid("MM" if media else "SM")
            sent = now if status == "delivered" else None
            self._messages[sid] = Message(
                sid, direction, from_, to, body, status, now, now, sent, media, code, callback, validity_s
            )
            return self._messages[sid]

    def _deliver(self, message: Message) -> None:
        """Plans the way of a text; steps without a delay are through before this returns."""
        for step in plan(self.faults, message.to, self.pace_s):
            if step.delay_s <= 0:
                self._step(message, step)
            else:
                self._courier.later(step.delay_s, partial(self._step, message, step))

    def _step(self, message: Message, step: Step) -> None:
        if step.changes:
            with self._books:
                message.status, message.error_code, message.updated = step.status, step.code, self.now()
                message.sent = message.sent or self.now()
        if step.told and message.status_callback:
            self._post(message.status_callback, self._status_told(message, step))

    def _status_told(self, message: Message, step: Step) -> dict[str, str]:
        told = {
            "MessageSid": message.sid, "SmsSid": message.sid, "MessageStatus": step.status,
            "SmsStatus": step.status, "To": message.to, "From": message.from_,
            "AccountSid": self.account.sid, "ApiVersion": VERSION,
        }  # fmt: skip
        return told | ({"ErrorCode": str(step.code)} if step.code else {})

    def _post(self, url: str, told: Mapping[str, str]) -> None:
        self.webhooks.send(url, told)
