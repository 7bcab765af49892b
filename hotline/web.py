"""The webhooks: asks whether a request is the carrier's, passes its form on, and never leaves a caller
without safe words.

May use: flask. Nothing clinical stands here; every fault of ours ends in the static words that name the
emergency number."""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from flask import Flask, Response, g, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from hotline import checkin_calls, closing, logs
from hotline.channels import Inbound, sms, voice
from hotline.conversation import Channel, take_turn, whisper
from hotline.errors import RefusedRequest, StoreAway, StoreUnsafe
from hotline.feed import revocation, signing, taking
from hotline.gate import Gate
from hotline.health import Health, Page
from hotline.line import Line, open_line
from hotline.readiness import must_be_ready, store_problems
from hotline.recordings import ADDRESS
from hotline.safe_words import SafeWords
from hotline.settings import Settings
from hotline.signature import Signature

LARGEST_B = 64 * 1024
MOST_FIELDS = 200
FOR_EVER = "public, max-age=31536000, immutable"  # a recording's name is that of its bytes
NOBODY_WAITS = ("/status", "/voice/status", "/optouts")
Read = TypeVar("Read")
log = structlog.get_logger("hotline.web")


def app_from_settings() -> Flask:
    """The app of the environment's settings: what gunicorn starts in each worker.

    SettingsError, StoreUnsafe: what to set first. A Redis that is away does not keep it from starting: a
    worker that is started anew in an outage must still say safe words."""
    settings = Settings()
    logs.configure(settings.log_level)
    line = open_line(settings)
    must_be_ready(line, away_is_fine=True)
    return create_app(line)


def create_app(line: Line) -> Flask:
    """The webhooks of a line. SettingsError: no auth token."""
    app = Flask("hotline", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_B, MAX_FORM_MEMORY_SIZE=LARGEST_B)
    settings = line.settings
    tokens = [settings.auth_token.get_secret_value(), settings.auth_token_old.get_secret_value()]
    door = Door(line, Signature(settings.public_base_url, tokens), SafeWords.of(line))
    door.open_early()
    app.add_url_rule("/sms", view_func=door.text, methods=["POST"], endpoint="sms")
    app.add_url_rule("/voice", view_func=door.call, methods=["POST"], endpoint="voice", defaults={"turn": 0})
    app.add_url_rule("/voice/<int:turn>", view_func=door.call, methods=["POST"], endpoint="voice_turn")
    app.add_url_rule("/voice/status", view_func=door.call_status, methods=["POST"])
    app.add_url_rule("/voice/whisper/<contact>", view_func=door.whisper, methods=["POST"])
    app.add_url_rule("/voice/checkin/<row>", view_func=door.checkin, methods=["POST"])
    app.add_url_rule("/voice/checkin/<row>/ended", view_func=door.checkin_ended, methods=["POST"])
    app.add_url_rule("/voice/recording", view_func=door.recording, methods=["POST"])
    app.add_url_rule(f"{ADDRESS}<name>", view_func=door.audio, endpoint="audio")
    app.add_url_rule("/status/<id>", view_func=door.status, methods=["POST"])
    app.add_url_rule("/optouts", view_func=door.opt_out, methods=["POST"], endpoint="optouts")
    app.add_url_rule("/fallback/<medium>", view_func=door.fallback, methods=["GET", "POST"])
    watch(app, Health(line))
    app.register_error_handler(HTTPException, door.refused)
    app.register_error_handler(Exception, door.failed)
    return app


def watch(app: Flask, health: Health) -> None:
    """Add the pages that machines look at, and count every request."""
    pages = {"health": health.health, "ready": health.ready, "metrics": lambda: health.metrics(_bearer())}
    for name, page in pages.items():
        app.add_url_rule(f"/{name}", view_func=_shown(page), endpoint=name)

    def begin() -> None:
        g.began = time.perf_counter()

    def count(response: Response) -> Response:
        began = g.get("began", 0.0)
        health.count(request.endpoint or "none", response.status_code, time.perf_counter() - began)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.before_request(begin)
    app.after_request(count)


def _bearer() -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _shown(page: Callable[[], Page]) -> Callable[[], Response]:
    def show() -> Response:
        told = page()
        return Response(told.body, status=told.status, mimetype=told.mimetype)

    return show


class Door:
    """The views: each checks the request, then passes it on."""

    def __init__(self, line: Line, signature: Signature, safe: SafeWords) -> None:
        self.line, self.signature, self.safe = line, signature, safe
        self.gate = Gate(line, store_problems)

    def open_early(self) -> None:
        """Reach the store now rather than in the first caller's time; where it is away, later."""
        try:
            self.gate.open()
        except (StoreAway, StoreUnsafe) as fault:
            log.error("the store is not used yet: callers get safe words", reason=str(fault))

    def text(self) -> Response:
        """A text came in."""
        form = self._carriers_form()
        return self._turn(sms, lambda: sms.read(form))

    def call(self, turn: int) -> Response:
        """A call began, or a key or a silence came in."""
        form = self._carriers_form()
        return self._turn(voice, lambda: voice.read(form, turn))

    def call_status(self) -> Response:
        """A call changed its state; its end is a turn."""
        form = self._carriers_form()
        inbound = _whole(lambda: voice.read_status(form))
        if inbound is not None:
            with self.gate.passed():
                take_turn(self.line, voice, inbound, self.line.now())
        return Response(status=204)

    def whisper(self, contact: str) -> Response:
        """A nurse picked up: what the call is, and then the key that takes it."""
        form = self._carriers_form()
        inbound = _whole(lambda: voice.read_accept(form, contact))
        with self.gate.passed():
            if inbound is None:
                body = voice.GONE if form.get("Digits") else whisper(self.line, contact)
            else:
                body = take_turn(self.line, voice.NursesLeg, inbound, self.line.now())
        return Response(body or voice.EMPTY, mimetype="text/xml")

    def checkin(self, row: str) -> Response:
        """Our check-in call was answered."""
        form = self._carriers_form()
        inbound = _whole(lambda: voice.read_checkin(form))
        with self.gate.passed():
            known = checkin_calls.is_ours(self.line, row, inbound)
            body = take_turn(self.line, voice, inbound, self.line.now()) if known else voice.GONE
        return Response(body, mimetype="text/xml")

    def checkin_ended(self, row: str) -> Response:
        """Our check-in call is over, or nobody took it."""
        form = self._carriers_form()
        inbound = _whole(lambda: voice.read_status(form))
        with self.gate.passed():
            if inbound is not None and checkin_calls.is_ours(self.line, row, inbound):
                checkin_calls.settle(self.line, row, form["CallSid"], form["CallStatus"], self.line.now())
                take_turn(self.line, voice, inbound, self.line.now())
        return Response(status=204)

    def recording(self) -> Response:
        """What became of a recording; a lost one stands in the log, by its id."""
        form = self._carriers_form()
        if form.get("RecordingStatus") not in ("completed", "in-progress"):
            log.warning("a recording is missing", recording=form.get("RecordingSid", ""))
        return Response(status=204)

    def audio(self, name: str) -> Response:
        """A recorded sentence. Carriers fetch it unsigned, so its name is one that nobody can guess."""
        recording = self.line.renderer.recordings.named(name)
        if recording is None:
            raise NotFound
        response = Response(recording.content, mimetype=recording.mimetype)
        response.headers["Cache-Control"] = FOR_EVER
        response.set_etag(name.partition(".")[0])
        response.make_conditional(request)
        return response

    def status(self, id: str) -> Response:
        """A text of ours changed its state; an unknown id is answered all the same."""
        form = self._carriers_form()
        status, code = form.get("MessageStatus", ""), form.get("ErrorCode", "")
        with self.gate.passed():
            closing.settle(self.line, id, form.get("MessageSid", ""), status, code, self.line.now())
        return Response(status=204)

    def opt_out(self) -> Response:
        """Another programme heard an opt-out: 204 once it counts here and no send is under way."""
        settings = self.line.settings
        secrets = (settings.optout_feed_secret, settings.optout_feed_secret_old)
        if not secrets[0].get_secret_value():
            raise NotFound
        request.max_content_length = revocation.LARGEST_B
        body, now = request.get_data(cache=False), self.line.now()
        signing.check(secrets, request.headers, body, now)
        try:
            told = revocation.from_json(body)
        except revocation.BadRevocation as fault:
            log.warning("request refused", status=400, address=self._told_address(), remedy=str(fault))
            return Response(f"{fault}\n", status=400, mimetype="text/plain")
        with self.gate.passed():
            taking.take(self.line, told, taking.WEBHOOK, now)
        return Response(status=204)

    def fallback(self, medium: str) -> Response:
        """The carrier could not use our answer: static safe words, which need no store."""
        return self._safe(spoken=medium == "voice")

    def refused(self, error: HTTPException) -> Response:
        """A request that is not for us: its own status, and no words of ours; a fault of ours: safe words."""
        if error.code is None or error.code >= 500:
            return self.failed(error)
        if remedy := _REMEDIES.get(type(error)):
            log.warning("request refused", status=error.code, address=self._told_address(), remedy=remedy)
        return Response(status=error.code, headers=_allowed(error))

    def failed(self, error: Exception) -> Response:
        """A fault of ours: safe words for the one who waits, and a log line that names no person."""
        if isinstance(error, RefusedRequest):
            log.warning("request refused", status=403, address=self._told_address(), remedy=str(error))
            return Response(status=403)
        if isinstance(error, StoreAway | StoreUnsafe):
            log.error("the store is away", path=request.path, reason=str(error))
        else:
            log.error("fault", path=request.path, exc_info=error)
        if request.path.startswith(NOBODY_WAITS):
            return Response(status=503)  # for words: the carrier, or the other programme, may ask again
        return self._safe(spoken=request.path.startswith(("/voice", "/fallback/voice")))

    def _safe(self, *, spoken: bool) -> Response:
        return Response(self.safe.voice if spoken else self.safe.sms, mimetype="text/xml")

    def _turn(self, channel: Channel, read: Callable[[], Inbound]) -> Response:
        inbound = _whole(read)
        with self.gate.passed():
            body = take_turn(self.line, channel, inbound, self.line.now())
        return Response(body or sms.EMPTY, mimetype="text/xml")

    def _address(self) -> str:
        """The address that the carrier must have signed: ours, with the path and query as they came."""
        raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.full_path
        path, _, query = raw.partition("?")
        return self.signature.address(path, query)

    def _told_address(self) -> str:
        """The same for the log: what a query says may be a number or words of a person, its names are not."""
        path, mark, query = self._address().partition("?")
        return path + mark + "&".join(f"{part.partition('=')[0]}=.." for part in query.split("&") if query)

    def _carriers_form(self) -> "ImmutableMultiDict[str, str]":
        """The form of a request of the carrier's.

        RequestEntityTooLarge: too much of it. RefusedRequest: the signature does not fit, or the account is
        another."""
        form = request.form
        if sum(map(len, form.listvalues())) > MOST_FIELDS:
            raise RequestEntityTooLarge
        if not self.signature.holds(self._address(), form, request.headers):
            raise RefusedRequest(
                "the signature does not fit this address: is BACKLINE_PUBLIC_BASE_URL what the carrier "
                "calls, and BACKLINE_AUTH_TOKEN its token?"
            )
        if form.get("AccountSid") != self.line.settings.account_sid:
            raise RefusedRequest("this is another account: is BACKLINE_ACCOUNT_SID yours?")
        return form


_REMEDIES: dict[type[HTTPException], str] = {
    RequestEntityTooLarge: f"at most {LARGEST_B} bytes and {MOST_FIELDS} fields: no carrier sends more; "
    f"to the opt-out feed at most {revocation.LARGEST_B} bytes",
    MethodNotAllowed: "the carrier must use POST: set the webhook's method to HTTP POST",
}


def _allowed(error: HTTPException) -> dict[str, str]:
    methods = error.valid_methods if isinstance(error, MethodNotAllowed) else None
    return {"Allow": ", ".join(sorted(methods))} if methods else {}


def _whole(read: Callable[[], Read]) -> Read:
    """What `read` makes of the form. RefusedRequest: a field that every such request has is missing."""
    try:
        return read()
    except KeyError as missing:
        field = missing.args[0] if missing.args else "?"
        raise RefusedRequest(f"the field {field} is missing: this is no request of the carrier's") from None
