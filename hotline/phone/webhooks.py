"""The carrier's requests to the line: signed, limited in time, tried again once, then sent to the fallback.

May use: requests, the carrier's own signature algorithm, twiml. May not: know what a text or a call is."""

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag, urlencode, urlsplit

import requests
from twilio.request_validator import RequestValidator
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from hotline.phone.account import Account
from hotline.phone.twiml import MAX_BYTES, Kind, TwimlRefused, Verb, read_twiml

TOTAL_S = 15.0
CONNECT_S = 5.0
RETRIEVAL_FAILED = 11200


@dataclass(frozen=True, slots=True)
class Post:
    """One webhook as it was sent and what came back. status 0: no answer."""

    url: str
    method: str
    params: Mapping[str, str]
    status: int
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the line wants done. `code`, `fault`: what went wrong at the webhook address, if anything did;
    `fallback`: the verbs come from the fallback address; `dead`: that failed too, so there are none."""

    verbs: tuple[Verb, ...]
    url: str
    body: bytes = b""
    code: int | None = None
    fault: str | None = None
    fallback: bool = False
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What `#rc=2&rp=5xx,ct,rt` behind a webhook address asks for: retries, when, and times in seconds."""

    retries: int = 1
    when: frozenset[str] = frozenset({"ct"})
    connect_s: float = CONNECT_S
    read_s: float = TOTAL_S

    @classmethod
    def of(cls, fragment: str) -> "Limits":
        """Reads the part of an address behind its #."""
        asked = {name: values[-1] for name, values in parse_qs(fragment).items()}
        return cls(
            min(int(asked.get("rc", "1")), 5),
            frozenset(asked.get("rp", "ct").split(",")),
            min(int(asked.get("ct", "5000")) / 1000, 10.0),
            min(int(asked.get("rt", "15000")) / 1000, TOTAL_S),
        )

    def again(self, status: int, cause: str) -> bool:
        """Is one more attempt due after this outcome? cause: "ct", "rt" or ""."""
        outcome = cause or f"{status // 100}xx"
        return outcome in self.when or ("all" in self.when and (bool(cause) or status >= 400))


class Webhooks:
    """Sends signed requests to the line and keeps what was sent. Safe for threads."""

    def __init__(self, account: Account, total_s: float = TOTAL_S) -> None:
        self._account = account
        self._total_s = total_s
        self._lock = threading.Lock()
        self._posts: list[Post] = []

    def posts(self) -> list[Post]:
        """Every request sent so far, oldest first."""
        with self._lock:
            return list(self._posts)

    def ask(
        self, kind: Kind, url: str, params: Mapping[str, str], fallback: str, method: str = "POST"
    ) -> Answer:
        """What the line wants done now; where it fails, its fallback address is asked once."""
        try:
            return self._document(kind, url, params, method)
        except TwimlRefused as refused:
            told = {**params, "ErrorCode": str(refused.code), "ErrorUrl": urldefrag(url).url}
            try:
                answer = self._document(kind, fallback, told, "POST")
            except TwimlRefused:
                return Answer((), url, b"", refused.code, refused.fault, fallback=True, dead=True)
            return Answer(answer.verbs, answer.url, answer.body, refused.code, refused.fault, fallback=True)

    def send(self, url: str, params: Mapping[str, str], method: str = "POST") -> Post:
        """One webhook with its retries; the last attempt. Never raises: status 0 means no answer."""
        address, fragment = urldefrag(url)
        limits, deadline = Limits.of(fragment), time.monotonic() + self._total_s
        if method == "GET" and params:
            address, params = f"{address}{'&' if '?' in address else '?'}{urlencode(params)}", {}
        headers = {**self._signed(address, params), "I-Twilio-Idempotency-Token": secrets.token_hex(16)}
        for _ in range(limits.retries + 1):
            left = max(deadline - time.monotonic(), 0.001)
            wait = (min(limits.connect_s, left), min(limits.read_s, left))
            post, cause = _attempt(method, address, dict(params), headers, wait)
            with self._lock:
                self._posts.append(post)
            if not limits.again(post.status, cause) or time.monotonic() >= deadline:
                break
        return post

    def _document(self, kind: Kind, url: str, params: Mapping[str, str], method: str) -> Answer:
        post = self.send(url, params, method)
        if not 200 <= post.status < 300:
            words = f"answered {post.status}" if post.status else "did not answer in time"
            raise TwimlRefused(RETRIEVAL_FAILED, f"{urlsplit(url).path} {words}")
        return Answer(read_twiml(kind, post.body, post.content_type), urldefrag(url).url, post.body)

    def _signed(self, url: str, params: Mapping[str, str]) -> dict[str, str]:
        account = self._account
        signature = RequestValidator(account.auth_token).compute_signature(url, params, account.algorithm)
        headers = {"X-Twilio-Signature": signature, "User-Agent": "TwilioProxy/1.1", "Accept": "*/*"}
        if account.algorithm != "HMAC_SHA1":
            headers["X-Twilio-Webhooks-Signature-Settings"] = f"key=stand-in,algorithm={account.algorithm}"
        return headers


def _attempt(
    method: str, url: str, params: dict[str, str], headers: dict[str, str], wait: tuple[float, float]
) -> tuple[Post, str]:
    """One request; what came back and why nothing did ("ct", "rt" or "")."""
    cause, status, body, content_type = "", 0, b"", ""
    try:
        with requests.Session() as session:
            # No proxy and no .netrc of this machine may come between: the carrier has none.
            session.trust_env = False
            session.headers.update(headers)
            reply = session.request(
                method, url, data=params or None, timeout=wait, allow_redirects=False, stream=True
            )
            # One byte more than is allowed is enough to know that it is too much.
            body = reply.raw.read(MAX_BYTES + 1, decode_content=True) or b""
            status, content_type = reply.status_code, reply.headers.get("Content-Type", "")
    except (requests.RequestException, HTTPError, OSError, ValueError) as problem:
        cause = _cause(problem)
    return Post(url, method, params, status, body, content_type), cause


def _cause(problem: Exception) -> str:
    """ "ct" when no connection came about (the line saw nothing), else "rt" (it may have acted)."""
    inner = getattr(problem.args[0] if problem.args else None, "reason", None)
    never = isinstance(inner, NewConnectionError | ConnectTimeoutError)
    return "ct" if never or isinstance(problem, requests.ConnectTimeout) else "rt"
