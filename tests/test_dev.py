"""The front door: `python3 dev.py` asks for nothing but Python and pip, and says plainly what is wrong."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import dev

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ["requirements.lock", "requirements-dev.lock"]


def run(folder: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Runs the front door of the checkout in `folder`, in a clean environment."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(folder), **environment}
    return subprocess.run(
        [sys.executable, "dev.py", *arguments], cwd=folder, env=clean, capture_output=True, text=True
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout whose lock names a package that nobody can fetch."""
    for name in ("dev.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in LOCKS:
        (tmp_path / name).write_text(f"no-such-package==1.0 --hash=sha256:{'0' * 64}\n")
    return tmp_path


@pytest.mark.parametrize("arguments", [[], ["dmeo"]])
def test_a_wrong_command_is_told_what_there_is(checkout: Path, arguments: list[str]) -> None:
    """Exit 2 and the three commands; nothing is installed for a typing error."""
    done = run(checkout, *arguments)
    assert done.returncode == 2
    assert "demo|test|check" in done.stderr
    assert not (checkout / ".venv").exists()


def test_without_a_network_it_says_so_and_can_be_tried_again(checkout: Path) -> None:
    """pip fails: the remedy is told, and the half-made .venv does not pass for a whole one."""
    done = run(checkout, "demo", PIP_NO_INDEX="1")
    assert done.returncode == 1
    assert "No network" in done.stderr
    assert not (checkout / ".venv" / dev.STAMP.name).exists()


def test_the_packages_of_another_checkout_are_not_cleared_away(checkout: Path, tmp_path: Path) -> None:
    """A .venv that is a link belongs to the checkout that it leads to."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept").touch()
    (checkout / ".venv").symlink_to(other)
    done = run(checkout, "check", "--no-tests")
    assert done.returncode == 1 and "remove the link" in done.stderr
    assert (other / "kept").exists()


def test_a_prepared_checkout_starts_at_once(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an unchanged lock nothing is installed: here pip could not even run."""
    for name, place in {"ROOT": checkout, "STAMP": checkout / dev.STAMP.name}.items():
        monkeypatch.setattr(dev, name, place)
    monkeypatch.setattr(dev, "LOCKS", {"run": checkout / LOCKS[0], "dev": checkout / LOCKS[1]})
    monkeypatch.setattr(dev, "PYTHON", Path(sys.executable))
    prints = {kind: dev.fingerprint(kind) for kind in ("run", "dev")}
    dev.STAMP.write_text(json.dumps({"place": dev.place(), **prints}))
    monkeypatch.setenv("PATH", "")
    dev.prepare("run")
    dev.prepare("dev")
    assert dev.installed()["run"] == prints["run"]
    (checkout / LOCKS[0]).write_text("something-else==2\n")
    assert dev.fingerprint("run") != prints["run"]


def test_arguments_reach_pytest_and_named_tests_run_in_one_process() -> None:
    """`dev.py test tests/flows -x` is what it says; the whole suite uses every core."""
    assert dev.pytest_arguments(["tests/test_dev.py::test_x", "-x"]) == ["tests/test_dev.py::test_x", "-x"]
    assert dev.pytest_arguments(["-x"]) == ["-n", "auto", "-x"]


def test_nothing_leads_python_to_other_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PYTHONPATH of the shell does not get into the line."""
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    assert "PYTHONPATH" not in dev.surroundings({})
    assert dev.surroundings({"BACKLINE_LONG": "1"})["BACKLINE_LONG"] == "1"


@pytest.mark.parametrize("name", LOCKS)
def test_each_locked_package_has_its_hash_and_no_address_of_an_index(name: str) -> None:
    """What is installed is what was tested, wherever it is fetched from."""
    lock = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)
    assert "://" not in lock
    assert not re.search(r"^-", lock, re.M), "an option line would tell pip where to look"


@pytest.mark.parametrize("name", LOCKS)
def test_the_build_back_end_is_locked_too(name: str) -> None:
    """The checkout is installed without build isolation and without a network."""
    lock = (ROOT / name).read_text(encoding="utf-8")
    assert {"hatchling", "editables"} <= set(re.findall(r"^([a-z0-9-]+)==", lock, re.M))


def test_demo_and_tests_run_on_the_same_versions() -> None:
    """The lock of the tests holds that of the line, version for version."""
    run_time, tests = (
        set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(encoding="utf-8"), re.M)) for name in LOCKS
    )
    assert run_time < tests


def test_every_dependency_is_locked() -> None:
    """A dependency added without a new lock is noticed here, not by a newcomer."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {"requirements.lock": project["dependencies"]}
    wanted["requirements-dev.lock"] = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    for name, dependencies in wanted.items():
        locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / name).read_text(encoding="utf-8"), re.M))
        named = {re.split(r"[>=<;\[ ]", entry)[0].replace(".", "-").lower() for entry in dependencies}
        assert named <= locked, name


def test_no_npm_lock_names_a_registry() -> None:
    """The Node packages come from wherever the machine gets its packages."""
    lock = (ROOT / "tests" / "node" / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity"' in lock
    assert '"resolved"' not in lock
