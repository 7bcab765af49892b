"""The docs say what there is: each command, each setting, and examples that run."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from click import Command, Group

from hotline.cli import main
from hotline.settings import Settings
from tests.hotline.edges import run

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = (ROOT / "docs" / "commands.md").read_text("utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text("utf-8")
NEED_MORE = ("demo", "serve", "tasks", "calls", "doctor", "diff", "queue", "consent", "forget", "prove")
"""Their examples need a server, a task, an installation, a git history or minutes: other tests do it."""


def commands(group: Group = main, path: str = "hotline") -> Iterator[tuple[str, Command]]:
    """Each command with its whole name."""
    for name, command in group.commands.items():
        if isinstance(command, Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def example_of(command: Command) -> str:
    """The runnable line of a command's help."""
    [line] = [line.strip() for line in (command.help or "").splitlines() if "Example:" in line]
    return line.removeprefix("Example:").strip()


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda value: str(value))
def test_each_command_is_described_with_each_of_its_options(name: str, command: Command) -> None:
    assert f"## `{name}" in COMMANDS
    section = COMMANDS.split(f"## `{name}", 1)[1].split("\n## ", 1)[0]
    for option in command.params:
        if option.param_type_name == "option":
            assert option.opts[-1] in section, f"{name}: {option.opts[-1]} is not described"
    assert example_of(command) in section


@pytest.mark.parametrize(
    "module", ["python -m workers work", "python -m workers clock", "python -m benchmarks turns"]
)
def test_the_processes_are_described_too(module: str) -> None:
    assert f"## `{module}" in COMMANDS


def test_no_command_is_described_that_is_not_there() -> None:
    described = set(re.findall(r"^## `(hotline [a-z ]+[a-z])", COMMANDS, re.MULTILINE))
    assert described == {name for name, _ in commands()}


@pytest.mark.parametrize(
    "example",
    [example_of(command) for name, command in commands() if not name.split()[1].startswith(NEED_MORE)],
)
def test_the_example_of_a_command_runs(example: str, tmp_path: Path) -> None:
    """In a folder of its own, so that what an example writes is gone afterwards."""
    (tmp_path / "flows").symlink_to(ROOT / "flows")
    copytree(ROOT / "flows" / "back_pain", tmp_path / "my_protocol")
    done = run(*shlex.split(example.removeprefix("hotline ")), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    written = [path for path in tmp_path.iterdir() if path.is_file()]
    assert done.stdout or written


def rows() -> dict[str, str]:
    """The table of settings: name to default, as written."""
    found = re.findall(r"^\| `BACKLINE_([A-Z_]+)` \| (.*?) \|", SETTINGS, re.MULTILINE)
    return {name.lower(): default.strip("` ") for name, default in found}


def test_each_setting_is_described_once_and_none_that_is_not_there() -> None:
    names = re.findall(r"^\| `BACKLINE_([A-Z_]+)`", SETTINGS, re.MULTILINE)
    assert sorted(name.lower() for name in names) == sorted(Settings.model_fields)


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_the_default_of_a_setting_is_told_as_it_is(name: str) -> None:
    default = Settings.model_fields[name].default
    told = getattr(default, "get_secret_value", lambda: default)()
    expected = "flows/back_pain" if name == "protocol_folder" else str(told)
    assert rows()[name] == expected


@pytest.mark.parametrize("path", sorted((ROOT / "docs").glob("*.md")), ids=lambda path: path.name)
def test_a_setting_that_a_page_names_exists(path: Path) -> None:
    for name in re.findall(r"BACKLINE_([A-Z][A-Z_]+[A-Z])", path.read_text("utf-8")):
        assert name.lower() in Settings.model_fields or name in ("CI", "LONG", "PARENT", "PORT"), name
