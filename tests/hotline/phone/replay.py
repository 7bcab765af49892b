"""A tape of exchanges is judged: Prism passes on each request and each answer once more, and tells what the
carrier's document does not allow.

May not: leave out an exchange. What must be refused, and what was ordered to be wrong, must be found too."""

import json
import logging
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import requests

from hotline.phone.messages import RestRefused
from tests.hotline.phone import overlay
from tests.hotline.phone.prism import judging
from tests.hotline.phone.tape import Answer, Exchange
from tests.hotline.phone.twiml_from_npm import NODE_MODULES

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

VIOLATIONS = "sl-violations"  # Prism's header: what was wrong with the request and with the answer
PROBLEM = "application/problem+json"  # Prism's own answer, where it could make nothing of the carrier's
OF_BOOKS = {
    21606: "the document does not know which numbers are ours",
    21610: "the document does not know who opted out",
}
"""Refusals that no form shows, by the carrier's code; such a request must be well formed. The reason of any
other 400 must be found in the request by the document too, unless a test ordered it (the fault `refuse`)."""
BROKEN_ON_PURPOSE = {"garbage": "the fault is an answer that is no JSON: faults.py"}
"""Faults whose answer the document must not allow. Every other answer of a fault, an error too, is as the
carrier writes it."""
NO_ANSWER = Answer(503, {"Content-Type": "application/json"}, json.dumps(RestRefused(20500).shown()))
"""Given in place of an answer that never came or broke off: the request alone is judged."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with a request and with its answer, in words."""

    request: tuple[str, ...] = ()
    answer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not well about one exchange."""

    one: Exchange
    words: str

    def __str__(self) -> str:
        answer = _answer(self.one)
        asked = f"  > {self.one.method} {self.one.target}\n  > {self.one.headers} {self.one.body}"
        told = f"  < {answer.status} {(answer.body or '').strip()}"
        return f"{self.words}\n  tape {self.one.where}, fault: {self.one.fault}\n{asked}\n{told}"


def judge(exchanges: Iterable[Exchange]) -> list[Finding]:
    """Everything that is not as the carrier's document says. Node is needed."""
    document, asked = overlay.make(NODE_MODULES), list(exchanges)
    found = []
    with _replaying(asked) as (url, came), requests.Session() as session:
        session.trust_env = False
        for number, one in enumerate(asked):
            told = _ask(session, url, number, one)
            faults = _faults(told, _answer(one)) if number in came else Faults((told.text,))
            named = Faults((*_strange_names(document, one), *faults.request), faults.answer)
            found += [Finding(one, words) for words in verdict(one, named)]
    return found


def verdict(one: Exchange, found: Faults) -> Iterator[str]:
    """What is not well about an exchange, given what the document finds wrong with it."""
    refused = _refused_for_its_form(one)
    if refused and not found.request:
        yield f"request: the carrier refused it ({refused}), the document does not"
    if not refused:
        yield from (f"request: {words}" for words in found.request)
    if one.fault in BROKEN_ON_PURPOSE:
        if not found.answer:
            yield f"answer: broken by the fault {one.fault}, and the document allows it"
    else:
        yield from (f"answer: {words}" for words in found.answer)


def _refused_for_its_form(one: Exchange) -> int:
    """The carrier's code where it refused a request for how it was written; 0 elsewhere."""
    if one.answer is None or one.answer.status != 400 or one.fault is not None:
        return 0
    try:
        told = json.loads(one.answer.body or "")
    except ValueError:
        told = None  # no refusal of the carrier's: the document finds the answer wrong, and it is to be shown
    code = told.get("code") if isinstance(told, dict) else None
    code = code if isinstance(code, int) and code else 400
    return 0 if code in OF_BOOKS else code


@contextmanager
def _replaying(exchanges: list[Exchange]) -> Iterator[tuple[str, set[int]]]:
    """The address of Prism, behind which each request gets the answer that it got then; and the numbers of
    the requests that Prism let through."""
    came: set[int] = set()

    def again(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        number = int(environ["HTTP_X_NUMBER"])
        came.add(number)
        answer = _answer(exchanges[number])
        kinds = [("Content-Type", answer.headers["Content-Type"])] if "Content-Type" in answer.headers else []
        start_response(f"{answer.status} {_phrase(answer.status)}", kinds)
        return [(answer.body or "").encode()]

    log = logging.getLogger("werkzeug")
    before = log.level
    log.setLevel(logging.WARNING)  # a line for each request would hide what was found
    try:
        with tempfile.TemporaryDirectory() as folder, judging(Path(folder), again) as url:
            yield url, came
    finally:
        log.setLevel(before)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"


def _answer(one: Exchange) -> Answer:
    return NO_ANSWER if one.answer is None or one.answer.body is None else one.answer


def _ask(session: requests.Session, url: str, number: int, one: Exchange) -> requests.Response:
    """One request once more. The tape holds no password: any will do for the document."""
    headers = {**one.headers, "X-Number": str(number)}
    if headers.get("Authorization", "").lower() == "basic":
        headers["Authorization"] = "Basic anVkZ2U6anVkZ2U="
    body = one.body.encode() if one.body else None
    return session.request(one.method, url + one.target, data=body, headers=headers, timeout=30)


def _faults(told: requests.Response, given: Answer) -> Faults:
    """What Prism says about an exchange that it let through."""
    if told.headers.get("Content-Type", "").startswith(PROBLEM):
        return Faults((), (told.text,))
    if told.status_code != given.status:
        return Faults((), (f"Prism answers {told.status_code} in place of {given.status}: {told.text}",))
    text = told.headers.get(VIOLATIONS, "[]")
    if not text.startswith("["):  # cut short, because there is too much
        return Faults((text,), (text,))
    asked, answered = list[str](), list[str]()
    for row in json.loads(text):
        (asked if row["location"][:1] == ["request"] else answered).append(_worded(row))
    return Faults(tuple(asked), tuple(answered))


def _worded(row: Mapping[str, Any]) -> str:
    return f"{'.'.join(map(str, row['location'][1:]))} {row['message']}".strip()


def _strange_names(document: dict[str, Any], one: Exchange) -> Iterator[str]:
    """Names of parameters that the document does not know: Prism drops them instead of refusing them. Of a
    name that comes twice it sees only one."""
    asked = urlsplit(one.target)
    known = overlay.names(document, one.method, asked.path)
    if known is None:
        return  # Prism tells of that itself
    for place, text, allowed in (("query", asked.query, known.query), ("form", one.body, known.form)):
        names = [name for name, _ in parse_qsl(text, keep_blank_values=True)]
        yield from (f"{place}: no parameter {name!r}" for name in sorted(set(names) - allowed))
        twice = {name for name in names if names.count(name) > 1} - known.lists
        yield from (f"{place}: {name!r} comes more than once" for name in sorted(twice))
