"""A third language: one file in a copy of the folder, and what `hotline validate` says until it is whole.

The example is made up (`tests/data/language.bo.yaml`): sa is yes, ku is no, vo is not sure."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from flows.heard import Kind
from flows.load import FaultyProtocol, load
from flows.protocol import NO, YES, Medium
from flows.tongues import hear
from flows.wording import say
from hotline.settings import PROTOCOL_FOLDER
from tests.flows.talk import Talk

BO = (Path(__file__).parents[1] / "data" / "language.bo.yaml").read_text(encoding="utf-8")
PARTS = ("texts:\n", "heard:\n", "must_mention:\n", "times:", "words:\n")  # in the order of the file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the protocol with the third language switched on, its file not written yet."""
    copy = tmp_path / "back_pain"
    shutil.copytree(PROTOCOL_FOLDER, copy)
    protocol = copy / "protocol.yaml"
    text = protocol.read_text(encoding="utf-8").replace("languages: [en, es]", "languages: [en, es, bo]")
    protocol.write_text(text, encoding="utf-8")
    return copy


def write(folder: Path, text: str) -> list[str]:
    """The faults of the folder with this as the third language's file."""
    (folder / "texts" / "bo.yaml").write_text(text, encoding="utf-8")
    return faults(folder)


def faults(folder: Path) -> list[str]:
    try:
        load(folder)
    except FaultyProtocol as faulty:
        return [str(fault) for fault in faulty.faults]
    return []


def with_parts(count: int) -> str:
    """The file with only so many of its parts; the times of the desk are asked for before anything else."""
    starts = [BO.index(f"\n{part}") + 1 for part in PARTS] + [len(BO)]
    times = BO[starts[3] : starts[4]]
    told = "".join(BO[starts[n] : starts[n + 1]] for n in range(count) if n != 3)
    return BO[: starts[0]] + times + (told or "texts: {}\n")


def test_the_list_of_what_a_language_lacks_shrinks_to_nothing(folder: Path) -> None:
    assert faults(folder) == [
        'protocol.yaml:6: no file texts/bo.yaml for the language "bo": add it, or drop the language'
    ]
    told = [write(folder, with_parts(count)) for count in (0, 1, 2, 3)]
    lengths = [len(each) for each in told]
    assert lengths == sorted(set(lengths), reverse=True), lengths
    assert any('no text "ask_heart": question "heart" asks it' in fault for fault in told[0])
    assert any('"nausea" has no sms name: add it' in fault for fault in told[1])
    assert any('saddle lacks the pattern "bowel"' in fault for fault in told[2])
    assert all('the table "' in fault and '" is missing: add it' in fault for fault in told[3])
    assert write(folder, BO) == []


SLIPS = {  # what is written, what it becomes, what is told
    "a placeholder that is lost": (
        'MIXED: {sms: "Ba lo {heard} {emergency}."',
        'MIXED: {sms: "Ba lo {emergency}."',
        "the sms wording lacks {heard}, which English has",
    ),
    "a placeholder too many": (
        'THANKS: {sms: "Ba lo',
        'THANKS: {sms: "Ba lo {dv}',
        "the sms wording has {dv}, which English has not",
    ),
    "a key with a slip in it": (
        "  THANKS: {",
        "  TANKS: {",
        'no text "TANKS" in English: drop it or mend its name',
    ),
    "a text that only English has": (
        '  LIMIT: {sms: "Ba lo {clinic_phone} {emergency}."}\n',
        "",
        'no text "LIMIT", which English has: translate it',
    ),
    "a text that is not spoken": (
        ', voice: "Ba lo."}\n  NUDGE_MID',
        "}\n  NUDGE_MID",
        '"EXPIRED" has no voice wording',
    ),
    "a name of a sign that is too long": (
        "nausea: {sms: pa,",
        "nausea: {sms: pa pa pa pa pa pa,",
        'the sms name of "nausea" has 17 characters, 14 at most',
    ),
    "a table of words that is lost": ("  negations: [ku]\n", "", 'the table "negations" is missing'),
    "a stop word that answers": (
        "  yes: [sa]",
        "  yes: [sa, stop]",
        '"stop" stands in opt_out and in yes',
    ),
    "a question that names less": ('"breath": lo', '"breath": zzz', "do not name breath"),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_each_slip_of_a_translator_is_told(folder: Path, slip: str) -> None:
    before, after, told = SLIPS[slip]
    assert before in BO
    assert any(told in fault for fault in write(folder, BO.replace(before, after, 1)))


def test_a_text_that_costs_more_parts_than_the_language_allows_is_told(folder: Path) -> None:
    found = write(folder, BO.replace('THANKS: {sms: "Ba lo', 'THANKS: {sms: "' + "Ba lo " * 40, 1))
    assert any('"THANKS": 2 segments (245 units of GSM-7), at most 1' in fault for fault in found)


def test_a_conversation_in_the_new_language_begins_with_its_own_keyword(folder: Path) -> None:
    write(folder, BO)
    protocol = load(folder)
    texter = Talk(protocol)
    texter.start()
    assert texter.take(hear(protocol, "BO", "heart", "en")) == ["LANG_SET", "ask_heart"]
    assert texter.session.language == "bo"
    assert say(protocol, "ask_heart", "bo", Medium.sms, {}) == "Lo ma?"
    heard = [hear(protocol, word, "heart", "bo") for word in ("sa", "ku", "vo", "pa mu", "stop", "en")]
    assert [each.kind for each in heard] == [
        Kind.answer, Kind.answer, Kind.unsure, Kind.danger, Kind.opt_out, Kind.language,
    ]  # fmt: skip
    assert (heard[0].value, heard[1].value) == (YES, NO)
    assert texter.finish()[0] == "S"


def test_by_phone_key_two_goes_round_the_languages(folder: Path) -> None:
    write(folder, BO)
    protocol, spoken = load(folder), []
    for language in protocol.languages:
        caller = Talk(protocol, Medium.voice)
        caller.hear(Kind.call_began)
        caller.session = replace(caller.session, language=language)
        caller.key("2")
        spoken.append(caller.session.language)
    assert spoken == ["es", "bo", "en"]
