"""The stand-in as one web application: the carrier's REST, the phone's JSON and the phone's page.

May use: flask, werkzeug. May not: answer a browser page that came from elsewhere, or start in production mode
(`__main__` refuses that)."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, jsonify, request
from werkzeug.exceptions import BadRequest, HTTPException

from hotline.phone.call import MESSAGE_S
from hotline.phone.carrier import Carrier
from hotline.phone.clock import Clock, moved_s
from hotline.phone.places import address
from hotline.phone.rest import rest_blueprint, unknown
from hotline.phone.shown import shown_call, shown_exchange, shown_message, shown_request
from hotline.phone.tap import listen

if TYPE_CHECKING:
    from hotline.line import Line

HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
MAX_FORM_BYTES = 64 * 1024
# Nobody moves a demo on by more than a year at once; a slip of the finger must not lose the programme.
MAX_MOVE = timedelta(days=366)


def create_phone(carrier: Carrier, line: "Line | None", clock: Clock, hosts: frozenset[str] = HOSTS) -> Flask:
    """The carrier with its phone page.

    line: what the page shows beside the phone, or None for the phone alone. hosts: as for create_carrier."""
    # Here and not above: the page brings the line and its protocol along, which a carrier never needs.
    from hotline.phone.page import page_blueprint

    app = create_carrier(carrier, clock, hosts)
    app.register_blueprint(page_blueprint(carrier, line, clock))
    return app


def create_carrier(carrier: Carrier, clock: Clock, hosts: frozenset[str] = HOSTS) -> Flask:
    """The carrier without a page: its REST and the phone's JSON.

    hosts: names this server is called by; a request for any other name is refused (DNS rebinding)."""
    app = Flask(__name__, static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_FORM_BYTES
    listen(app)
    app.register_blueprint(rest_blueprint(carrier))
    app.register_blueprint(phone_blueprint(carrier, clock))
    app.before_request(lambda: _refuse_strangers(hosts))
    app.register_error_handler(404, lambda problem: unknown())
    return app


def phone_blueprint(carrier: Carrier, clock: Clock) -> Blueprint:
    """The phone's JSON under /phone/api; shapes in hotline/phone/__init__.py."""
    phone = Blueprint("phone", __name__, url_prefix="/phone/api")
    acts: dict[str, Callable[[dict[str, Any]], dict[str, object]]] = {
        "text": lambda asked: _text(carrier, asked),
        "dial": lambda asked: shown_call(carrier.dial(asked["from"])),
        "answer": lambda asked: shown_call(carrier.answer(asked["call"], str(asked.get("by", "human")))),
        "ring_out": lambda asked: shown_call(carrier.ring_out(asked["call"], asked["outcome"])),
        "press": lambda asked: shown_call(carrier.press(asked["call"], asked["key"])),
        "wait": lambda asked: shown_call(carrier.wait(asked["call"])),
        "hangup": lambda asked: shown_call(carrier.hang_up(asked["call"])),
        "speak": lambda asked: shown_call(carrier.speak(asked["call"], str(asked["words"]))),
        "message": lambda asked: _message(carrier, asked),
        "drop": lambda asked: shown_call(carrier.drop(asked["call"])),
        "nurse": lambda asked: _nurse(carrier, asked),
        "clock": lambda asked: _move(clock, asked),
        "faults": lambda asked: _order(carrier, asked),
    }
    looks: dict[str, Callable[[], dict[str, object]]] = {
        "thread": lambda: _thread(carrier, request.args["number"]),
        "call": lambda: shown_call(carrier.call(request.args["sid"])),
        "clock": lambda: _clock(clock),
        "line": lambda: _senders(carrier),
        "ledger": lambda: {"requests": [shown_request(row) for row in carrier.ledger()]},
        "faults": lambda: {"faults": carrier.faults.listed()},
    }
    for name, act in acts.items():
        phone.add_url_rule(f"/{name}", f"do_{name}", _doing(act), methods=["POST"])
    for name, look in looks.items():
        phone.add_url_rule(f"/{name}", f"see_{name}", _seeing(look), methods=["GET"])
    phone.add_url_rule("/faults", "clear", _seeing(lambda: _clear(carrier)), methods=["DELETE"])
    phone.register_error_handler(HTTPException, _fault)
    return phone


def _refuse_strangers(hosts: frozenset[str]) -> tuple[Response, int] | None:
    """A page of another site may neither read the phone nor press its keys; the REST has its own password."""
    asked = urlsplit(f"//{request.host}")
    name = f"[{asked.hostname}]" if ":" in (asked.hostname or "") else asked.hostname
    origin = request.headers.get("Origin")
    if name not in hosts:
        return jsonify(error="open the phone by its printed address"), 403
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        return jsonify(error="this phone answers its own page only"), 403
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site not in ("none", "same-origin") and request.method != "GET":
        return jsonify(error="this phone answers its own page only"), 403
    return None


def _doing(act: Callable[[dict[str, Any]], dict[str, object]]) -> Callable[[], Response]:
    def view() -> Response:
        # A form of another site can be posted without asking; JSON cannot.
        asked = request.get_json() if request.is_json else None
        if not isinstance(asked, dict):
            raise BadRequest("send a JSON object")
        return _seeing(lambda: act(asked))()

    return view


def _seeing(look: Callable[[], dict[str, object]]) -> Callable[[], Response]:
    def view() -> Response:
        try:
            return jsonify(look())
        except KeyError as missing:
            raise BadRequest(f"no such name or no such call: {missing.args[0]}") from missing
        except (ValueError, TypeError, AttributeError) as problem:
            raise BadRequest(f"cannot do that: {problem}") from problem

    return view


def _fault(problem: Exception) -> tuple[Response, int]:
    code = problem.code if isinstance(problem, HTTPException) else None
    words = problem.description if isinstance(problem, HTTPException) else None
    return jsonify(error=words or "that did not work"), code or 500


def _text(carrier: Carrier, asked: dict[str, Any]) -> dict[str, object]:
    body, media = str(asked["body"]), int(asked.get("media", 0))
    return shown_exchange(carrier.text(asked["from"], body, media, asked.get("sid")))


def _message(carrier: Carrier, asked: dict[str, Any]) -> dict[str, object]:
    seconds, end = float(asked.get("seconds", MESSAGE_S)), str(asked.get("end", "#"))
    return shown_call(carrier.say_message(asked["call"], seconds, end))


def _nurse(carrier: Carrier, asked: dict[str, Any]) -> dict[str, object]:
    return shown_call(carrier.nurse(asked["call"], str(asked["does"]), str(asked.get("key", ""))))


def _thread(carrier: Carrier, number: str) -> dict[str, object]:
    # A plus that nobody encoded arrives as a blank.
    party = address(f"+{number[1:]}" if number.startswith(" ") else number)
    messages = [shown_message(message) for message in carrier.thread(party)]
    return {"number": party, "opted_out": party in carrier.opted_out, "messages": messages}


def _senders(carrier: Carrier) -> dict[str, object]:
    account = carrier.account
    return {
        "text_sender": account.text_sender,
        "voice_sender": account.voice_sender,
        "keyword_mode": carrier.keyword_mode,
    }


def _clock(clock: Clock) -> dict[str, object]:
    return {"now": clock.now().isoformat(), "moved_s": moved_s(clock)}


def _move(clock: Clock, asked: dict[str, Any]) -> dict[str, object]:
    units = {name: float(asked[name]) for name in ("days", "hours", "seconds") if name in asked}
    by = timedelta(**units)
    if not units or not timedelta() <= by <= MAX_MOVE:
        raise ValueError("say days, hours or seconds, forward only, at most a year")
    clock.move(by)
    return _clock(clock)


def _order(carrier: Carrier, asked: dict[str, Any]) -> dict[str, object]:
    carrier.faults.order(**asked)
    return {"faults": carrier.faults.listed()}


def _clear(carrier: Carrier) -> dict[str, object]:
    carrier.faults.clear()
    return {"faults": []}
