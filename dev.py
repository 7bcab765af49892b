"""The project's front door: `python3 dev.py demo|test|check`.

Makes `.venv` from the hashed lock the first time (and again when the lock changes), then hands over to the
Python in it. `demo` installs what the line needs to run; `test` and `check` add what the tests need.

May use: the standard library only, because it runs before anything is installed. May not: know anything
about the line itself.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - before the other imports: an old Python must reach this
    sys.exit(
        "BackLine needs Python 3.11 or later, and this is {}.{}.\n"
        "Install a newer one and run it by name: python3.12 dev.py demo".format(*sys.version_info)
    )

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "backline-installed.json"
LOCKS = {"run": ROOT / "requirements.lock", "dev": ROOT / "requirements-dev.lock"}

USAGE = """usage: python3 dev.py demo|test|check [arguments]

  demo   the whole line on this machine, with a phone in the browser; --once plays it through by itself
  test   the tests; further arguments go to pytest, for example: python3 dev.py test tests/flows -x
  check  lint, format, types and tests; --long runs the long counts too, --no-tests leaves the tests out

The first start makes .venv from the hashed lock, which needs a network once."""


def main(arguments: Sequence[str]) -> NoReturn:
    """Runs one command. Leaves with its exit code; 2 when asked wrongly."""
    command, rest = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    if command in ("-h", "--help", "help"):
        print(USAGE)
        sys.exit(0)
    if command not in ("demo", "test", "check"):
        print(USAGE, file=sys.stderr)
        sys.exit(2)
    if os.name != "posix":
        sys.exit("BackLine runs on Linux and macOS. On Windows, use WSL (the Linux inside Windows).")
    prepare("run" if command == "demo" else "dev")
    {"demo": demo, "test": test, "check": check}[command](rest)
    sys.exit(0)


def demo(arguments: Sequence[str]) -> None:
    """Becomes `hotline demo`."""
    become([str(PYTHON), "-m", "hotline.cli", "demo", *arguments])


def test(arguments: Sequence[str]) -> None:
    """Becomes pytest: on every core for the whole suite, in one process where paths are named."""
    become([str(PYTHON), "-m", "pytest", *pytest_arguments(arguments)])


def pytest_arguments(arguments: Sequence[str]) -> list[str]:
    """What to give to pytest. Starting a process per core only pays for the whole suite."""
    named = any((ROOT / part.split("::")[0]).exists() for part in arguments if not part.startswith("-"))
    return list(arguments) if named else ["-n", "auto", *arguments]


def check(arguments: Sequence[str]) -> None:
    """Lint, format, types, tests: all of them even when one fails, so that one run tells everything."""
    more = [part for part in arguments if part not in ("--long", "--no-tests")]
    environment = {"BACKLINE_LONG": "1"} if "--long" in arguments else {}
    steps = {
        "lint": ["-m", "ruff", "check", "."],
        "format": ["-m", "ruff", "format", "--check", "."],
        "types": ["-m", "mypy"],
        "tests": ["-m", "pytest", *pytest_arguments(more)],
    }
    if "--no-tests" in arguments:
        del steps["tests"]
    failed = [name for name, step in steps.items() if not passes(name, step, environment)]
    if failed:
        sys.exit(f"check: not well: {', '.join(failed)}")
    print("check: ok")


def passes(name: str, step: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Runs one step of the check and says whether it was well."""
    print(f"-- {name}", flush=True)
    return subprocess.run([str(PYTHON), *step], cwd=ROOT, env=surroundings(environment)).returncode == 0


def prepare(kind: str) -> None:
    """Makes `.venv` hold what `kind` ("run" or "dev") needs. Instant when nothing changed."""
    wanted = {name: fingerprint(name) for name in ("run", kind)}
    found = installed()
    if PYTHON.exists() and wanted.items() <= found.items():
        return
    print(f"Preparing {VENV.name} (once; about a minute) ...", file=sys.stderr, flush=True)
    if found.get("place") != place() or not PYTHON.exists():
        if VENV.is_symlink():  # clearing it would empty the other one
            sys.exit(
                f"{VENV.name} is a link to that of another checkout: remove the link, then run this again."
            )
        make_venv()
    # Cleared first: an interrupted install must not look finished.
    STAMP.unlink(missing_ok=True)
    pip("install", "--require-hashes", "-r", str(LOCKS[kind]), "--quiet")
    pip("install", "--no-deps", "--no-build-isolation", "--no-index", "--quiet", "-e", str(ROOT))
    STAMP.write_text(json.dumps({"place": place(), **wanted}), encoding="utf-8")


def installed() -> dict[str, str]:
    """What the last finished preparation left in `.venv`; empty when there was none."""
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def place() -> str:
    """Where this checkout lies and which Python it uses: a moved `.venv` points to the old place."""
    return f"{ROOT} python {sys.version_info[0]}.{sys.version_info[1]}"


def fingerprint(kind: str) -> str:
    """A hash of the lock and of the project file, which holds the commands that get installed."""
    try:
        content = LOCKS[kind].read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    except OSError as fault:
        sys.exit(f"{fault.filename}: {fault.strerror}. The checkout is not whole: clone it again.")
    return hashlib.sha256(content + place().encode()).hexdigest()


def make_venv() -> None:
    """Makes an empty `.venv`. Some systems ship `venv` without pip: then the system's pip fills it."""
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.run(command, capture_output=True).returncode == 0:
        return
    bare = subprocess.run([*command, "--without-pip"], capture_output=True, text=True)
    if bare.returncode != 0:
        sys.exit(
            f"Python could not make {VENV.name}:\n{bare.stdout}{bare.stderr}\n"
            "On Debian and Ubuntu: apt-get install python3-venv"
        )


def pip(*arguments: str) -> None:
    """Runs pip on `.venv`, or says what to do when it fails."""
    own = subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True).returncode == 0
    how = [str(PYTHON), "-m", "pip"] if own else [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    quiet = {"PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    if subprocess.run([*how, *arguments], cwd=ROOT, env=surroundings(quiet)).returncode != 0:
        sys.exit(
            "\nThe packages could not be installed; pip says why above.\n"
            "- No network, or a proxy in between? The first start needs the package index once.\n"
            "- No pip at all? On Debian and Ubuntu: apt-get install python3-pip\n"
            "- A hash that does not match? Do not go on: that package is not the one we tested."
        )


def surroundings(more: Mapping[str, str]) -> dict[str, str]:
    """The environment for what we start: this one, but nothing that leads Python to other packages."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    return {**kept, **more}


def become(command: Sequence[str]) -> NoReturn:
    """Replaces this process, so that Ctrl-C and the exit code are the command's own."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.chdir(ROOT)
    os.execve(command[0], list(command), surroundings({}))


if __name__ == "__main__":
    main(sys.argv[1:])
