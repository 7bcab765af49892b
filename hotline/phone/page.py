"""The phone's page: a thread, a keypad, a clock to move on, and what the line knows, drawn by Jinja and htmx.

May use: flask, the carrier, the rooms `people`, `knowledge`, `reading`. May not: hold a number in a URL, a
script or a style in a page, or decide anything: it shows, and does what a person with a phone can do."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from flows.session import BadSession
from hotline.errors import StoreAway
from hotline.line import Line
from hotline.phone.booth import Booth
from hotline.phone.calling_page import INCOMING_ACTS, KEYPAD, NURSE_ACTS, call_acts, call_told
from hotline.phone.carrier import Carrier
from hotline.phone.clock import Clock, moved_s
from hotline.phone.knowledge import known_of, local
from hotline.phone.people import PEOPLE, Person, person_of, somebody_new
from hotline.phone.reading import Reading, answer_in_words, read_text, signs_in_words
from hotline.phone.shown import shown_message
from hotline.phone.words import QUESTIONS, READINGS, plain

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MOVES = {"10": "10 minutes", "60": "1 hour", "1440": "1 day"}
PARTS = ("notice", "thread", "texted", "call", "spoken", "nurse", "clock", "known")
LONGEST = 1600


def page_blueprint(carrier: Carrier, line: Line | None, clock: Clock) -> Blueprint:
    """The page at `/` and its parts under /phone/page. line: None for the phone alone, with nothing beside
    it."""
    booth = Booth(carrier, line, clock)
    page = Blueprint(
        "page", __name__, template_folder="templates", static_folder="static", static_url_path="/phone/static"
    )
    acts: dict[str, Callable[[Person], str]] = {
        "send": lambda person: _send(booth, person),
        "move": lambda person: _move(booth),
        **call_acts(booth),
    }
    page.add_url_rule("/", "home", lambda: _home(booth))
    page.add_url_rule("/phone/page/new", "new", lambda: _new(booth))
    page.add_url_rule("/phone/page/<slug>/live", "live", lambda slug: _changed(booth, _person(slug), ""))
    for name, act in acts.items():
        page.add_url_rule(f"/phone/page/<slug>/{name}", name, _doing(booth, act), methods=["POST"])
    page.after_request(_guarded)
    return page


def _home(booth: Booth) -> str:
    person = _person(request.args.get("as", PEOPLE[0].slug))
    shown = {name: _part(booth, person, name, "") for name in PARTS}
    people = PEOPLE if person in PEOPLE else (*PEOPLE[:-1], person, PEOPLE[-1])
    return render_template(
        "phone/page.html", person=person, people=people, parts=shown, seen=_seen(shown), moves=MOVES,
        senders=booth.carrier.account, longest=LONGEST, keypad=KEYPAD, nurse_acts=NURSE_ACTS,
        incoming_acts=INCOMING_ACTS,
    )  # fmt: skip


def _new(booth: Booth) -> Answer:
    return redirect(f"{url_for('page.home')}?as={somebody_new(booth.has_seen)}", 303)


def _doing(booth: Booth, act: Callable[[Person], str]) -> Callable[[str], Response]:
    def view(slug: str) -> Response:
        # A form of another site cannot send a header of ours; app.py refuses foreign origins besides.
        if request.headers.get("HX-Request") != "true":
            abort(400, "this is a part of the phone's page: open / in a browser")
        person = _person(slug)
        try:
            notice = act(person)
        except (ValueError, KeyError) as problem:
            notice = str(problem.args[0])
        return _changed(booth, person, notice)

    return view


def _changed(booth: Booth, person: Person, notice: str) -> Response:
    """The parts that differ from what the page says it shows; nothing (204) where none does."""
    shown = {name: _part(booth, person, name, notice) for name in PARTS}
    had = dict(zip(PARTS, request.values.get("seen", "").split("."), strict=False))
    polled = request.method == "GET"
    # A notice stays until the next act: a poll, which has none, must not wipe it away.
    fresh = [
        name for name in PARTS if had.get(name) != _mark(shown[name]) and not (polled and name == "notice")
    ]
    if not fresh:
        return make_response("", 204)
    marks = [had.get(name, "") if polled and name == "notice" else _mark(shown[name]) for name in PARTS]
    return make_response(
        render_template("phone/changed.html", parts=shown, fresh=fresh, seen=".".join(marks))
    )


def _part(booth: Booth, person: Person, name: str, notice: str) -> str:
    told: dict[str, Callable[[], dict[str, object]]] = {
        "notice": lambda: {"notice": notice},
        "thread": lambda: _thread(booth, person),
        "texted": lambda: _thread(booth, person),
        "call": lambda: call_told(booth, person),
        "spoken": lambda: call_told(booth, person),
        "nurse": lambda: call_told(booth, person),
        "clock": lambda: _clock(booth, person),
        "known": lambda: _known(booth, person),
    }
    return render_template(
        f"phone/{name}.html", person=person, when=_when(person), plain=plain, **told[name]()
    )


def _seen(shown: dict[str, str]) -> str:
    return ".".join(_mark(shown[name]) for name in PARTS)


def _mark(part: str) -> str:
    return hashlib.sha256(part.encode()).hexdigest()[:8]


def _person(slug: str) -> Person:
    found = person_of(slug)
    if found is None:
        abort(404)
    return found


def _when(person: Person) -> Callable[[datetime | str], str]:
    def when(at: datetime | str) -> str:
        return local(datetime.fromisoformat(at) if isinstance(at, str) else at, person.tz())

    return when


def _guarded(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


# What is shown


def _thread(booth: Booth, person: Person) -> dict[str, object]:
    messages = (
        [] if person.withheld else [shown_message(message) for message in booth.carrier.thread(person.number)]
    )
    last_in = max((n for n, message in enumerate(messages) if message["direction"] == "in"), default=-1)
    latest = [message for message in messages[last_in + 1 :] if message["direction"] == "out"]
    blocked = person.number in booth.carrier.opted_out
    return {"messages": messages, "latest": latest, "blocked": blocked}


def _clock(booth: Booth, person: Person) -> dict[str, object]:
    return {"now": booth.clock.now(), "moved": _span(moved_s(booth.clock))}


def _span(by_s: float) -> str:
    """How far the clock was moved, in days, hours and minutes."""
    minutes = round(by_s) // 60
    units = (("d", minutes // 1440), ("h", minutes % 1440 // 60), ("min", minutes % 60))
    return " ".join(f"{count} {unit}" for unit, count in units if count)


def _known(booth: Booth, person: Person) -> dict[str, object]:
    line, reading = booth.line, booth.readings.last(person.number)
    if line is None or (person.withheld and booth.call_of(person) is None):
        return {"known": None, "reading": None}
    language = next(iter(line.protocol.languages))
    signs = signs_in_words(line.protocol, language, reading.heard.signs) if reading else ()
    known = known_of(line, booth.address_of(person))
    answer = answer_in_words(line.protocol, reading, language) if reading else ""
    return {
        "known": known, "reading": reading, "answer": answer, "signs": signs, "readings": READINGS,
        "names": QUESTIONS, "draft": line.protocol,
    }  # fmt: skip


# What a person with a phone can do


def _send(booth: Booth, person: Person) -> str:
    body = request.form.get("body", "")[:LONGEST]
    if person.withheld:
        raise ValueError("Nobody can text from a withheld number: choose another phone.")
    if not body.strip():
        return "Write something first."
    reading = _read(booth, person.number, body)
    exchange = booth.carrier.text(person.number, body)
    booth.readings.keep(person.number, reading)
    return f"The carrier logged error {exchange.code}: {exchange.fault}" if exchange.code else ""


def _read(booth: Booth, number: str, body: str) -> Reading | None:
    """How the text will be read; None where that cannot be told (no line, or Redis is away)."""
    if booth.line is None:
        return None
    try:
        return read_text(booth.line, number, body, booth.clock.now())
    except (StoreAway, BadSession):
        return None


def _move(booth: Booth) -> str:
    minutes = request.form.get("minutes", "")
    if minutes not in MOVES:
        raise ValueError("The clock moves on by 10 minutes, an hour or a day.")
    booth.clock.move(timedelta(minutes=int(minutes)))
    return ""
