"""Recorded sentences: played where they say just what would be said, spoken otherwise, and never found by
guessing."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from flows.effects import Ask, Tell
from flows.load import load
from flows.protocol import Medium, Protocol
from flows.wording import Say, say
from hotline.channels import Reply, Sentence, sms, voice
from hotline.line import Line, filled_by, open_line
from hotline.phone.twiml import Verb, read_twiml
from hotline.readiness import examine
from hotline.recordings import LARGEST_B, WORDS, Recordings, check
from hotline.safe_words import SafeWords
from hotline.sealing import Sealer
from hotline.settings import PROTOCOL_FOLDER, Defaults
from hotline.web import create_app
from tests.hotline.edges import BASE, call_form, headers_for, run, settings_for

PROTOCOL = load(PROTOCOL_FOLDER)
FILL = filled_by(Defaults())
SOUND = b"ID3 made up"


def words_of(key: str, language: str = "en", fill: Mapping[str, str] = FILL) -> str:
    """What would be said now."""
    return say(PROTOCOL, key, language, Medium.voice, fill)


def record(folder: Path, words: Mapping[str, str], language: str = "en", sound: bytes = SOUND) -> None:
    """A language's folder with a file for each of these keys."""
    (folder / language).mkdir(parents=True, exist_ok=True)
    (folder / language / WORDS).write_text(json.dumps(words), "utf-8")
    for key in words:
        (folder / language / f"{key}.mp3").write_bytes(sound)


def spoken(line: Line, key: str, language: str = "en", medium: Medium = Medium.voice) -> Sentence:
    """A sentence as the line says it."""
    return line.renderer.sentence(line.protocol, language, medium, Tell(key))


def faults_of(folder: Path, protocol: Protocol = PROTOCOL) -> list[str]:
    """What `validate` says of a folder."""
    return [str(fault) for fault in check(folder, protocol, FILL)[0]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two sentences in English: one plain, one with a number that the settings fill."""
    record(tmp_path, {key: words_of(key) for key in ("ask_heart", "WELCOME")})
    return tmp_path


@pytest.fixture
def line(clean_redis: str, folder: Path) -> Iterator[Line]:
    own = open_line(settings_for(clean_redis, audio_folder=folder))
    yield own
    own.store.close()


@pytest.fixture
def client(line: Line) -> FlaskClient:
    return create_app(line).test_client()


def called(client: FlaskClient, path: str, **more: str) -> tuple[Verb, ...]:
    """What a call gets, as the strict reader of the carrier reads it."""
    form = call_form("CA" + "1" * 32, **more)
    headers = headers_for(BASE + path, list(form.items()))
    answer = client.post(path, data=urlencode(form), headers=headers, environ_overrides={"RAW_URI": path})
    return read_twiml("voice", answer.data, answer.content_type)


# which sentence is played


def test_a_recorded_sentence_is_played_and_the_others_are_spoken(line: Line) -> None:
    assert spoken(line, "ask_heart").audio.startswith("/voice/audio/")
    assert line.renderer.sentence(line.protocol, "en", Medium.voice, Ask("heart", "ask_heart")).audio
    assert spoken(line, "ask_vessel").audio == ""
    assert spoken(line, "ask_heart", "es").audio == ""
    assert spoken(line, "ask_heart", medium=Medium.sms).audio == ""


def test_a_call_gets_the_recording_in_an_answer_that_the_carrier_takes(client: FlaskClient) -> None:
    verbs = called(client, "/voice")
    said = [verb for outer in verbs for verb in (outer, *outer.children)]
    [played] = [verb for verb in said if verb.name == "Play"]
    assert played.text.startswith("/voice/audio/") and any(verb.name == "Say" for verb in said)
    assert client.get(played.text).data == SOUND


@pytest.mark.parametrize("changed", ["Call 9 1 1 if you like.", ""])
def test_a_recording_of_other_words_than_today_is_not_played(
    clean_redis: str, folder: Path, changed: str
) -> None:
    """A text is edited, or nobody says what was recorded: old clinical advice is never told."""
    record(folder, {"ask_heart": changed, "WELCOME": words_of("WELCOME")})
    line = open_line(settings_for(clean_redis, audio_folder=folder))
    assert spoken(line, "ask_heart").audio == "" and spoken(line, "WELCOME").audio
    line.store.close()


def test_a_recording_of_another_number_than_that_of_the_settings_is_not_played(
    clean_redis: str, folder: Path
) -> None:
    settings = settings_for(clean_redis, audio_folder=folder, emergency="112", emergency_spoken="1 1 2")
    line = open_line(settings)
    assert spoken(line, "WELCOME").audio == "" and spoken(line, "ask_heart").audio
    line.store.close()


def test_words_that_change_from_call_to_call_are_always_spoken(clean_redis: str, tmp_path: Path) -> None:
    record(tmp_path, {"CALLBACK_OK": words_of("CALLBACK_OK")})
    line = open_line(settings_for(clean_redis, audio_folder=tmp_path))
    assert spoken(line, "CALLBACK_OK").audio == ""
    assert "{due}" in faults_of(tmp_path)[0]
    line.store.close()


def test_line_breaks_in_the_stated_words_do_not_matter(folder: Path) -> None:
    folded = "ask_heart: >\n  " + words_of("ask_heart").replace(". ", ".\n  ") + "\n"
    (folder / "en" / WORDS).write_text(folded, "utf-8")
    (folder / "en" / "WELCOME.mp3").unlink()
    assert faults_of(folder) == []


def test_the_last_resort_is_never_a_file_that_must_be_fetched(clean_redis: str, tmp_path: Path) -> None:
    record(tmp_path, {"FAULT": words_of("FAULT")})
    line = open_line(settings_for(clean_redis, audio_folder=tmp_path))
    assert spoken(line, Say.FAULT).audio
    assert b"<Say" in SafeWords.of(line).voice and b"<Play" not in SafeWords.of(line).voice
    line.store.close()


def test_a_line_without_a_folder_or_with_one_that_is_gone_speaks(clean_redis: str, tmp_path: Path) -> None:
    for place in (None, tmp_path / "gone"):
        line = open_line(settings_for(clean_redis, audio_folder=place))
        assert spoken(line, "ask_heart").audio == ""
        line.store.close()


def test_a_reply_by_text_says_the_words_whatever_is_recorded() -> None:
    sentence = Sentence("Any?", audio="/voice/audio/x.mp3")
    assert b"Any?" in sms.write(Reply((sentence,))) and b"audio" not in sms.write(Reply((sentence,)))
    assert b"<Play>/voice/audio/x.mp3</Play>" in voice.write(Reply((sentence,)))


# names that nobody guesses


def name_of(folder: Path, key: bytes = b"k" * 32) -> str:
    """The address of one recording under an address key."""
    sealer = Sealer(key, {"k1": b"s" * 32}, "k1")
    return Recordings.of(folder, sealer.public_name).address("en", "ask_heart", words_of("ask_heart"))


def test_the_name_of_a_recording_tells_nothing_and_depends_on_a_secret(folder: Path) -> None:
    name = name_of(folder).removeprefix("/voice/audio/")
    assert len(name) == len("f" * 64 + ".mp3") and "heart" not in name
    assert name_of(folder) == name_of(folder) != name_of(folder, b"other" * 8)


def test_other_bytes_have_another_name(folder: Path) -> None:
    before = name_of(folder)
    (folder / "en" / "ask_heart.mp3").write_bytes(b"read anew")
    assert name_of(folder) != before


def test_two_sentences_with_the_same_bytes_have_two_names(line: Line) -> None:
    assert spoken(line, "ask_heart").audio != spoken(line, "WELCOME").audio


# what the carrier fetches


def test_a_recording_is_served_unsigned_and_may_be_kept_for_ever(line: Line, client: FlaskClient) -> None:
    answer = client.get(spoken(line, "ask_heart").audio)
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "audio/mpeg", SOUND)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    again = client.get(spoken(line, "ask_heart").audio, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "immutable" in again.headers["Cache-Control"]


def test_a_recording_that_is_changed_under_a_running_line_is_served_as_it_was(
    line: Line, client: FlaskClient, folder: Path
) -> None:
    address = spoken(line, "ask_heart").audio
    (folder / "en" / "ask_heart.mp3").unlink()
    assert client.get(address).data == SOUND


@pytest.mark.parametrize(
    "name",
    [
        "x.mp3",
        "../en/ask_heart.mp3",
        "..%2Fen%2Fask_heart.mp3",
        "en/ask_heart.mp3",
        "ask_heart.mp3",
        "",
        "%00",
    ],
)
def test_any_other_name_is_not_found_and_nothing_about_it_is_kept(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/voice/audio/{name}")
    assert (answer.status_code, answer.data) == (404, b"")
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_is_no_recording_is_still_never_kept(client: FlaskClient) -> None:
    assert client.get("/health").headers["Cache-Control"] == "no-store"
    assert client.post("/voice/audio/x.mp3").status_code == 405


def test_a_wave_file_is_served_as_one(clean_redis: str, folder: Path) -> None:
    (folder / "en" / "ask_heart.mp3").rename(folder / "en" / "ask_heart.wav")
    line = open_line(settings_for(clean_redis, audio_folder=folder))
    assert create_app(line).test_client().get(spoken(line, "ask_heart").audio).mimetype == "audio/wav"
    line.store.close()


# what is wrong with a folder


def test_a_folder_without_faults_lists_what_is_missing_with_the_words_to_read(folder: Path) -> None:
    faults, notes = check(folder, PROTOCOL, FILL)
    told = {note.file: note.what for note in notes}
    assert faults == () and words_of("ask_vessel") in told["en/ask_vessel.mp3"]
    assert "es/" in told and not {"en/ask_heart.mp3", "en/CALLBACK_OK.mp3", "es/ask_heart.mp3"} & told.keys()


def _odd_files(place: Path) -> None:
    (place / "notes.txt").write_text("x", "utf-8")
    (place / "ask_age.mp3").write_bytes(SOUND)
    (place / "ask_pain.mp3").write_bytes(b"")
    (place / "ask_limbs.mp3").write_bytes(b"x" * (LARGEST_B + 1))
    (place / "ask_heart.wav").write_bytes(SOUND)
    (place / "ask_hart.mp3").write_bytes(SOUND)
    (place / ".hidden").write_text("x", "utf-8")
    (place.parent / "stray.mp3").write_bytes(SOUND)
    (place.parent / "fr").mkdir()
    (place.parent / "fr" / "ask_heart.mp3").write_bytes(SOUND)


def test_every_file_that_is_not_played_is_told_with_what_to_do(folder: Path) -> None:
    _odd_files(folder / "en")
    told = faults_of(folder)
    expected = {
        "en/notes.txt": "KEY.mp3",
        "en/ask_age.mp3": f'write in {WORDS} ask_age: "{words_of("ask_age")}"',
        "en/ask_pain.mp3": "0 bytes",
        "en/ask_limbs.mp3": "mono",
        "en/ask_heart.wav": "keep one of the two",
        "en/ask_hart.mp3": "no spoken sentence is called ask_hart",
        "stray.mp3": "move it",
        "fr/ask_heart.mp3": "en or es",
    }
    assert len(told) == len(expected)
    for file, what in expected.items():
        assert any(line.startswith(f"{file}:1: ") and what in line for line in told), file


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("ask_heart: a\nask_age: b\nWELCOME: c", "recorded.yaml:2: ask_age: there is no ask_age.mp3"),
        ("ask_heart: 5", "recorded.yaml:1: ask_heart: these are no words"),
        ("- a list", "recorded.yaml:1: these are no words by key"),
        ("a: [", "this is no YAML"),
        ("ask_heart: a\nask_heart: b", "keep one of the two"),
    ],
)
def test_what_is_wrong_with_the_stated_words_is_told_with_its_line(
    folder: Path, written: str, told: str
) -> None:
    (folder / "en" / WORDS).write_text(written, "utf-8")
    assert any(told in line for line in faults_of(folder))


def test_stated_words_that_are_no_text_at_all_are_told(folder: Path) -> None:
    (folder / "en" / WORDS).write_bytes(b"\xff\xfe\x00")
    assert any("UTF-8" in line for line in faults_of(folder))


def validated(folder: Path, code: int, **environment: str) -> Any:
    """What `hotline validate --audio` prints as JSON."""
    done = run("validate", "--audio", str(folder), "--json", environment=environment)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def test_validate_notes_what_is_missing_and_fails_on_changed_words(folder: Path) -> None:
    told = validated(folder, 0)
    assert told["valid"] and {"file", "what"} == set(told["notes"][0])
    told = validated(folder, 1, BACKLINE_EMERGENCY_SPOKEN="1 1 2")
    [fault] = told["faults"]
    assert fault["file"] == "en/WELCOME.mp3" and "the words changed since it was recorded" in fault["what"]


def test_validate_for_people_prints_faults_then_notes(folder: Path) -> None:
    done = run("validate", "--audio", str(folder))
    assert done.returncode == 0 and done.stdout.strip().endswith("valid")
    assert "note: en/ask_vessel.mp3: not recorded" in done.stdout
    assert run("validate", "--audio", str(folder / "gone")).returncode == 2


def test_the_doctor_tells_of_a_folder_that_is_gone_and_of_recordings_that_are_not_played(
    folder: Path, clean_redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKLINE_REDIS_URL", clean_redis)
    monkeypatch.setenv("BACKLINE_AUDIO_FOLDER", str(folder))
    record(folder, {"ask_heart": "Old words."})
    assert any("ask_heart.mp3" in text and "changed" in text for text in examine()["warnings"])
    monkeypatch.setenv("BACKLINE_AUDIO_FOLDER", str(folder / "gone"))
    assert any("BACKLINE_AUDIO_FOLDER" in text for text in examine()["problems"])
