"""Handing one text to the carrier, and asking afterwards whether it got there. The only place that sends.

The carrier has no idempotency key, so every outcome has a type: handed over, never processed, not known,
never to be delivered. May use: twilio, settings. May not: decide whether a text may go (the outbox's
claim does), know Redis, or put a number or a sentence into a log or an exception."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests
from requests.adapters import HTTPAdapter
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance
from urllib3.exceptions import MaxRetryError, NewConnectionError

from hotline.carrier_codes import meaning_of
from hotline.errors import OutboundError, TryLater, Undeliverable, Unknown
from hotline.settings import Settings

SHORTEST_S, LONGEST_S = 1, 36_000  # the carrier's limits of a validity period
RINGS_S = 25  # a check-in call rings so long: five or six times
_LISTED = 50
_SKEW = timedelta(minutes=5)  # the carrier's clock against ours
# Both write whole addresses with the number in them, at their lower levels.
_TALKATIVE = ("twilio.http_client", "urllib3.connectionpool")


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """One text to hand over.

    id: the outbox row's, opaque in the callback's address. It never prints what it holds."""

    id: str
    to: str
    sender: str
    body: str
    not_after: datetime

    def __repr__(self) -> str:
        return f"Message({self.id})"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the carrier said when it took the text:

    its id, the status, how many segments it bills (0: not told), and the error code of one that was lost."""

    sid: str
    status: str
    segments: int = 0
    code: int = 0


class Outbound:
    """The way to the carrier. Safe to share between threads; keeps its connections."""

    def __init__(self, settings: Settings) -> None:
        """Reaches nothing yet. In trial mode with a `carrier_url` nothing can leave for the real carrier."""
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.ERROR)
        self._base = settings.public_base_url.rstrip("/")
        self._client = Client(
            settings.account_sid,
            settings.auth_token.get_secret_value() or "not set",
            http_client=_http_client(settings),
            environment={"BACKLINE": "no region or edge of the environment may move us to another host"},
        )

    def send(self, message: Message, now: datetime) -> Receipt:
        """Hands a text over.

        It is not delivered after `not_after`. Raises an OutboundError by what the code shall do; see
        errors.py."""
        left_s = int((message.not_after - now).total_seconds())
        asked: dict[str, object] = {"validity_period": min(max(left_s, SHORTEST_S), LONGEST_S)}
        if self._base:
            asked["status_callback"] = f"{self._base}/status/{message.id}"
        with _answer():
            made = self._client.messages.create(
                to=message.to, from_=message.sender, body=message.body, **asked
            )
        if not made.sid:
            raise Unknown("the carrier took the text but gave it no id")
        return Receipt(made.sid, str(made.status or ""), _number(made.num_segments))

    def call(self, message: Message) -> Receipt:
        """Places a check-in call to `message.to`: the carrier asks us what to say once it is answered, at an
        address that holds the row's id only. Raises an OutboundError as `send`."""
        if not self._base:
            raise Undeliverable("a call needs BACKLINE_PUBLIC_BASE_URL: the carrier asks there what to say")
        home = f"{self._base}/voice/checkin/{message.id}"
        with _answer():
            made = self._client.calls.create(
                to=message.to,
                from_=message.sender,
                url=home,
                status_callback=f"{home}/ended",
                status_callback_event=["completed"],
                machine_detection="DetectMessageEnd",
                timeout=RINGS_S,
            )
        if not made.sid:
            raise Unknown("the carrier took the call but gave it no id")
        return Receipt(made.sid, str(made.status or ""))

    def look_up_call(self, to: str, placed_after: datetime) -> Receipt | None:
        """The newest call of ours to that number since `placed_after`, as the carrier lists it; None: it has
        none. Raises an OutboundError where the carrier cannot tell."""
        with _answer():
            listed = self._client.calls.list(to=to, limit=_LISTED, page_size=_LISTED)
        for found in listed:
            at = found.start_time or found.date_created
            ours = str(found.direction or "").startswith("outbound")
            if ours and (at is None or at >= placed_after - _SKEW):
                return Receipt(str(found.sid), str(found.status or ""))
        return None

    def call_status(self, sid: str) -> Receipt:
        """What became of a call that the carrier placed. Raises an OutboundError where it cannot tell."""
        with _answer():
            told = self._client.calls(sid).fetch()
        return Receipt(str(told.sid), str(told.status or ""))

    def look_up(self, to: str, sent_after: datetime, body: str) -> Receipt | None:
        """The newest text to that number with that body since `sent_after`, as the carrier lists it;
        None: it has none.

        Raises an OutboundError where the carrier cannot tell."""
        # Not narrowed by DateSent on the carrier's side: a text still in its queue has no such date.
        with _answer():
            listed = self._client.messages.list(to=to, limit=_LISTED, page_size=_LISTED)
        for found in listed:
            at = found.date_sent or found.date_created
            ours = str(found.direction or "").startswith("outbound") and (found.body or "").endswith(body)
            if ours and (at is None or at >= sent_after - _SKEW):
                return _receipt(found)
        return None

    def status(self, sid: str) -> Receipt:
        """What became of a text that the carrier took. Raises an OutboundError where it cannot tell."""
        with _answer():
            return _receipt(self._client.messages(sid).fetch())


@contextmanager
def _answer() -> Iterator[None]:
    """Whatever the carrier or the way to it does wrong, as an OutboundError."""
    try:
        yield
    except TwilioRestException as refused:
        raise _refusal(refused) from None
    except (TwilioException, requests.RequestException, ValueError, KeyError, TypeError) as fault:
        raise _loss(fault) from None


def _http_client(settings: Settings) -> TwilioHttpClient:
    if settings.mode == "trial" and settings.carrier_url:
        from hotline.phone.http import LocalHttpClient  # never loaded in production mode

        client: TwilioHttpClient = LocalHttpClient(settings.carrier_url, settings.send_timeout_s)
        scheme = "http://"
    else:
        client, scheme = TwilioHttpClient(timeout=settings.send_timeout_s), "https://"
    if client.session is not None:
        client.session.mount(scheme, HTTPAdapter(pool_maxsize=settings.send_threads, max_retries=0))
    return client


def _refusal(refused: TwilioRestException) -> OutboundError:
    """The carrier's own words are dropped: they may name the number."""
    code, status = int(refused.code or 0), int(refused.status or 0)
    return meaning_of(code, status)(f"the carrier answered {status}, error {code}", code, busy=status == 429)


def _loss(fault: Exception) -> OutboundError:
    """No usable answer. Only where no connection was made is it certain that nothing was processed."""
    if isinstance(fault, requests.ConnectTimeout) or _never_connected(fault):
        return TryLater("the carrier was not reached")
    return Unknown(f"the carrier's answer got lost ({type(fault).__name__})")


def _never_connected(fault: Exception) -> bool:
    inner = fault.args[0] if isinstance(fault, requests.ConnectionError) and fault.args else None
    return isinstance(inner, MaxRetryError) and isinstance(inner.reason, NewConnectionError)


def _receipt(told: MessageInstance) -> Receipt:
    segments, code = _number(told.num_segments), _number(told.error_code)
    return Receipt(str(told.sid), str(told.status or ""), segments, code)


def _number(told: object) -> int:
    return int(told) if isinstance(told, str | int) and str(told).isdigit() else 0
