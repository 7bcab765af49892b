"""The exported Flow Spec container, judged by others: their schemas, and their engine over answer paths."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path as File
from typing import Any

import pytest

from flows.exchange.floip import container
from flows.protocol import Level, Protocol
from tests.judge.conftest import Driven
from tests.judge.paths import Path, told_by_us

DRIVER = File(__file__).with_name("floip_drive.js")
SAMPLED = 400  # of the sample, where the run is not long: this engine is slow
PROCESSES = 2


@pytest.mark.node
def test_their_schemas_accept_the_container(protocol: Protocol, node_modules: File) -> None:
    for language in protocol.languages:
        assert judged(node_modules, exported(protocol, language), [])["faults"] == []


@pytest.mark.node
def test_their_schemas_refuse_a_broken_container(protocol: Protocol, node_modules: File) -> None:
    broken = exported(protocol, "en")
    del broken["flows"][0]["blocks"][1]["exits"][0]["tag"]
    del broken["flows"][0]["blocks"][1]["config"]["prompt"]
    faults = judged(node_modules, broken, [])["faults"]
    assert any("tag" in fault for fault in faults) and any("prompt" in fault for fault in faults)


@pytest.mark.node
def test_their_engine_tells_every_person_what_ours_tells(
    protocol: Protocol, node_modules: File, driven: Driven, long_run: bool
) -> None:
    """All boundary paths and a uniform sample: the whole number of paths is beyond driving."""
    assert driven.count > 1_000_000
    many = len(driven.paths) if long_run else driven.boundary + SAMPLED
    told = told_by_them(node_modules, exported(protocol, "en"), driven.paths[:many])
    assert different(driven, told) == []


@pytest.mark.node
def test_an_export_that_forgets_a_flag_is_caught(protocol: Protocol, node_modules: File) -> None:
    """The judge must be able to disagree: the export alone loses the rule on fever."""
    broken = exported(protocol, "en")
    judge = next(block for block in broken["flows"][0]["blocks"] if block["name"] == "judge")
    urgent = next(exit for exit in judge["exits"] if exit["tag"] == Level.urgent_today.name)
    urgent["test"] = urgent["test"].replace('IN(flow.answer_fever, ARRAY("2", "4"))', "FALSE")
    path: Path = ("no", "no", "no", "1", "1", "2", ("0",), 40, 3, "1")
    [told] = told_by_them(node_modules, broken, [path])
    assert told[0] != Level.urgent_today.name
    assert told_by_us(protocol, path)[0] is Level.urgent_today


def exported(protocol: Protocol, language: str) -> dict[str, Any]:
    """The container, as a copy that a test may break."""
    made: dict[str, Any] = json.loads(json.dumps(container(protocol, language, "2026-11-01T00:00:00Z")))
    return made


def told_by_them(node_modules: File, made: dict[str, Any], paths: Sequence[Path]) -> list[tuple[str, str]]:
    """What their engine tells each person: the level, and the key of the text."""
    told = judged(node_modules, made, paths)["told"]
    return [(level, text) for level, text in told]


def judged(node_modules: File, made: dict[str, Any], paths: Sequence[Path]) -> dict[str, Any]:
    """The faults that their schemas find, and what each person is told; several processes share the paths."""
    node = shutil.which("node")
    assert node
    shares = [paths[n::PROCESSES] for n in range(PROCESSES)] if len(paths) > PROCESSES else [paths]
    environment = {**os.environ, "NODE_PATH": str(node_modules)}
    running = [
        subprocess.Popen(
            [node, str(DRIVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        for _ in shares
    ]
    for process, share in zip(running, shares, strict=True):
        assert process.stdin
        process.stdin.write(json.dumps({"container": made, "paths": share}))
        process.stdin.close()
    answers = [json.loads(process.stdout.read()) for process in running if process.stdout]
    for process in running:
        assert process.wait() == 0
        assert process.stdout
        process.stdout.close()
    told: list[Any] = [None] * len(paths)
    for number, answer in enumerate(answers):
        told[number :: len(shares)] = answer["told"]
    return {"faults": answers[0]["faults"], "told": told}


def different(driven: Driven, told: Sequence[tuple[str, str]]) -> list[str]:
    """The first people whom the two engines tell different things."""
    found = []
    for path, (level, text), theirs in zip(driven.paths, driven.ours, told, strict=False):
        if theirs != (level.name, text):
            found.append(f"{path}: ours {level.name} {text}, theirs {theirs}")
    return found[:5]
