"""The clinic's other programmes, for the tests of the feed: what they send us, and what they got from us.

May not: assert anything, or use our own code for what they sign: they have only the documentation."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, request

SECRET = "a secret of both sides of the feed, for tests"
THEIRS = "+12025550177"


def body_of(id: str = "r-1", number: object = THEIRS, **more: Any) -> bytes:
    """A revocation as another programme states it."""
    told = {"id": id, "number": number, "at": "2027-01-11T09:30:00-05:00", "source": "pharmacy texts STOP"}
    return json.dumps(told | more).encode()


def signed(
    body: bytes, *, off_s: float = 0, secret: str = SECRET, now: float | None = None
) -> dict[str, str]:
    """The headers of a request that is sent now (epoch s), or so many seconds off."""
    at = str(int((time.time() if now is None else now) + off_s))
    digest = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-BackLine-Time": at,
        "X-BackLine-Signature": f"sha256={digest}",
    }


@dataclass
class OtherProgramme:
    """A server that gets our opt-outs. answers: statuses, one after the other, the last for ever."""

    answers: list[int] = field(default_factory=lambda: [204])
    got: list[dict[str, str]] = field(default_factory=list)
    forged: int = 0
    wait_s: float = 0.0

    def app(self) -> Flask:
        """Its web server."""
        app = Flask("other")
        app.add_url_rule("/feed", view_func=self._take, methods=["POST"])
        return app

    def _take(self) -> Response:
        body, at = request.get_data(), request.headers["X-BackLine-Time"]
        digest = hmac.new(SECRET.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
        given = request.headers["X-BackLine-Signature"]
        self.forged += not hmac.compare_digest(f"sha256={digest}", given)
        self.got.append(json.loads(body))
        time.sleep(self.wait_s)
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return Response(status=status, headers={"Location": "/elsewhere"} if 300 <= status < 400 else {})
