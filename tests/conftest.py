"""What every test may ask for: a real Redis of its own, and a clear word where Chromium or Node is missing.

With BACKLINE_CI=1 (set by `.ci/run`, which installs both) what would be skipped fails instead.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from hypothesis import settings

from hotline.embedded import embedded_redis

pytest_plugins = ["tests.judged_run"]

settings.register_profile("backline", deadline=None)  # no test is judged by the clock of a busy machine
settings.load_profile("backline")

NODE_MODULES = Path(__file__).parent / "node" / "node_modules"


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a real Redis; one for each process of the test run."""
    with embedded_redis() as own:
        yield own.url


@pytest.fixture
def clean_redis(redis_url: str) -> str:
    """The address of that Redis, emptied for this test."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    return redis_url


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium's program. Mark the test `browser`."""
    found = _chromium()
    assert found, "mark the test with @pytest.mark.browser"
    return found


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder with the Node packages that judge us. Mark the test `node`."""
    return NODE_MODULES


@pytest.fixture(scope="session")
def long_run() -> bool:
    """Whether to count fully (`python3 dev.py check --long`) or to take a sample."""
    return os.environ.get("BACKLINE_LONG") == "1"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips what this machine cannot run, with the reason; in CI it fails, because there it must run."""
    missing = _missing_for(item)
    if missing and os.environ.get("BACKLINE_CI") == "1":
        pytest.fail(f"CI must have it: {missing}", pytrace=False)
    if missing:
        pytest.skip(missing)


def _missing_for(item: pytest.Item) -> str:
    """What this test needs and this machine lacks; empty when it can run."""
    if item.get_closest_marker("browser") and not _chromium():
        return "no Chromium on this machine (Debian: apt-get install chromium)"
    if item.get_closest_marker("node") and not shutil.which("node"):
        return "no Node on this machine"
    if item.get_closest_marker("node") and not NODE_MODULES.is_dir():
        return "the Node packages are not installed (cd tests/node && npm ci)"
    return ""


def _chromium() -> str | None:
    """Chromium's program as Debian, Alpine or a person installed it."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
