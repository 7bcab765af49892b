"""The way to the stand-in carrier without a network: requests fail by chance, status callbacks come late,
twice, out of order or never.

May not: decide what the line does about it."""

import base64
import heapq
import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlsplit

import requests
from twilio.http import HttpClient
from twilio.http.response import Response

from hotline.phone.app import create_phone
from hotline.phone.carrier import Carrier
from hotline.phone.clock import OwnClock
from hotline.phone.messages import RestRefused

UNDELIVERED = (30003, 30003, 30005, 30006, 30007, 30008)


class Killed(BaseException):
    """The process of a job is gone at this point, as by kill -9: nothing behind it runs."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text that the carrier took. row: the outbox row named in its callback. valid_s: how long it may
    still be delivered."""

    order: int
    at: datetime
    sid: str
    number: str
    row: str
    body: str
    valid_s: int


@dataclass(frozen=True, slots=True)
class Weather:
    """How often things go wrong, each as a share of requests or callbacks. away: no request gets through."""

    limited: float = 0.0
    error_before: float = 0.0
    error_after: float = 0.0
    lost_before: float = 0.0
    lost_after: float = 0.0
    killed_before: float = 0.0
    killed_after: float = 0.0
    undelivered: float = 0.0
    callback_lost: float = 0.0
    callback_twice: float = 0.0
    callback_late: float = 0.0
    away: str = ""


FINE = Weather()
ROUGH = Weather(
    0.02, 0.01, 0.01, 0.01, 0.01, 0.003, 0.003, undelivered=0.01, callback_lost=0.03, callback_twice=0.03,
    callback_late=0.05,
)  # fmt: skip


class Told:
    """Status callbacks on their way to the line, by the virtual time at which they arrive."""

    def __init__(self, wire: "Wire") -> None:
        self._wire, self._coming, self._count = wire, list[tuple[datetime, int, str, Mapping[str, str]]](), 0

    def send(self, url: str, params: Mapping[str, str]) -> None:
        """What the carrier posts: it may be lost, come twice, or late."""
        wire, chance = self._wire, self._wire.chance.random
        if chance() < wire.weather.callback_lost:
            wire.faults["callback_lost"] += 1
            return
        twice = chance() < wire.weather.callback_twice
        for _ in range(1 + twice):
            late = chance() < wire.weather.callback_late
            self._count += 1
            delay = timedelta(seconds=wire.chance.randrange(1, 7200) if late else 0)
            heapq.heappush(self._coming, (wire.now() + delay, self._count, url, dict(params)))

    def arrive(self, settle: Callable[[str, Mapping[str, str]], None]) -> None:
        """Hands over those whose time has come: the row's id and the form."""
        while self._coming and self._coming[0][0] <= self._wire.now():
            _, _, url, params = heapq.heappop(self._coming)
            settle(urlsplit(url).path.rpartition("/")[2], params)


class Wire(HttpClient):
    """twilio-python's HTTP, straight into the stand-in carrier's own REST application."""

    def __init__(self, carrier: Carrier, chance: Random, order: Callable[[], int]) -> None:
        super().__init__(logging.getLogger(__name__), False, None)
        self.carrier, self.chance, self.order, self.now = carrier, chance, order, carrier.now
        self.weather, self.faults, self.texts = FINE, Counter[str](), list[Text]()
        self.told = Told(self)
        carrier.webhooks = self.told  # type: ignore[assignment]
        self._rest = create_phone(carrier, None, OwnClock()).test_client()
        pair = f"{carrier.account.sid}:{carrier.account.auth_token}".encode()
        self._headers = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        self.texted: Callable[[Text], None] = lambda text: None

    def request(self, method: str, uri: str, params: Any = None, data: Any = None, **_: Any) -> Response:  # type: ignore[override]
        """One request. Raises what requests raises where no usable answer comes back, and Killed."""
        path, asked = urlsplit(uri).path, urlsplit(uri).query
        if self.weather.away == "no_connection":
            self.faults["no_connection"] += 1
            raise requests.ConnectTimeout
        if method != "POST":
            return self._answered(self._rest.get(path, query_string=asked or params, headers=self._headers))
        before = self._fault(("limited", "error_before", "lost_before", "killed_before"))
        if before or self.weather.away:
            return self._failed(before or "lost_before")
        if self.chance.random() < self.weather.undelivered:
            self.faults["undelivered"] += 1
            self.carrier.faults.order("undelivered", to=data["To"], code=self.chance.choice(UNDELIVERED))
        answer = self._answered(self._rest.post(path, data=data, headers=self._headers))
        if answer.status_code != 201:
            self.faults[f"refused_{json.loads(answer.content)['code']}"] += 1
            return answer
        self._note(data, answer)
        after = self._fault(("error_after", "lost_after", "killed_after"))
        return self._failed(after) if after else answer

    def _note(self, data: Mapping[str, Any], answer: Response) -> None:
        row = urlsplit(data.get("StatusCallback", "")).path.rpartition("/")[2]
        sid, valid_s = json.loads(answer.content)["sid"], int(data.get("ValidityPeriod", 14_400))
        text = Text(self.order(), self.now(), sid, data["To"], row, data["Body"], valid_s)
        self.texts.append(text)
        self.texted(text)

    def _fault(self, kinds: tuple[str, ...]) -> str:
        drawn = self.chance.random()
        for kind in kinds:
            drawn -= getattr(self.weather, kind)
            if drawn < 0:
                return kind
        return ""

    def _failed(self, kind: str) -> Response:
        self.faults[kind] += 1
        if kind.startswith("killed"):
            raise Killed
        if kind.startswith("lost"):
            raise requests.ReadTimeout
        refused = RestRefused(20429 if kind == "limited" else 20500)
        return Response(refused.status, json.dumps(refused.shown()))

    def _answered(self, answer: Any) -> Response:
        return Response(answer.status_code, answer.get_data(as_text=True))
