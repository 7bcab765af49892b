"""A new protocol is served while somebody is in a call on the old one: no flag of theirs is lost."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import redis

from hotline.line import Line, open_line
from hotline.playing import Caller, Texter
from hotline.sealing import digest_of
from hotline.settings import Settings
from hotline.store import keys

NOON = datetime(2027, 1, 11, 17, tzinfo=UTC)
FOLDER = Path(__file__).parents[2] / "flows" / "back_pain"


@pytest.fixture
def lines(clean_redis: str, tmp_path: Path) -> Iterator[tuple[Line, Line]]:
    """A line with the protocol of yesterday, and one with today's: the same questions, in other words."""
    old = tmp_path / "old"
    shutil.copytree(FOLDER, old)
    texts = old / "texts" / "en.yaml"
    worded = texts.read_text("utf-8").replace("Bad belly pain", "Awful belly pain")
    texts.write_text(worded, "utf-8")
    then = open_line(Settings.model_validate({"redis_url": clean_redis, "protocol_folder": old}))
    now = open_line(Settings.model_validate({"redis_url": clean_redis}))
    assert then.protocol.hash != now.protocol.hash
    yield then, now
    then.store.close()
    now.store.close()


@pytest.fixture
def caller(lines: tuple[Line, Line]) -> Caller:
    """Somebody who said yes to the first question, and is asked whether that is right."""
    person = Caller(lines[0], NOON)
    person.begin()
    assert "is right" in person.speak("yes")
    return person


def test_a_flag_that_waits_counts_where_a_text_begins_on_the_new_one(
    lines: tuple[Line, Line], caller: Caller
) -> None:
    texter = Texter(lines[1], caller.at + timedelta(hours=2), caller.address)
    assert "911" in texter.text("hi")
    assert [task.level for task in lines[1].store.tasks.list()] == ["emergency_now"]


def test_who_hangs_up_then_is_owed_a_call(lines: tuple[Line, Line], clean_redis: str, caller: Caller) -> None:
    """The question is gone with the old protocol; the flag is not."""
    old = lines[0].protocol.hash
    redis.Redis.from_url(clean_redis).delete(keys.version(keys.tag_of(digest_of(old)), old))
    caller.line = lines[1]
    caller.hang_up()
    assert [(task.reason, task.level) for task in lines[1].store.tasks.list()] == [
        ("dropped", "emergency_now")
    ]


def test_who_keyed_a_flag_and_hangs_up_then_is_owed_a_call(
    lines: tuple[Line, Line], clean_redis: str
) -> None:
    person = Caller(lines[0], NOON)
    person.begin()
    for key in "2223":
        person.press(key)
    old = lines[0].protocol.hash
    redis.Redis.from_url(clean_redis).delete(keys.version(keys.tag_of(digest_of(old)), old))
    person.line = lines[1]
    person.hang_up()
    assert [task.reason for task in lines[1].store.tasks.list()] == ["dropped"]


@pytest.mark.parametrize("key", ["1", "2"])
def test_a_flag_that_waits_counts_where_the_old_one_is_nowhere_to_be_found(
    lines: tuple[Line, Line], clean_redis: str, caller: Caller, key: str
) -> None:
    old = lines[0].protocol.hash
    redis.Redis.from_url(clean_redis).delete(keys.version(keys.tag_of(digest_of(old)), old))
    caller.line = lines[1]
    caller.press(key)
    session = caller.session
    assert session is not None
    assert session.merged()[lines[1].protocol.places["heart"]] > 0
    assert "9 1 1" in caller.press("1")


def test_doubts_and_a_call_for_help_in_doubt_outlive_the_old_one(
    lines: tuple[Line, Line], clean_redis: str
) -> None:
    person = Caller(lines[0], NOON)
    person.begin()
    person.speak("maybe I need an ambulance")
    old = lines[0].protocol.hash
    redis.Redis.from_url(clean_redis).delete(keys.version(keys.tag_of(digest_of(old)), old))
    person.line = lines[1]
    person.hang_up()
    assert [(task.reason, task.level) for task in lines[1].store.tasks.list()] == [
        ("dropped", "urgent_today")
    ]
