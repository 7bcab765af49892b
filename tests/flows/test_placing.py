"""The question for the ZIP code behind the opt-in: asked where the number does not tell, never in the way."""

import pytest

from flows.effects import Enrol, OptOut, Place
from flows.engine import STAGES
from flows.heard import Heard, Kind
from flows.protocol import Medium, Protocol
from flows.session import Stage
from tests.flows.talk import DAY, HOUR, Reply, Talk

WELL: list[Reply] = ["no", "no", "no", 1, 1, 1, (), 40, 3, 1]


def joined(protocol: Protocol) -> Talk:
    """Somebody well who texted JOIN from a number that may be in two zones."""
    talk = Talk(protocol, asks_place=True)
    talk.hear(Kind.back)
    for told in WELL:
        talk.reply(told)
    talk.hear(Kind.join)
    talk.enrolled = True
    return talk


def test_the_zip_code_is_asked_for_once_the_opt_in_is_confirmed(protocol: Protocol) -> None:
    talk = joined(protocol)
    assert talk.said == ["optin_confirm", "zip_ask"]
    assert talk.has(Enrol)
    assert talk.hear(Kind.place, "e") == ["zip_done"]
    assert Place("e") in talk.effects
    assert talk.session.stage is Stage.told


def test_a_number_that_tells_its_zone_is_not_asked(protocol: Protocol) -> None:
    talk = Talk(protocol)
    talk.hear(Kind.back)
    for told in WELL:
        talk.reply(told)
    assert talk.hear(Kind.join) == ["optin_confirm"]


def test_skip_changes_no_zone(protocol: Protocol) -> None:
    talk = joined(protocol)
    assert talk.hear(Kind.place, "") == ["zip_done"]
    assert not talk.has(Place)


def test_what_is_not_understood_is_asked_once_more_then_skipped(protocol: Protocol) -> None:
    talk = joined(protocol)
    assert talk.hear(Kind.unclear) == ["NOT_UNDERSTOOD", "zip_ask"]
    assert talk.hear(Kind.unclear) == ["zip_done"]
    assert not talk.has(Place)
    assert talk.session.stage is Stage.told


@pytest.mark.parametrize("kind", [Kind.help, Kind.person, Kind.poison, Kind.abuse, Kind.language, Kind.call])
def test_a_plea_is_answered_and_the_zip_code_asked_for_again(protocol: Protocol, kind: Kind) -> None:
    talk = joined(protocol)
    said = talk.hear(kind, "es" if kind is Kind.language else None)
    assert said[-1] == "zip_ask" and len(said) == 2
    assert talk.hear(Kind.place, "c") == ["zip_done"]


def test_stop_at_the_zip_code_ends_the_texts_at_once(protocol: Protocol) -> None:
    talk = joined(protocol)
    assert talk.hear(Kind.opt_out) == ["STOPPED"]
    assert talk.has(OptOut)
    assert talk.session.stage is Stage.told


def test_a_red_flag_at_the_zip_code_counts_as_everywhere(protocol: Protocol) -> None:
    talk = joined(protocol)
    assert talk.hear(Kind.danger, signs=("urinary_retention",)) == ["E_SPINE"]


def test_a_doubt_at_the_zip_code_is_asked_about(protocol: Protocol) -> None:
    talk = joined(protocol)
    talk.hear(Kind.doubt, doubts=("fever_chills",))
    assert talk.session.stage is Stage.asking


def test_every_word_by_text_is_heard_there(protocol: Protocol) -> None:
    """Whatever kind a text can be: it is in the table, and something is said, or it is nothing of a text."""
    silent = []
    for kind in {kind for stage, kind in STAGES if stage is Stage.told}:
        talk = joined(protocol)
        if not talk.hear(kind, "es" if kind is Kind.language else "A1" if kind is Kind.code else None):
            silent.append(kind)
    assert set(silent) <= {
        Kind.waited, Kind.hung_up, Kind.other_call, Kind.late_recording, Kind.accepted
    }  # fmt: skip


def test_a_zip_code_counts_for_a_day_and_other_words_for_an_hour(protocol: Protocol) -> None:
    talk = joined(protocol)
    assert talk.hear(Kind.place, "e", after_s=23 * HOUR) == ["zip_done"]
    later = joined(protocol)
    assert later.hear(Kind.unclear, after_s=2 * HOUR)[0] == "UNKNOWN_FIRST"
    late = joined(protocol)
    assert late.hear(Kind.place, "e", after_s=DAY)[0] == "UNKNOWN_FIRST"
    assert not late.has(Place)
    much_later = joined(protocol)
    assert much_later.hear(Kind.same, after_s=DAY) == ["S"]


def test_the_phone_asks_with_keys_and_goes_on_to_the_menu(protocol: Protocol) -> None:
    talk = Talk(protocol, Medium.voice, asks_place=True)
    talk.hear(Kind.call_began)
    talk.wait()
    for told in (*WELL[:7], (), *WELL[7:]):
        talk.reply(told)
    talk.key("3")
    talk.key("8")
    assert talk.key("1") == ["optin_confirm", "zip_ask"]
    talk.enrolled = True
    assert talk.key("*") == ["zip_ask"]
    assert talk.wait() == ["SILENT_1", "zip_ask"]
    assert talk.key("")[0] == "zip_done"
    assert talk.session.stage is Stage.menu


def test_911_is_an_emergency_there_too_but_a_zip_code_that_ends_so_is_none(protocol: Protocol) -> None:
    for keys, emergency in (("911", True), ("9911", True), ("80911", False)):
        talk = Talk(protocol, Medium.voice)
        talk.session = talk.session.changed({"stage": Stage.placing, "back_to": Stage.told})
        assert ("E_911" in talk.key(keys)) is emergency, keys


def test_who_hangs_up_at_the_zip_code_is_in_and_may_be_anywhere_in_the_area(protocol: Protocol) -> None:
    talk = Talk(protocol, Medium.voice)
    talk.session = talk.session.changed({"stage": Stage.placing, "back_to": Stage.told})
    talk.take(Heard(Kind.hung_up))
    assert talk.session.stage is Stage.told
