"""What both sides of the feed sign: the time and the raw body, under one secret that only they know.

May not: know flask, or read the body. The time is signed too, so that a request that was overheard is worth
nothing after five minutes; within them its id stops it."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from pydantic import SecretStr

from hotline.errors import RefusedRequest

TIME, SIGNATURE = "X-BackLine-Time", "X-BackLine-Signature"
MOST_OFF_S = 300
_SECONDS = re.compile(r"[0-9]{1,12}")


class Headers(Protocol):
    """A request's headers, whatever their case."""

    def get(self, key: str, default: str) -> str:
        """The header's value, or the default."""
        ...


def signature(secret: SecretStr, time: str, body: bytes) -> str:
    """`sha256=` and the HMAC-SHA256, in hexadecimal digits, of the time, a full stop and the body."""
    key = secret.get_secret_value().encode()
    told = time.encode("utf-8", "replace") + b"." + body
    return "sha256=" + hmac.new(key, told, hashlib.sha256).hexdigest()


def headers(secret: SecretStr, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of a request that is sent now: the time in whole seconds since the epoch."""
    time = str(int(now.timestamp()))
    return {"Content-Type": "application/json", TIME: time, SIGNATURE: signature(secret, time, body)}


def check(secrets: Iterable[SecretStr], told: Headers, body: bytes, now: datetime) -> None:
    """RefusedRequest: none of the secrets signed this body at that time, or it was signed too long ago.

    An empty secret signs nothing. The signature comes first: a forger learns nothing of our clock."""
    time, given = told.get(TIME, ""), told.get(SIGNATURE, "").encode("utf-8", "replace")
    holds = [
        hmac.compare_digest(signature(secret, time, body).encode(), given)
        for secret in secrets
        if secret.get_secret_value()
    ]
    if not any(holds):
        raise RefusedRequest(
            "the signature of the opt-out feed does not fit: is BACKLINE_OPTOUT_FEED_SECRET the sender's too?"
        )
    if not _SECONDS.fullmatch(time) or abs(now.timestamp() - int(time)) > MOST_OFF_S:
        raise RefusedRequest(
            f"the opt-out feed's {TIME} is more than {MOST_OFF_S} s off: are the clocks of both sides right?"
        )
