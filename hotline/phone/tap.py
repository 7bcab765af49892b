"""A tap on the carrier's REST: each request and its answer go into a file as well, for a judge to read later.

May use: flask. May not: change what passes, write where nobody named a folder, or write down a secret. What
it writes holds numbers and texts: it is for trials and tests."""

import json
import os
import threading
from itertools import count
from pathlib import Path
from urllib.parse import quote

from flask import Flask, Response, g, request

from hotline.phone.messages import VERSION

FOLDER = "BACKLINE_TAP"
"""Names a folder, made when it is needed. Each process appends to `<pid>.jsonl` in it: one line when a
request comes, so that a killed carrier leaves it, and one with the same `id` before its answer leaves. An
answer that breaks off has `body` null; `fault` names what was ordered to go wrong (faults.py)."""

KEPT_HEADERS = ("Accept", "Content-Type")
_numbers = count()
_lock = threading.Lock()


def listen(app: Flask) -> None:
    """Taps this carrier: what its REST is asked and answers is written down where FOLDER says by then."""
    app.before_request(_asked)
    app.after_request(_answered)


def _asked() -> None:
    folder = os.environ.get(FOLDER)
    if not folder or not request.path.startswith(f"/{VERSION}/"):
        return
    g.tap = (Path(folder), f"{os.getpid()}-{next(_numbers)}")
    headers = {name: request.headers[name] for name in KEPT_HEADERS if name in request.headers}
    if request.authorization is not None:
        headers["Authorization"] = request.authorization.type  # how, but not the password
    target = "?".join(filter(None, [quote(request.path), request.query_string.decode("latin-1")]))
    _write({
        "method": request.method, "target": target, "headers": headers,
        "body": request.get_data().decode("utf-8", "replace"),
    })  # fmt: skip


def _answered(answer: Response) -> Response:
    if "tap" in g:
        # Only an answer that was ordered to break off is streamed.
        body = None if answer.is_streamed else answer.get_data().decode("utf-8", "replace")
        headers, fault = dict(answer.headers), g.get("fault")
        _write({"status": answer.status_code, "headers": headers, "body": body, "fault": fault})
    return answer


def _write(told: dict[str, object]) -> None:
    folder, id = g.tap
    folder.mkdir(parents=True, exist_ok=True)
    with _lock, (folder / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as tape:
        tape.write(json.dumps({"id": id, **told}) + "\n")
