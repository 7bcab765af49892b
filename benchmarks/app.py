"""The two applications that are compared, in one server: the line itself, and beside it a bare Flask view.

May not: add anything to the line's own path; the bare view shares the server with it, not the application."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request

from hotline.web import app_from_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BARE = "/bare"


def bare_app() -> Flask:
    """A view that only parses the same form and answers with an empty response."""
    app = Flask("bare", static_folder=None)

    @app.post(BARE)
    def parse() -> Response:
        known = "MessageSid" in request.form
        return Response(f"<Response>{'' if known else '<Reject/>'}</Response>", mimetype="text/xml")

    return app


def both() -> Any:
    """What gunicorn starts in each worker."""
    line, bare = app_from_settings(), bare_app()

    def choose(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        app = bare if environ["PATH_INFO"] == BARE else line
        return app(environ, start_response)

    return choose
