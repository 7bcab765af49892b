"""The line, the carrier and the phone of these tests: real requests on free ports, real signatures."""

from collections.abc import Iterator

import pytest
from flask import Flask, Response, request
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from hotline.phone.app import create_carrier
from hotline.phone.carrier import Carrier
from hotline.phone.clock import OwnClock
from hotline.phone.http import LocalHttpClient
from tests.hotline.phone.lines import ACCOUNT, SmallLine, served


@pytest.fixture
def line() -> Iterator[SmallLine]:
    """A line that checks every signature and answers as the test tells it."""
    app, told = Flask("line"), SmallLine()
    validator = RequestValidator(ACCOUNT.auth_token)

    @app.route("/<path:path>", methods=["GET", "POST"])
    def answer_it(path: str) -> Response:
        form = request.values.to_dict()
        signed = request.form if request.method == "POST" else {}
        url = told.url + request.full_path.rstrip("?")
        genuine = validator.validate(url, signed, request.headers["X-Twilio-Signature"])
        if not genuine:
            told.forged.append(path)
        told.asked.append((f"/{path}", form))
        reply = told.answers[f"/{path}"](form) if f"/{path}" in told.answers else "<Response/>"
        body, status = (reply, 200) if isinstance(reply, str) else reply
        return Response(body, status, content_type="text/xml")

    with served(app) as told.url:
        yield told
    assert told.forged == []


@pytest.fixture
def carrier(line: SmallLine) -> Carrier:
    """A carrier whose webhooks go to the test's line."""
    return Carrier(ACCOUNT, line.url, pace_s=0.01, total_s=3)


@pytest.fixture
def clock() -> OwnClock:
    """A clock of the test's own."""
    return OwnClock()


@pytest.fixture
def phone(carrier: Carrier, clock: OwnClock) -> Iterator[str]:
    """The carrier's REST and the phone's JSON on a free port; the base URL."""
    with served(create_carrier(carrier, clock)) as url:
        yield url


@pytest.fixture
def client(phone: str) -> Client:
    """twilio-python, speaking to the carrier of the test."""
    return Client(ACCOUNT.sid, ACCOUNT.auth_token, http_client=LocalHttpClient(phone, timeout_s=2))
