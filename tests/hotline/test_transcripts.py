"""Conversations as data: each is played on every channel it belongs to, with the same words and end."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flows.protocol import Medium
from hotline.line import Line, open_line
from hotline.settings import Settings
from tests.hotline.transcript import BadTranscript, Player, Transcript, read_transcript

FOLDER = Path(__file__).resolve().parents[1] / "transcripts"
SCRIPTS = [read_transcript(path) for path in sorted(FOLDER.glob("*.txt"))]
PLAYED = [(script, medium) for script in SCRIPTS for medium in script.channels]


@pytest.fixture(scope="module")
def line(redis_url: str) -> Iterator[Line]:
    """A line without a nurse desk."""
    opened = open_line(Settings(redis_url=redis_url))
    yield opened
    opened.store.close()


@pytest.fixture(scope="module")
def manned(redis_url: str) -> Iterator[Line]:
    """A line whose nurses are on duty all day."""
    opened = open_line(Settings(redis_url=redis_url, desk_days="0-6", desk_from="00:00", desk_until="23:59"))
    yield opened
    opened.store.close()


@pytest.mark.parametrize(("script", "medium"), PLAYED, ids=[f"{s.name}-{m.value}" for s, m in PLAYED])
def test_a_conversation_goes_as_it_is_written(
    line: Line, manned: Line, script: Transcript, medium: Medium
) -> None:
    player = Player(manned if script.desk else line, script, medium)
    for step in script.steps:
        said, ends = player.take(step)
        where = f"{script.name}.txt:{step.line}"
        if step.said is not None:
            assert said == step.said, where
        assert ends == (step.ends or ""), where


def test_there_are_enough_of_them_and_most_play_on_both_channels() -> None:
    both = [script for script in SCRIPTS if len(script.channels) == 2]
    assert len(SCRIPTS) >= 25
    assert len(both) >= 15
    assert len({script.title for script in SCRIPTS}) == len(SCRIPTS)


def test_every_emergency_text_and_every_level_is_reached_by_one(line: Line) -> None:
    said = {key for script in SCRIPTS for step in script.steps for key in step.said or ()}
    texts = {c.text for disposition in line.protocol.dispositions.values() for c in disposition.texts}
    assert texts <= said


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("# t\n> begin\n> no\n= self_care: nothing\n", "t.txt:2: nothing is expected"),
        ("# t\n> begin\n< [ask_heart]\n", "says how it ended"),
        ("# t\nbegin\n", "t.txt:2: a line begins with"),
    ],
)
def test_a_missing_expectation_is_a_fault_and_never_filled_in(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "t.txt").write_text(text, encoding="utf-8")
    with pytest.raises(BadTranscript, match=fault):
        read_transcript(tmp_path / "t.txt")


def test_a_wrong_expectation_fails(line: Line) -> None:
    script = replace(SCRIPTS[0], steps=[replace(SCRIPTS[0].steps[0], said=["ask_vessel"])])
    with pytest.raises(AssertionError):
        test_a_conversation_goes_as_it_is_written(line, line, script, script.channels[0])
