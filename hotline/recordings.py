"""Sentences that a person has read: which file speaks which sentence, its public name, and what is wrong with
the folder.

A folder has one folder a language (`en/`), files named as the text's key (`ask_heart.mp3` or `.wav`), and
`recorded.yaml`, which states by key the words that were spoken. May not: play a recording whose words are not
those that would be said now (it could tell old advice), build a path from a request, or know flask."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from flows.load import Fault, parse
from flows.protocol import Medium, Protocol
from flows.wording import names_in, say

WORDS = "recorded.yaml"
ADDRESS = "/voice/audio/"
MIMETYPES = {".mp3": "audio/mpeg", ".wav": "audio/wav"}
LARGEST_B = 1024 * 1024
NameOf = Callable[[bytes], str]


@dataclass(frozen=True, slots=True)
class Recording:
    """One file that can be played: whose sentence it speaks, the words that were spoken ("": nobody says, so
    it never is), its bytes.

    The bytes stay in memory: a file that is changed or taken away under a running line must not leave a
    caller in silence, nor be played under the name of other words."""

    language: str
    key: str
    suffix: str
    words: str
    content: bytes

    @property
    def file(self) -> str:
        """Its place in the folder."""
        return f"{self.language}/{self.key}{self.suffix}"

    @property
    def mimetype(self) -> str:
        """What it is to a carrier."""
        return MIMETYPES[self.suffix]


@dataclass(frozen=True, slots=True)
class Note:
    """Something that is as it may be, and what would change it."""

    file: str
    what: str

    def __str__(self) -> str:
        return f"note: {self.file}: {self.what}"


class Recordings:
    """The recordings of a line, by sentence and by public name. Read once, when the line is opened."""

    def __init__(self, named: Mapping[str, Recording] | None = None) -> None:
        self._named = dict(named or {})
        self._names = {(one.language, one.key): name for name, one in self._named.items()}

    @classmethod
    def of(cls, folder: Path | None, name_of: NameOf) -> "Recordings":
        """Those of a folder that are fit; none where there is no folder. What is wrong with the others is
        told by `check`.

        name_of: a keyed hash as hex, so that nobody guesses a name."""
        fit = read(folder)[0] if folder else []
        return cls({_public_name(one, name_of): one for one in fit if one.words})

    def address(self, language: str, key: str, words: str) -> str:
        """Where the carrier fetches the recording of that sentence, or "": there is none of these words."""
        name = self._names.get((language, key), "")
        if not name or not _same(self._named[name].words, words):
            return ""
        return ADDRESS + name

    def named(self, name: str) -> Recording | None:
        """The recording of a public name, or None."""
        return self._named.get(name)


def read(folder: Path) -> tuple[list[Recording], list[Fault]]:
    """Every recording of a folder that is fit to be played, and what is wrong with the other files."""
    if not folder.is_dir():
        what = "there is no such folder: name the one that holds a folder a language, such as en/"
        return [], [Fault(str(folder), 1, what)]
    try:
        return _read(folder)
    except OSError as fault:
        what = f"{fault.filename} cannot be read ({fault.strerror}): give the line the right to read it"
        return [], [Fault(str(folder), 1, what)]


def check(
    folder: Path, protocol: Protocol, fill: Mapping[str, str]
) -> tuple[tuple[Fault, ...], tuple[Note, ...]]:
    """What is wrong with a folder of recordings, and which sentences have none.

    fill: the placeholders that the settings fill. A sentence whose recording has a fault is spoken."""
    found, faults = read(folder)
    if any(fault.file == str(folder) for fault in faults):
        return tuple(faults), ()
    for one in found:
        if what := _misfit(one, protocol, fill):
            faults.append(Fault(one.file, 1, what))
    unfit = {fault.file.rpartition(".")[0] for fault in faults}
    there = unfit | {f"{one.language}/{one.key}" for one in found}
    return tuple(sorted(faults)), tuple(_missing(folder, protocol, fill, there))


def steady(protocol: Protocol, language: str, key: str, fill: Mapping[str, str]) -> bool:
    """Whether a sentence has a spoken form that only the settings fill: the same in every call."""
    text = protocol.languages[language].texts.get(key)
    return text is not None and text.voice is not None and fill.keys() >= set(names_in(text.voice))


def _missing(folder: Path, protocol: Protocol, fill: Mapping[str, str], there: set[str]) -> Iterator[Note]:
    for language, texts in protocol.languages.items():
        if not (folder / language).is_dir():
            yield Note(f"{language}/", f"no such folder, so all of {texts.name} is in the carrier's voice")
            continue
        for key in texts.texts:
            if steady(protocol, language, key, fill) and f"{language}/{key}" not in there:
                words = say(protocol, key, language, Medium.voice, fill)
                yield Note(f"{language}/{key}.mp3", f"not recorded, so the carrier's voice says: {words}")


def _misfit(one: Recording, protocol: Protocol, fill: Mapping[str, str]) -> str:
    """Why a recording is not played, and what to do; "" where it is."""
    texts = protocol.languages.get(one.language)
    if texts is None:
        return f"the protocol speaks no {one.language}: name the folder {' or '.join(protocol.languages)}"
    text = texts.texts.get(one.key)
    if text is None or text.voice is None:
        return f"no spoken sentence is called {one.key}: give the file the key of one, or drop it"
    if not steady(protocol, one.language, one.key, fill):
        changing = " ".join(f"{{{name}}}" for name in names_in(text.voice) if name not in fill)
        return f"its words change with {changing}, so it is always spoken: drop the file"
    words = say(protocol, one.key, one.language, Medium.voice, fill)
    line = f"{one.key}: {json.dumps(words, ensure_ascii=False)}"
    if not one.words:
        return f"nobody says which words it speaks, so it is not played: hear it, and write in {WORDS} {line}"
    if not _same(one.words, words):
        return f"the words changed since it was recorded: record it anew, and write in {WORDS} {line}"
    return ""


def _read(folder: Path) -> tuple[list[Recording], list[Fault]]:
    found: list[Recording] = []
    faults: list[Fault] = []
    for place in _listed(folder):
        if place.is_dir():
            fit, wrong = _language(place)
            found, faults = found + fit, faults + wrong
        else:
            faults.append(Fault(place.name, 1, "a file outside a language's folder: move it, say to en/"))
    return found, faults


def _language(place: Path) -> tuple[list[Recording], list[Fault]]:
    """The recordings of one language's folder."""
    files = [path for path in _listed(place) if path.name != WORDS]
    stated, faults = _stated(place, {path.stem for path in files})
    found: dict[str, Recording] = {}
    for path in files:
        if what := _unfit(path, found):
            faults.append(Fault(f"{place.name}/{path.name}", 1, what))
        else:
            words, content = stated.get(path.stem, ""), path.read_bytes()
            found[path.stem] = Recording(place.name, path.stem, path.suffix, words, content)
    return list(found.values()), faults


def _unfit(path: Path, found: Mapping[str, Recording]) -> str:
    """What keeps a file from being played, whatever the protocol; "" where nothing does."""
    if path.suffix not in MIMETYPES or not path.is_file():
        return f"this is no recording: name it KEY.mp3 or KEY.wav, and its words stand in {WORDS}"
    if path.stem in found:
        return f"{found[path.stem].file} speaks the same sentence: keep one of the two"
    size = path.stat().st_size
    if not 0 < size <= LARGEST_B:
        return f"it has {size} bytes, 1 to {LARGEST_B} are played: save it as mono with 8,000 Hz"
    return ""


def _stated(place: Path, files: set[str]) -> tuple[dict[str, str], list[Fault]]:
    """The words that were spoken, by key; files: the keys that have one."""
    name, path = f"{place.name}/{WORDS}", place / WORDS
    if not path.is_file():
        return {}, []
    try:
        source, faults = parse(name, path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        return {}, [Fault(name, 1, "this is no plain text: write it in UTF-8")]
    if source is None or source.content is None:
        return {}, faults
    if not isinstance(source.content, Mapping):
        return {}, [Fault(name, 1, 'these are no words by key: write lines such as ask_age: "How old?"')]
    stated: dict[str, str] = {}
    for key, words in source.content.items():
        if not isinstance(words, str):
            faults.append(source.fault(f"{key}: these are no words: put them in quotes", key))
        elif key not in files:
            faults.append(source.fault(f"{key}: there is no {key}.mp3: add the file, or drop the line", key))
        else:
            stated[key] = words
    return stated, faults


def _listed(folder: Path) -> list[Path]:
    """What stands in a folder, in order, without what a system hides there."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _public_name(one: Recording, name_of: NameOf) -> str:
    """The same for the same bytes only, so that what has this name may be kept for ever."""
    told = "\0".join((one.language, one.key, sha256(one.content).hexdigest()))
    return name_of(told.encode()) + one.suffix


def _same(recorded: str, said: str) -> bool:
    """Whether two wordings are the same but for line breaks and spaces."""
    return recorded.split() == said.split()
