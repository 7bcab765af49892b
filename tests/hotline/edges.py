"""A line behind its door for tests: its settings, requests signed as the carrier signs them, a real server.

May not: assert anything."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from hotline import children
from hotline.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-of-the-tests-0123456789ab"
ACCOUNT = "AC" + "e" * 32
BASE = "https://line.example"
PERSON, LINE = "+12025550123", "+12025550100"
OF_A_CLINIC = {
    "TEXT_SENDER": "+12025550160", "VOICE_SENDER": "+12025550161", "CLINIC_NAME": "Elm St Clinic",
    "CLINIC_PHONE": "202-555-0162", "LINE_PHONE": "202-555-0161", "LINK": "elm.example/b",
}  # fmt: skip
"""What a clinic sets instead of the demo's made-up names and numbers."""
Fields = Sequence[tuple[str, str]]


def settings_for(redis_url: str, **more: Any) -> Settings:
    """The settings of a trial line behind a public address."""
    told = {
        "account_sid": ACCOUNT,
        "auth_token": SecretStr(TOKEN),
        "public_base_url": BASE,
        "redis_url": redis_url,
    }
    return Settings(**{**told, **more})


def text_form(body: str, sid: str, **more: str) -> dict[str, str]:
    """The form of an inbound text, with fields that we do not know too."""
    return {
        "ToCountry": "US", "SmsMessageSid": sid, "NumMedia": "0", "MessageSid": sid, "AccountSid": ACCOUNT,
        "From": PERSON, "To": LINE, "Body": body, "NumSegments": "1", "ApiVersion": "2010-04-01",
    } | more  # fmt: skip


def call_form(sid: str, **more: str) -> dict[str, str]:
    """The form of a step of a call."""
    fields = {"CallSid": sid, "AccountSid": ACCOUNT, "From": PERSON, "To": LINE, "CallStatus": "in-progress"}
    return fields | more


class Several(dict[str, list[str]]):
    """A form in which fields stand several times, as the carrier's validator wants it."""

    def getlist(self, name: str) -> list[str]:
        """Every value of a field."""
        return self[name]

    def lists(self) -> Iterable[tuple[str, list[str]]]:
        """Each name with its values."""
        return self.items()


def headers_for(url: str, fields: Fields, token: str = TOKEN, algorithm: str = "HMAC_SHA1") -> dict[str, str]:
    """The signature headers of a request, by the carrier's own code."""
    form = Several()
    for name, value in fields:
        form.setdefault(name, []).append(value)
    signature = RequestValidator(token).compute_signature(url, form, algorithm)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    if algorithm != "HMAC_SHA1":
        headers["X-Twilio-Webhooks-Signature-Settings"] = f"key=webhooks_sharedkey_1,algorithm={algorithm}"
    return headers


def post(
    url: str, fields: Mapping[str, str], base: str = BASE, headers: Mapping[str, str] | None = None
) -> tuple[int, bytes]:
    """A signed request to a real server: status and body. The carrier believes to call `base`."""
    path = "/" + url.split("/", 3)[3]
    told = headers_for(base + path, list(fields.items())) | dict(headers or {})
    return fetch(urllib.request.Request(url, urlencode(fields).encode(), told))


def fetch(request: urllib.request.Request | str) -> tuple[int, bytes]:
    """Status and body of a request to this machine."""
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()


@contextmanager
def serving(environment: Mapping[str, str], log: Path, workers: int = 2) -> Iterator[str]:
    """`hotline serve` as a process; its address once it answers. What it writes goes to `log`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "hotline.cli", "serve", "--bind", f"127.0.0.1:{port}"]
    with log.open("wb") as output:
        server = children.start([*command, "--workers", str(workers)], dict(environment), output=output)
        try:
            _wait_for(f"http://127.0.0.1:{port}/health", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            children.stop([server])


def _wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 40
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            if fetch(url)[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server does not answer:\n{log.read_text(encoding='utf-8')}")


def environment_for(redis_url: str, **more: str) -> dict[str, str]:
    """The environment of such a line."""
    told = {"REDIS_URL": redis_url, "ACCOUNT_SID": ACCOUNT, "AUTH_TOKEN": TOKEN, "PUBLIC_BASE_URL": BASE}
    return {f"BACKLINE_{name}": value for name, value in (told | more).items()}


def production(redis_url: str, **more: str) -> dict[str, str]:
    """The environment of a real installation that lacks nothing but what `more` takes away."""
    key = base64.b64encode(os.urandom(32)).decode()
    told = {"MODE": "production", "ADDRESS_KEY": key, "SEALING_KEYS": f"k1:{key}"}
    return environment_for(redis_url, **(told | OF_A_CLINIC | more))


def lines_of(log: str) -> list[dict[str, Any]]:
    """The JSON lines of a log."""
    return [json.loads(line) for line in log.splitlines() if line.startswith("{")]


def run(
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    typed: str | None = None,
    folder: Path = ROOT,
) -> Any:
    """`hotline ...` as a person runs it in a folder: code, output and errors."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("BACKLINE_")}
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-m", "hotline.cli", *arguments],
        capture_output=True, text=True, timeout=900, cwd=folder,
        env={**bare, "PYTHONPATH": path, **(environment or {})},
        input=typed, stdin=None if typed is not None else subprocess.DEVNULL,
    )  # fmt: skip
