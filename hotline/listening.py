"""The safety net: a small offline sentence model that asks back where the tables hear nothing.

A text that no table understood and that is close to how people tell of danger becomes a doubt: the question
is asked (again). It never answers, never lowers, never clears, and never speaks over anything understood. Off
by default; needs the extra `backline[listen]`. May not: reach a network, or touch what was understood."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flows.heard import Heard, Kind
from flows.protocol import Protocol
from hotline.errors import SettingsError

MISSING = "the sentence model is not installed: pip install 'backline[listen]', or unset BACKLINE_LISTEN"
HARMLESS, DANGER = "harmless", "danger"
MARGIN = 0.13
"""How much closer to danger than to harmless words (cosine): found on tests/data/listen.txt, first part."""
FEWEST_WORDS = 4  # shorter ones tell the model too little


def installed() -> bool:
    """Whether the extra is there."""
    try:
        importlib.import_module("wordllama")
    except ImportError:
        return False
    return True


class Listener:
    """The model with the examples of each language that has some (`words: listen`). Safe for threads."""

    def __init__(self, protocol: Protocol) -> None:
        """SettingsError: the extra is not installed."""
        self._model = _model()
        self._examples: dict[str, tuple[Sequence[str], Any]] = {}
        for language, texts in protocol.languages.items():
            told: Mapping[str, Sequence[str]] = texts.words.get("listen") or {}
            if told:
                named = [(str(fact), str(text)) for fact, listed in told.items() for text in listed]
                facts = [fact for fact, _ in named]
                self._examples[language] = facts, self._vectors([text for _, text in named])

    def second_look(self, heard: Heard, text: str, language: str) -> Heard:
        """The same, or where nothing was understood and danger may be meant, a doubt about its sign."""
        if heard.kind is not Kind.unclear or heard.signs or heard.doubts or heard.keep:
            return heard
        fact = self.suspects(text, language)
        if fact is None:
            return heard
        doubts = tuple(dict.fromkeys((DANGER, fact)))  # named as danger: which sign it is, is a guess
        return replace(heard, kind=Kind.doubt, doubts=doubts, reading="unsure", why=("(close to danger)",))

    def suspects(self, text: str, language: str) -> str | None:
        """The sign that a text may tell, or None where it is as close to harmless words."""
        if language not in self._examples or len(text.split()) < FEWEST_WORDS:
            return None
        facts, vectors = self._examples[language]
        near = vectors @ self._vectors([text])[0]
        harmless = max(value for value, fact in zip(near, facts, strict=True) if fact == HARMLESS)
        value, fact = max((value, fact) for value, fact in zip(near, facts, strict=True) if fact != HARMLESS)
        return fact if value - harmless >= MARGIN else None

    def _vectors(self, texts: Sequence[str]) -> Any:
        return self._model.embed(list(texts), norm=True)


def _model() -> Any:
    """The model from its own package: its weights and its tokenizer are in the wheel."""
    try:
        wordllama = importlib.import_module("wordllama")
    except ImportError as missing:
        raise SettingsError(MISSING) from missing
    folder = Path(str(wordllama.__file__)).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
