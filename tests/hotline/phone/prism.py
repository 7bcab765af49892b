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
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.hotline.phone import overlay
from tests.hotline.phone.lines import served
from tests.hotline.phone.twiml_from_npm import NODE_MODULES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PRISM = NODE_MODULES / "@stoplight/prism-cli/dist/index.js"
STARTS_WITHIN_S = 60


def missing() -> str:
    """What Prism needs and this machine lacks; empty where it can run."""
    if shutil.which("node") is None:
        return "no Node"
    return "" if PRISM.exists() else "no tests/node/node_modules: run npm ci there"


def need_node() -> str:
    """The path of Node; skips, or fails in CI, where Prism cannot run."""
    lacking, node = missing(), shutil.which("node")
    if lacking:
        assert "BACKLINE_CI" not in os.environ, lacking
        pytest.skip(lacking)
    assert node is not None
    return node


@contextmanager
def judging(folder: Path, carrier: "WSGIApplication") -> Iterator[str]:
    """The address of Prism in front of that carrier; what it needs lies in that folder.

    It lets pass what the document does not allow, and tells of it in a header of the answer."""
    node, log = need_node(), folder / "log"
    document = folder / "carrier.json"
    document.write_text(json.dumps(overlay.make(NODE_MODULES)), encoding="utf-8")
    with served(carrier) as url, log.open("wb") as output:
        port = _free_port()
        listen = ["-h", "127.0.0.1", "-p", str(port)]
        command = [node, str(PRISM), "proxy", *listen, str(document), url]
        prism = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            _wait_for(port, prism, log)
            yield f"http://127.0.0.1:{port}"
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
