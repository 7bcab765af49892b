"""The webhooks: asks whether a request is the carrier's, passes its form on, and never leaves a caller
without safe words.

May use: flask. Nothing clinical stands here; every fault of ours ends in the static words that name the
emergency number."""

from collections.abc import Callable

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from hotline.channels import Inbound, sms, voice
from hotline.closing import settle
from hotline.conversation import Channel, take_turn
from hotline.errors import RefusedRequest, StoreAway
from hotline.health import Health
from hotline.line import Line, open_line
from hotline.safe_words import SafeWords
from hotline.settings import Settings
from hotline.signature import Signature

LARGEST_B = 64 * 1024
MOST_FIELDS = 200
log = structlog.get_logger("hotline.web")


def app_from_settings() -> Flask:
    """The app of the environment's settings: what gunicorn starts. SettingsError, StoreUnsafe: what to
    set first."""
    from hotline.readiness import must_be_ready

    settings = Settings()
    line = open_line(settings)
    must_be_ready(line)
    return create_app(line)


def create_app(line: Line) -> Flask:
    """The webhooks of a line. SettingsError: no auth token."""
    app = Flask("hotline", static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_B, MAX_FORM_PARTS=MOST_FIELDS, MAX_FORM_MEMORY_SIZE=LARGEST_B
    )
    settings = line.settings
    tokens = [settings.auth_token.get_secret_value(), settings.auth_token_old.get_secret_value()]
    door = Door(line, Signature(settings.public_base_url, tokens), SafeWords.of(line))
    app.add_url_rule("/sms", view_func=door.text, methods=["POST"], endpoint="sms")
    app.add_url_rule("/voice", view_func=door.call, methods=["POST"], endpoint="voice", defaults={"turn": 0})
    app.add_url_rule("/voice/<int:turn>", view_func=door.call, methods=["POST"], endpoint="voice_turn")
    app.add_url_rule("/voice/status", view_func=door.call_status, methods=["POST"])
    app.add_url_rule("/status/<id>", view_func=door.status, methods=["POST"])
    app.add_url_rule("/fallback/<medium>", view_func=door.fallback, methods=["GET", "POST"])
    Health(line).attach(app)
    app.register_error_handler(HTTPException, door.refused)
    app.register_error_handler(Exception, door.failed)
    app.after_request(door.closed)
    return app


class Door:
    """The views: each checks the request, then passes it on."""

    def __init__(self, line: Line, signature: Signature, safe: SafeWords) -> None:
        self.line, self.signature, self.safe = line, signature, safe

    def text(self) -> Response:
        """A text came in."""
        self._must_be_the_carriers()
        return self._turn(sms, lambda: sms.read(request.form))

    def call(self, turn: int) -> Response:
        """A call began, or a key or a silence came in."""
        self._must_be_the_carriers()
        return self._turn(voice, lambda: voice.read(request.form, turn))

    def call_status(self) -> Response:
        """A call changed its state; its end is a turn."""
        self._must_be_the_carriers()
        inbound = voice.read_status(request.form)
        if inbound is not None:
            take_turn(self.line, voice, inbound, self.line.now())
        return Response(status=204)

    def status(self, id: str) -> Response:
        """A text of ours changed its state; an unknown id is answered all the same."""
        self._must_be_the_carriers()
        form = request.form
        status, code = form.get("MessageStatus", ""), form.get("ErrorCode", "")
        settle(self.line, id, form.get("MessageSid", ""), status, code, self.line.now())
        return Response(status=204)

    def fallback(self, medium: str) -> Response:
        """The carrier could not use our answer: static safe words, which need no store."""
        return Response(self.safe.by(voice if medium == "voice" else sms), mimetype="text/xml")

    def refused(self, error: HTTPException) -> Response:
        """A request that is not for us: its own status, and no words of ours."""
        if isinstance(error, RequestEntityTooLarge):
            log.warning("request refused", reason="too large", path=request.path)
        return Response(status=error.code or 500)

    def failed(self, error: Exception) -> Response:
        """A fault of ours: safe words for the one who waits, and a log line that names no person."""
        if isinstance(error, RefusedRequest):
            log.warning("request refused", reason=str(error))
            return Response(status=403)
        log.error(
            "fault", kind=type(error).__name__, path=request.path, exc_info=not isinstance(error, StoreAway)
        )
        if request.path.startswith(("/status", "/voice/status")):
            return Response(status=503)  # nobody waits for words: the carrier may ask again
        spoken = request.path.startswith(("/voice", "/fallback/voice"))
        return Response(self.safe.by(voice if spoken else sms), mimetype="text/xml")

    def closed(self, response: Response) -> Response:
        """Nothing of ours is to be cached."""
        response.headers["Cache-Control"] = "no-store"
        return response

    def _turn(self, channel: Channel, read: Callable[[], Inbound]) -> Response:
        try:
            inbound = read()
        except KeyError as missing:
            raise RefusedRequest(
                f"the field {missing} is missing: this is no request of the carrier's"
            ) from None
        body = take_turn(self.line, channel, inbound, self.line.now())
        return Response(body or sms.EMPTY, mimetype="text/xml")

    def _must_be_the_carriers(self) -> None:
        """RefusedRequest: the signature does not fit, or the account is another."""
        raw_path = (
            request.environ.get("RAW_URI")
            or request.environ.get("REQUEST_URI")
            or request.full_path.rstrip("?")
        )
        path, _, query = raw_path.partition("?")
        address = self.signature.address(path, query)
        if not self.signature.holds(address, request.form, dict(request.headers)):
            remedy = (
                "is BACKLINE_PUBLIC_BASE_URL the address that the carrier calls, "
                "and BACKLINE_AUTH_TOKEN its token?"
            )
            raise RefusedRequest(f"the signature does not fit {address}: {remedy}")
        if request.form.get("AccountSid") != self.line.settings.account_sid:
            raise RefusedRequest("another account: is BACKLINE_ACCOUNT_SID yours?")
