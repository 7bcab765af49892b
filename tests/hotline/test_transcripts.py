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


HERE = "https://line.example"  # without an address no check-in call can be placed
# The desk of a script, as settings. NOON is a Monday.
ALL_DAY = {"desk_days": "0-6", "desk_from": "00:00", "desk_until": "23:59"}
DESKS: dict[str, dict[str, str]] = {
    "": {},
    "open": ALL_DAY,
    "phones": ALL_DAY | {"desk_phones": "+12025550180,+12025550181"},
    "shut": {"desk_days": "5-6"},
}


@pytest.fixture(scope="module")
def lines(redis_url: str) -> Iterator[dict[str, Line]]:
    """A line for each desk."""
    opened = {
        desk: open_line(Settings.model_validate({"redis_url": redis_url, "public_base_url": HERE} | told))
        for desk, told in DESKS.items()
    }
    yield opened
    for one in opened.values():
        one.store.close()


@pytest.mark.parametrize(("script", "medium"), PLAYED, ids=[f"{s.name}-{m.value}" for s, m in PLAYED])
def test_a_conversation_goes_as_it_is_written(
    lines: dict[str, Line], script: Transcript, medium: Medium
) -> None:
    player = Player(lines[script.desk], script, medium)
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


def test_every_emergency_text_and_every_level_is_reached_by_one(lines: dict[str, Line]) -> None:
    said = {key for script in SCRIPTS for step in script.steps for key in step.said or ()}
    texts = {c.text for disposition in lines[""].protocol.dispositions.values() for c in disposition.texts}
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


def test_a_wrong_expectation_fails(lines: dict[str, Line]) -> None:
    script = replace(SCRIPTS[0], steps=[replace(SCRIPTS[0].steps[0], said=["ask_vessel"])])
    with pytest.raises(AssertionError):
        test_a_conversation_goes_as_it_is_written(lines, script, script.channels[0])
