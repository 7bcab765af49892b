"""The whole test run is judged at its end: Prism sees each distinct exchange between line and carrier, of
every test and of every process that one started. What the carrier's document does not allow fails the run.

May not: run in a worker of xdist, or be quiet about a run that was not heard."""

import os
import re
import shutil
import subprocess
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from hotline.phone.tap import FOLDER
from tests.hotline.phone import prism, replay, tape

NAME = "the carrier's document"
HEARD = (
    "tests/browser",
    "tests/hotline/phone/test_rest.py",
    "tests/hotline/test_demo.py",
    "tests/test_benchmarks.py::test_a_crew",
    "tests/test_benchmarks.py::test_sending",
    "tests/workers/test_calls.py",
    "tests/workers/test_killed.py",
    "tests/workers/test_processes.py",
    "tests/workers/test_virtual_programme.py",
)
"""Where tests speak with a carrier, each in another way: in their own process, in child processes, without a
network. Each is how the name of a test begins; the whole file where tests share a carrier, because the first
of them gives its tape the name. A whole run that heard nothing from one of them has failed."""

TROUBLE = (AssertionError, LookupError, OSError, ValueError, subprocess.SubprocessError)
"""What a judge raises who cannot judge: a torn tape, a Prism that does not start, answer or end."""

TAPES = pytest.StashKey[Path]()
VERDICT = pytest.StashKey["Verdict"]()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to say at the end. found: what fails the run."""

    told: str
    found: tuple[str, ...] = ()


def pytest_configure(config: pytest.Config) -> None:
    """From here on each carrier is tapped: in a folder of this run, or in that of FOLDER, which is kept.

    Raises UsageError where FOLDER holds the tape of another run: that one is not to be judged again."""
    if not os.environ.get(FOLDER):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="backline-tape-")
        config.add_cleanup(lambda: _forget(config))
    folder = config.stash[TAPES] = Path(os.environ[FOLDER])
    if not hasattr(config, "workerinput") and any(folder.rglob("*.jsonl")):
        raise pytest.UsageError(f"{FOLDER}: {folder} holds the tape of another run")


def _forget(config: pytest.Config) -> None:
    os.environ.pop(FOLDER, None)
    verdict, folder = config.stash.get(VERDICT, None), config.stash[TAPES]
    if verdict is None or not verdict.found or not any(folder.iterdir()):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Each test has a folder of its own on the tape, and so have the processes that it starts."""
    root = item.config.stash[TAPES]
    os.environ[FOLDER] = str(root / place_of(item.nodeid))
    try:
        return (yield)
    finally:
        os.environ[FOLDER] = str(root)


def place_of(test: str) -> str:
    """The folder of a test, as `tests.workers.test_killed.py..test_name`."""
    return re.sub(r"[^\w-]+", lambda odd: "." * len(odd[0]), test)[:150].rstrip(".")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Judges, once all workers are through. Where something is found the run has failed."""
    config = session.config
    ended = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if hasattr(config, "workerinput") or config.option.collectonly or not ended or reporter is None:
        return
    passed = [report.nodeid for report in reporter.stats.get("passed", [])]
    try:
        verdict = judged(config.stash[TAPES], must_be_heard(passed) if whole(config) else ())
    except TROUBLE as fault:  # what else the run has to say must be seen too
        verdict = Verdict("not judged", (f"not judged: {''.join(traceback.format_exception(fault))}",))
    config.stash[VERDICT] = verdict
    for words in verdict.found:
        reporter.stats.setdefault("error", []).append(_report(words))
    if verdict.found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    """One line at the end: how much was heard, and judged."""
    verdict = config.stash.get(VERDICT, None)
    if verdict is not None and verdict.told:
        terminalreporter.write_line(f"{NAME}: {verdict.told}", red=bool(verdict.found))


def whole(config: pytest.Config) -> bool:
    """Is it the whole suite that runs? Not where paths, words, marks or the last failures were chosen."""
    chosen = [config.getoption(name, None) for name in ("keyword", "markexpr", "deselect", "lf", "maxfail")]
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS and not any(chosen)


def must_be_heard(passed: Sequence[str]) -> Sequence[str]:
    """The places of HEARD that a whole run has to hear: in CI all, elsewhere those that can run there."""
    if os.environ.get("BACKLINE_CI") == "1":
        return HEARD
    return [place for place in HEARD if any(test.startswith(place) for test in passed)]


def judged(folder: Path, places: Sequence[str]) -> Verdict:
    """The verdict on the tapes of that folder. places: those of which something must be on them."""
    began = time.monotonic()
    heard = tape.sum_up(folder)
    distinct = heard.distinct
    silent = [
        f"nothing of {place} is on the tape: is the carrier tapped?"
        for place in places
        if not any(folder.startswith(place_of(place)) for folder in heard.folders)
    ]
    count = f"{heard.exchanges} exchanges heard, {len(distinct)} of them distinct"
    lacking = prism.missing() if distinct else ""
    if lacking:
        lost = [f"not judged: {lacking}"] if os.environ.get("BACKLINE_CI") == "1" else []
        return Verdict(f"{count}; not judged: {lacking}", (*silent, *lost))
    findings = replay.judge(distinct) if distinct else []
    against = len({one.one.where for one in findings})
    told = f"{count} and judged in {time.monotonic() - began:.1f} s: {against} against it"
    kept = f" (the tape: {folder})" if findings else ""
    return Verdict(told + kept if distinct or silent else "", (*silent, *_grouped(findings)))


def _grouped(findings: Sequence[replay.Finding]) -> Iterator[str]:
    """Each thing that is not well once, with its first exchange: a wrong field is wrong everywhere."""
    first = {one.words: one for one in reversed(findings)}
    for words, one in first.items():
        more = sum(other.words == words for other in findings) - 1
        yield f"{one}\n  and {more} more like it" if more else str(one)


def _report(words: str) -> pytest.TestReport:
    """As if a test had failed: so it stands among the failures, and the last line counts it."""
    return pytest.TestReport(NAME, ("", None, NAME), {}, "failed", words, "teardown")
