"""Many people who text the line: whole encounters as signed requests, ready before the clock runs.

May not: send anything, or measure."""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from benchmarks.app import BARE
from benchmarks.load import BadAnswer, Work

ACCOUNT, TOKEN, BASE = "AC" + "b" * 32, "a-token-of-the-benchmark-01234567", "https://line.example"
AT_A_TIME = 300
WORDS = ("BACK", "no", "no", "no", "1", "1", "1", "0", "45", "3", "1")
"""One encounter, from the first word to self-care."""
LAST_WORDS = b"JOIN"
"""What the last answer of an encounter offers."""


def requests_of(person: int) -> list[bytes]:
    """Each text of a person as a whole signed HTTP request."""
    validator = RequestValidator(TOKEN)
    return [_request("/sms", form, validator) for form in _forms(person)]


def bare_request() -> bytes:
    """The same form for the view that only parses it."""
    return _request(BARE, next(_forms(0)), RequestValidator(TOKEN))


def crowd(people: int, seen: Callable[[bytes], None]) -> Iterator[Work]:
    """The texts of many people, mixed: so many talk at a time, and who is through makes room for the next.

    Every request is ready before this returns. seen: gets the last answer of each encounter. BadAnswer: a
    text was not answered with words."""
    return _talking([deque(requests_of(person)) for person in range(people)], seen)


def _talking(texts: "list[deque[bytes]]", seen: Callable[[bytes], None]) -> Iterator[Work]:
    begun, waiting = iter(texts[AT_A_TIME:]), deque(texts[:AT_A_TIME])
    while waiting:
        person = waiting.popleft()

        def answered(body: bytes, person: "deque[bytes]" = person) -> None:
            if b"<Message>" not in body:
                raise BadAnswer("a text was not answered with words")
            if person:
                waiting.append(person)
                return
            seen(body)
            waiting.extend(islice(begun, 1))

        yield person.popleft(), answered


def _forms(person: int) -> Iterator[dict[str, str]]:
    sender = f"+1{202 + person // 100 % 700}555{100 + person % 100:04}"
    for step, word in enumerate(WORDS):
        sid = f"SM{person:016x}{step:016x}"
        yield {
            "ToCountry": "US", "ToState": "NY", "SmsMessageSid": sid, "NumMedia": "0", "ToCity": "",
            "FromZip": "10001",
            "SmsSid": sid, "FromState": "NY", "SmsStatus": "received", "FromCity": "NEW YORK", "Body": word,
            "FromCountry": "US", "To": "+12025550100", "ToZip": "", "NumSegments": "1", "MessageSid": sid,
            "AccountSid": ACCOUNT, "From": sender, "ApiVersion": "2010-04-01",
        }  # fmt: skip


def _request(path: str, form: dict[str, str], validator: RequestValidator) -> bytes:
    body = urlencode(form).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: line.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
        f"X-Twilio-Signature: {validator.compute_signature(BASE + path, form)}\r\n\r\n"
    )
    return head.encode() + body
