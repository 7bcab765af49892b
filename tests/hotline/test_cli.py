"""The commands as a person runs them: processes, exit codes, one JSON document, and nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click import Command, Group

from flows.load import load
from flows.protocol import Medium
from flows.wording import wording
from hotline import tasks as owed
from hotline.cli import main
from hotline.line import open_line
from hotline.settings import PROTOCOL_FOLDER
from hotline.store import Change
from tests.hotline.edges import ROOT, environment_for, run, settings_for

SAMPLE = ROOT / "tests" / "data" / "vignettes.sample.json"


def left_behind(folder: str | Path = "") -> set[str]:
    """Folders of our own Redis servers; each names the process that made it."""
    return {path.name for path in Path(folder or tempfile.gettempdir()).glob("backline-redis-*")}


def told(*arguments: str, code: int = 0, **more: Any) -> Any:
    """The one JSON document of a command."""
    done = run(*arguments, "--json", **more)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


# validate


def test_validate_says_what_is_valid_and_its_hash() -> None:
    assert run("validate").stdout.strip().endswith("valid")
    assert told("validate")["hash"] == load(PROTOCOL_FOLDER).hash


def test_validate_lists_every_fault_with_file_and_line(tmp_path: Path) -> None:
    from shutil import copytree

    folder = tmp_path / "p"
    copytree(PROTOCOL_FOLDER, folder)
    protocol, texts = folder / "protocol.yaml", folder / "texts" / "en.yaml"
    protocol.write_text(protocol.read_text("utf-8").replace("emergency_now", "emergency_later", 3), "utf-8")
    texts.write_text(texts.read_text("utf-8").replace("{emergency}", "{emergncy}", 1), "utf-8")
    report = told("validate", str(folder), code=1)
    assert not report["valid"] and len(report["faults"]) >= 2
    assert all({"file", "line", "what"} == set(fault) and fault["line"] > 0 for fault in report["faults"])
    done = run("validate", str(folder))
    assert done.returncode == 1 and "protocol.yaml:" in done.stdout + done.stderr


def test_validate_names_a_folder_that_is_not_there() -> None:
    done = run("validate", "/nowhere/at/all")
    assert done.returncode == 1 and "no such folder" in done.stdout + done.stderr


# vignettes


@pytest.mark.parametrize("channel", ["sms", "voice"])
def test_the_sample_cases_are_sent_neither_too_low_nor_too_high(channel: str, tmp_path: Path) -> None:
    own = {"TMPDIR": str(tmp_path)}  # other tests have Redis servers of their own at the same time
    report = told("vignettes", str(SAMPLE), "--channel", channel, environment=own)
    assert (report["under"], report["over"]) == (0, 0)
    assert {frozenset(case) for case in report["cases"]} == {
        frozenset({"id", "disposition", "replies", "verdict"})
    }
    assert all(isinstance(case["replies"], int) for case in report["cases"])
    assert not left_behind(tmp_path)


def test_a_case_that_is_sent_too_low_is_an_exit_of_one(tmp_path: Path) -> None:
    """A case that wants an emergency for nothing; from a YAML file, with a key that nobody knows."""
    from ruamel.yaml import YAML

    case = next(case for case in json.loads(SAMPLE.read_text("utf-8")) if _least(case) == "self_care")
    changed = json.loads(json.dumps(case).replace('"self_care"', '"emergency_now"')) | {"nobody": "knows"}
    path = tmp_path / "cases.yaml"
    YAML().dump([changed], path)
    report = told("vignettes", str(path), code=1)
    assert report["under"] + report["over"] == 1


def _least(case: dict[str, Any]) -> str:
    return next((str(value) for key, value in case.items() if value == "self_care"), "")


def test_settings_of_a_real_line_do_not_reach_a_command_that_needs_none() -> None:
    strange = {
        "BACKLINE_MODE": "production",
        "BACKLINE_REDIS_URL": "redis://127.0.0.1:1",
        "BACKLINE_DESK_DAYS": "0-6",
    }
    assert told("vignettes", str(SAMPLE), environment=strange)["under"] == 0


# understand


def test_understand_reads_one_text() -> None:
    [reading] = told("understand", "no but my leg is numb", "--question", "saddle")
    assert reading["signs"] and set(reading) == {"id", "reading", "value", "signs"}
    assert told("understand", "12", "--question", "age")[0]["value"] == 12
    assert told("understand", "help")[0]["reading"] == "help"


ASKED: list[dict[str, Any]] = [
    {"id": "a", "text": "yes", "question": "heart", "language": "en", "nobody": 1},
    {"id": 2, "text": "STOP", "question": None},
    {"id": "c", "text": "2", "question": "checkin", "language": "en"},
    {"id": "d", "text": "0", "question": "risks"},
    {"id": "e", "text": "1, 5", "question": "risks"},
    {"id": "f", "text": "call an ambulance", "question": "free"},
    {"id": "g", "text": "", "question": "heart"},
]


@pytest.mark.parametrize("name", ["asked.json", "asked.yaml"])
def test_understand_reads_a_file_in_its_order(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("json"):
        path.write_text(json.dumps(ASKED), "utf-8")
    else:
        from ruamel.yaml import YAML

        YAML().dump(ASKED, path)
    found = told("understand", "--batch", str(path))
    assert [row["id"] for row in found] == [item["id"] for item in ASKED]
    assert [row["reading"] for row in found][:5] == [
        "yes",
        "optout",
        "menu_choice",
        "menu_choice",
        "menu_choice",
    ]
    assert [row["value"] for row in found][2:5] == [2, [], [1, 5]]
    assert "danger" in found[5]["signs"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("understand",),
        ("understand", "no", "--question", "nobody"),
        ("understand", "no", "--language", "xx"),
        ("understand", "no", "--batch", "pyproject.toml"),
        ("understand", "--batch", "nowhere.json"),
        ("understand", "--batch", "pyproject.toml", "--json"),
        ("vignettes", "nowhere.json"),
        ("vignettes", "README.md", "--channel", "pigeon"),
        ("vignettes", "package.json"),
        ("simulate", "BACK"),
        ("simulate", "--script"),
        ("tasks", "claim", "x"),
        ("serve", "--workers", "many"),
        ("nobody",),
    ],
)
def test_who_asks_wrongly_is_told_so_with_an_exit_of_two(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr and not done.stdout and "Traceback" not in done.stderr


@pytest.mark.parametrize("content", ["{", "[1, 2]", '{"a": 1}', '["x"]', "\x00", "[{}]"])
@pytest.mark.parametrize("command", [("understand", "--batch"), ("vignettes",)])
def test_a_file_that_is_none_is_asked_wrongly(tmp_path: Path, command: tuple[str, ...], content: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(content, "utf-8")
    done = run(*command, str(path), "--json")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr and not done.stdout


# texts


def test_texts_gives_each_sentence_of_each_language_and_medium() -> None:
    protocol = load(PROTOCOL_FOLDER)
    rows = told("texts")
    there = {(row["key"], row["language"], row["medium"]) for row in rows}
    expected = {
        (key, language, medium.value)
        for language, texts in protocol.languages.items()
        for key, text in texts.texts.items()
        for medium in Medium
        if wording(text, medium) is not None
    }
    assert there == expected and len(rows) == len(expected)
    assert all(
        set(row) == {"key", "language", "medium", "text", "encoding", "segments", "grade"} for row in rows
    )
    texted = [row for row in rows if row["medium"] == "sms"]
    english = {(row["encoding"], row["segments"]) for row in texted if row["language"] == "en"}
    assert english == {("GSM-7", 1)}
    assert max(row["segments"] for row in texted) == 2
    assert {row["encoding"] for row in rows if row["medium"] == "voice"} == {None}
    assert not any("{" in row["text"] for row in rows)
    assert run("texts").stdout.count("\n") > len(rows)


# simulate


def test_a_script_by_text_prints_the_exchange_and_leaves_nothing(tmp_path: Path) -> None:
    words = "BACK no no no 1 1 1 0 45 3 1".split()
    done = run("simulate", "--script", *words, environment={"TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("> ") == 11 and "JOIN" in done.stdout and "chest pain" in done.stdout.lower()
    assert not left_behind(tmp_path)


def test_a_script_by_phone_prints_the_exchange() -> None:
    done = run("simulate", "--voice", "--script", "wait", "1")
    assert done.returncode == 0, done.stderr
    assert "9 1 1" in done.stdout and "(calls)" in done.stdout


def test_somebody_types_until_they_have_nothing_to_say() -> None:
    done = run("simulate", typed="BACK\nyes\n")
    assert done.returncode == 0 and "911" in done.stdout


def test_a_command_that_is_killed_leaves_nothing_behind() -> None:
    command = [sys.executable, "-m", "hotline.cli", "simulate"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdin and process.stdout
    process.stdin.write(b"BACK\n")
    process.stdin.flush()
    assert process.stdout.readline()
    time.sleep(1)
    assert _of(process.pid), "it had a Redis of its own"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()
    until = time.monotonic() + 10
    while _of(process.pid) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _of(process.pid)


def _of(process: int) -> set[str]:
    return {name for name in left_behind() if f"-{process}-" in name}


# tasks


@pytest.fixture
def owing(clean_redis: str) -> Iterator[tuple[dict[str, str], str]]:
    """A line that owes somebody a call: its environment, and the task."""
    settings = settings_for(clean_redis)
    line = open_line(settings)
    now = line.now()
    contact = line.sealer.contact_of("+12025550123")
    address = line.sealer.seal(
        contact, "address", json.dumps(["+12025550123", settings.text_sender]).encode()
    )
    task = owed.make(contact, 1, "told_urgent_today", "urgent_today", now, 60)
    change = Change(b"", session="[]", address=address, tasks=(task,))
    line.store.turns.take(contact, "SM1", lambda state: change, now)
    yield environment_for(clean_redis), task.id
    line.store.close()


def test_staff_list_claim_and_close_a_task(owing: tuple[dict[str, str], str]) -> None:
    environment, id = owing
    [row] = told("tasks", "list", environment=environment)
    assert (row["id"], row["state"], row["level"], row["call"]) == (
        id,
        "open",
        "urgent_today",
        "+12025550123",
    )
    assert "+12025550123" in run("tasks", "list", environment=environment).stdout
    assert run("tasks", "claim", id, "--by", "Nurse Ada", environment=environment).returncode == 0
    again = run("tasks", "claim", id, "--by", "Nurse Bea", environment=environment)
    assert again.returncode == 1 and "Traceback" not in again.stderr
    closed = run("tasks", "close", id, "--by", "Nurse Ada", "--note", "seen", environment=environment)
    assert closed.returncode == 0
    assert told("tasks", "list", "--state", "open", environment=environment) == []
    [row] = told("tasks", "list", "--state", "closed", environment=environment)
    assert (row["by"], row["note"]) == ("Nurse Ada", "seen")


def test_tasks_of_a_redis_that_is_away_are_an_exit_of_one() -> None:
    done = run("tasks", "list", "--json", environment=environment_for("redis://127.0.0.1:1"))
    assert done.returncode == 1 and not done.stdout and "Traceback" not in done.stderr
    assert run("tasks", "list", environment={"BACKLINE_REDIS_URL": "nonsense"}).returncode == 1
    unknown = run("tasks", "claim", "nobody", "--by", "x", environment={"BACKLINE_REDIS_URL": "nonsense"})
    assert unknown.returncode == 1 and "Traceback" not in unknown.stderr


def test_a_task_that_does_not_exist_is_an_exit_of_one(clean_redis: str) -> None:
    done = run("tasks", "claim", "0" * 24, "--by", "x", environment=environment_for(clean_redis))
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert run("tasks", "list", environment=environment_for(clean_redis)).stdout == "no tasks\n"


# every command


def commands(group: Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Command]]:
    """Each command that a person can give."""
    for name, command in group.commands.items():
        if isinstance(command, Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


@pytest.mark.parametrize(
    ("path", "command"),
    list(commands()),
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else "",
)
def test_the_help_of_each_command_has_one_example(path: tuple[str, ...], command: Command) -> None:
    lines = [line.strip() for line in (command.help or "").splitlines()]
    examples = [line for line in lines if line.startswith("Example: ")]
    assert len(examples) == 1 and f"hotline {' '.join(path)}" in examples[0]
