"""Prism in front of a stand-in carrier: the carrier's official document judges what passes between.

Node and `tests/node/node_modules` are needed. May not: change what passes."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hotline.phone import overlay
from tests.hotline.phone.lines import served
from tests.hotline.phone.twiml_from_npm import NODE_MODULES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PRISM = NODE_MODULES / "@stoplight/prism-cli/dist/index.js"
BROKEN = "prism/errors#"  # in a line of its log: a request or an answer that the document does not allow
STARTS_WITHIN_S = 60


def need_node() -> str:
    """The path of Node; skips, or fails in CI, where Prism cannot run."""
    node = shutil.which("node")
    missing = (
        "no Node"
        if node is None
        else None
        if PRISM.exists()
        else "no tests/node/node_modules: run npm ci there"
    )
    if missing is not None:
        assert "BACKLINE_CI" not in os.environ, missing
        pytest.skip(missing)
    assert node is not None
    return node


@dataclass
class Judge:
    """A running Prism. url: where requests go. carrier: the application that they reach, set by each test."""

    url: str
    log: Path
    carrier: "WSGIApplication | None" = None

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Whatever passed the judge goes to the carrier of this test."""
        assert self.carrier is not None, "no carrier is set"
        return self.carrier(environ, start_response)

    def violations(self) -> list[str]:
        """The lines of its log that tell of a request or an answer that the document does not allow."""
        return [line for line in self.log.read_text(encoding="utf-8").splitlines() if BROKEN in line]


@contextmanager
def judging(folder: Path) -> Iterator[Judge]:
    """Prism, with the carrier's document and our overlay; what it needs lies in that folder."""
    node, judge = need_node(), Judge("", folder / "log")
    document = folder / "carrier.json"
    document.write_text(json.dumps(overlay.make(NODE_MODULES)), encoding="utf-8")
    with served(judge) as url, judge.log.open("wb") as log:
        port = _free_port()
        listen = ["-h", "127.0.0.1", "-p", str(port)]
        command = [node, str(PRISM), "proxy", "--errors", *listen, str(document), url]
        prism = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait_for(port, prism, judge.log)
            judge.url = f"http://127.0.0.1:{port}"
            yield judge
        finally:
            prism.terminate()
            prism.wait(10)


def _free_port() -> int:
    with socket.socket() as link:
        link.bind(("127.0.0.1", 0))
        return int(link.getsockname()[1])


def _wait_for(port: int, prism: "subprocess.Popen[bytes]", log: Path) -> None:
    """Until Prism listens; fails with its own words."""
    end = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < end and prism.poll() is None:
        with socket.socket() as link:
            if link.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"Prism does not listen: {log.read_text()[-2000:]}")
