"""The safety net: it asks back, never answers, never lowers; measured with and without."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.answers import understand
from flows.heard import Heard, Kind
from flows.load import load
from flows.protocol import Protocol
from hotline.line import open_line
from hotline.listening import MISSING, Listener
from hotline.playing import Texter
from hotline.readiness import setting_problems
from hotline.settings import Settings

DATA = Path(__file__).parents[1] / "data" / "listen.txt"


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return load(Path(__file__).parents[2] / "flows" / "back_pain")


@pytest.fixture(scope="module")
def listener(protocol: Protocol) -> Listener:
    return Listener(protocol)


def texts(part: str) -> list[str]:
    found: dict[str, list[str]] = {}
    for line in DATA.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            here = found[line[3:]] = []
        elif line and not line.startswith("#"):
            here.append(line)
    return found[part]


def asked_back(listener: Listener | None, protocol: Protocol, part: str) -> float:
    """The share of these texts after which the line asks back, or raises the sign, at no open question."""
    told = texts(part)
    heard = [understand(protocol, text, None, "en") for text in told]
    if listener:
        looks = zip(heard, told, strict=True)
        heard = [listener.second_look(one, text, "en") for one, text in looks]
    return sum(one.kind in (Kind.danger, Kind.doubt) for one in heard) / len(told)


def test_the_net_catches_what_the_tables_miss(listener: Listener, protocol: Protocol) -> None:
    """Of danger told in words that nobody foresaw: with the net at least twice as much as without."""
    without, with_it = (asked_back(one, protocol, "unseen danger") for one in (None, listener))
    assert with_it >= 0.4
    assert with_it >= 2 * without


def test_the_net_seldom_asks_back_for_nothing(listener: Listener, protocol: Protocol) -> None:
    assert asked_back(listener, protocol, "unseen harmless") <= 0.15


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.unclear])
def test_whatever_was_understood_is_left_as_it_is(listener: Listener, kind: Kind) -> None:
    heard = Heard(kind, 1)
    assert listener.second_look(heard, "someone parked a truck on my breastplate", "en") is heard


def test_it_makes_a_doubt_and_nothing_else(listener: Listener, protocol: Protocol) -> None:
    for text in texts("chosen danger") + texts("unseen danger"):
        heard = listener.second_look(Heard(Kind.unclear), text, "en")
        assert heard.kind in (Kind.unclear, Kind.doubt)
        assert (heard.value, heard.signs) == (None, ())


def test_a_text_that_may_tell_of_danger_is_asked_about_before_the_questions_end(
    redis_url: str, clean_redis: str
) -> None:
    """Told at a later question, of a sign whose question was answered "no": that one is asked again next."""
    line = open_line(Settings(redis_url=redis_url, stop_wait_s=0.2, listen="on"))
    texter = Texter(line, datetime(2027, 1, 11, 17, tzinfo=UTC))
    texter.begin()
    for answer in ("no", "no", "no", "1", "1", "1"):
        texter.text(answer)
    assert "You wrote about danger" in texter.text("it feels like an anvil is parked on my ribs")
    assert "Chest pain" in texter.text("0")
    assert texter.text("yes").startswith("EMERGENCY")
    line.store.close()


def test_short_texts_and_other_languages_are_not_looked_at(listener: Listener) -> None:
    assert listener.suspects("on my breastplate", "en") is None
    assert listener.suspects("someone parked a truck on my breastplate", "es") is None


def test_it_is_off_by_default(protocol: Protocol) -> None:
    assert Settings(_env_file=None).listen == "off"


def test_the_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotline.listening.installed", lambda: False)
    assert MISSING in setting_problems(Settings(listen="on"))
    assert MISSING not in setting_problems(Settings(listen="off"))
