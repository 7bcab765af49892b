"""A small line of Flask for the carrier's tests, and a way to serve an application on a free port."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from werkzeug.serving import make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

from hotline.phone.account import Account

Reply = str | tuple[str, int]
ACCOUNT = Account("AC" + "0" * 32, "a secret of the test", "+12025550100", "+12025550109")
PERSON = "+12025550101"


@dataclass
class SmallLine:
    """What the line was asked, and what it answers: a function of the form by path."""

    url: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    answers: dict[str, Callable[[dict[str, str]], Reply]] = field(default_factory=dict)

    def says(self, path: str, *verbs: str) -> None:
        """The line answers `path` with these verbs, one document after another, the last one for ever."""
        left = list(verbs)
        self.answers[path] = lambda form: f"<Response>{left.pop(0) if len(left) > 1 else left[0]}</Response>"

    def forms(self, path: str) -> list[dict[str, str]]:
        """Every form that came to `path`."""
        return [form for asked, form in self.asked if asked == path]


@contextmanager
def served(app: "WSGIApplication", port: int = 0) -> Iterator[str]:
    """The application on that port, or on a free one; its base URL."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
