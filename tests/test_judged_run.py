"""A run whose carriers heard what the document does not allow has failed; so has a whole run without a tape.

Each run here is a small suite of its own, as pytest runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hotline.phone.tap import FOLDER
from tests import judged_run

ROOT = Path(__file__).resolve().parents[1]
QUIET = "def test_it_is_quiet() -> None:\n    assert True\n"
TORN = """
from os import environ
from pathlib import Path

def test_it_tears() -> None:
    tape = Path(environ["BACKLINE_TAP"]) / "1.jsonl"
    tape.parent.mkdir(parents=True)
    assert tape.write_text("{\\n") == 2
"""
TEXTS = """
import requests
from hotline.phone.app import create_carrier
from hotline.phone.carrier import Carrier
from hotline.phone.clock import OwnClock
from tests.hotline.phone.lines import ACCOUNT, PERSON

def test_it_texts() -> None:
    client = create_carrier(Carrier(ACCOUNT, "http://127.0.0.1:9"), OwnClock()).test_client()
    form = {"To": PERSON, "From": ACCOUNT.text_sender, "Body": "Hello", "Attempt": ATTEMPT}
    path = f"/2010-04-01/Accounts/{ACCOUNT.sid}/Messages.json"
    assert client.post(path, data=form, auth=(ACCOUNT.sid, ACCOUNT.auth_token)).status_code == 201
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite with one quiet test, at a place that must be heard."""
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\naddopts = --import-mode=importlib\n")
    write(tmp_path, QUIET)
    return tmp_path


def write(suite: Path, test: str) -> None:
    place = suite / "tests" / "workers" / "test_processes.py"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(test, encoding="utf-8")


def run(suite: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """That suite, as somebody without CI runs it."""
    ours = ("BACKLINE_", "PYTEST_")
    bare = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "pytest", "-p", "tests.judged_run", *arguments]
    return subprocess.run(
        command, cwd=suite, env=bare | {"PYTHONPATH": path} | more, capture_output=True, text=True
    )


@pytest.mark.node
def test_a_run_that_says_nothing_wrong_passes_and_is_counted(suite: Path) -> None:
    write(suite, TEXTS.replace("ATTEMPT", "1"))
    done = run(suite, "-n2")
    assert done.returncode == 0, done.stdout
    assert "the carrier's document: 1 exchanges heard, 1 of them distinct and judged in" in done.stdout
    assert "1 passed in" in done.stdout


@pytest.mark.node
@pytest.mark.parametrize("processes", ["0", "2"])
def test_a_run_that_says_something_wrong_fails_and_tells_what(suite: Path, processes: str) -> None:
    write(suite, TEXTS.replace("ATTEMPT", '"often"'))
    done = run(suite, "-n", processes, **{FOLDER: str(suite / "tape")})
    assert done.returncode == 1, done.stdout
    assert "request: body.Attempt Request body property Attempt must be integer" in done.stdout
    assert "tape tests.workers.test_processes.py..test_it_texts" in done.stdout
    assert "1 passed, 1 error in" in done.stdout
    assert list((suite / "tape").rglob("*.jsonl"))


def test_a_whole_run_that_heard_nothing_fails_and_one_of_a_single_file_does_not(suite: Path) -> None:
    done = run(suite, "-n0")
    assert done.returncode == 1, done.stdout
    assert "nothing of tests/workers/test_processes.py is on the tape" in done.stdout
    assert run(suite, "-n0", "tests/workers/test_processes.py").returncode == 0
    assert run(suite, "-n0", "-k", "quiet").returncode == 0


@pytest.mark.parametrize("processes", ["0", "2"])
def test_a_judge_who_cannot_judge_fails_the_run_and_hides_nothing_of_it(suite: Path, processes: str) -> None:
    write(suite, TORN)
    done = run(suite, "-n", processes, **{FOLDER: str(suite / "tape")})
    assert done.returncode == 1, done.stdout
    assert "the carrier's document: not judged\n" in done.stdout
    assert "JSONDecodeError" in done.stdout and "1 passed, 1 error in" in done.stdout


def test_the_tape_of_another_run_is_not_taken_for_that_of_this_one(suite: Path) -> None:
    (suite / "tape").mkdir()
    (suite / "tape" / "1.jsonl").touch()
    done = run(suite, "-n0", **{FOLDER: str(suite / "tape")})
    assert done.returncode == 4, done.stdout
    assert "holds the tape of another run" in done.stderr


def test_where_node_is_missing_it_is_said_and_in_ci_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"id": "1-0", "method": "GET", "target": "/", "headers": {}, "body": ""}
    (tmp_path / "1.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("BACKLINE_CI", raising=False)
    verdict = judged_run.judged(tmp_path, [])
    assert verdict.told == "1 exchanges heard, 1 of them distinct; not judged: no Node" and not verdict.found
    monkeypatch.setenv("BACKLINE_CI", "1")
    assert judged_run.judged(tmp_path, []).found == ("not judged: no Node",)


def test_in_ci_every_place_must_be_heard_and_each_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [place for place in judged_run.HEARD if not (ROOT / place.partition("::")[0]).exists()] == []
    monkeypatch.setenv("BACKLINE_CI", "1")
    assert judged_run.must_be_heard([]) == judged_run.HEARD
    monkeypatch.delenv("BACKLINE_CI")
    passed = ["tests/workers/test_killed.py::test_x", "tests/flows/test_y.py::test_z"]
    assert judged_run.must_be_heard(passed) == ["tests/workers/test_killed.py"]
