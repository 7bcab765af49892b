"""Our sentences with every placeholder filled: from the settings, from the step, from what was heard; and
where a person has read one of them, the address of that recording.

May not: choose a sentence, or hold one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.effects import Ask, Tell
from flows.protocol import Medium, Protocol, Texts, Times
from flows.wording import say
from hotline.channels import Sentence
from hotline.recordings import Recordings, steady

TIMES = ("due", "opens")  # fills that are times of the nurse desk, as `desk.py` writes them
SIGN = "heard_sign"  # the fill that names a fact; the texts say what it is called


@dataclass
class Renderer:
    """Fills texts; those that only the settings fill are kept ready."""

    fill: Mapping[str, str]
    recordings: Recordings = field(default_factory=Recordings)
    _ready: dict[tuple[str, str, str, Medium], Sentence] = field(default_factory=dict)

    def sentence(self, protocol: Protocol, language: str, medium: Medium, effect: Tell | Ask) -> Sentence:
        """The sentence of an effect. KeyError: the protocol has no such text."""
        if isinstance(effect, Tell) and effect.fill:
            return self._made(protocol, language, medium, effect.text, effect.fill)
        key = (protocol.hash, effect.text, language, medium)
        if key not in self._ready:
            self._ready[key] = self._made(protocol, language, medium, effect.text, {})
        return self._ready[key]

    def text(
        self, protocol: Protocol, language: str, medium: Medium, key: str, fill: Mapping[str, str]
    ) -> str:
        """The words of one text."""
        return self._made(protocol, language, medium, key, fill).text

    def _made(
        self, protocol: Protocol, language: str, medium: Medium, key: str, fill: Mapping[str, str]
    ) -> Sentence:
        texts = protocol.languages[language]
        if SIGN in fill:
            heard = texts.heard[fill[SIGN]]
            fill = {**fill, "heard": heard["sms"], "heard_spoken": heard["voice"]}
        fill = {key: _time(texts.times, medium, told) if key in TIMES else told for key, told in fill.items()}
        words = say(protocol, key, language, medium, {**self.fill, **fill})
        spoken_in = texts.texts[key].spoken_in or texts.spoken_in
        audio = self._audio(protocol, language, key, words) if medium is Medium.voice else ""
        return Sentence(words, spoken_in, _voice(protocol, texts, spoken_in), audio)

    def _audio(self, protocol: Protocol, language: str, key: str, words: str) -> str:
        """The address of a recording of just these words; "" where the carrier's voice says them."""
        if not steady(protocol, language, key, self.fill):
            return ""
        return self.recordings.address(language, key, words)


def _voice(protocol: Protocol, texts: Texts, spoken_in: str) -> str:
    """The voice of the language that is spoken: an English voice must not read a Spanish sentence."""
    speaks = [texts, *protocol.languages.values()]
    return next((one.voice for one in speaks if one.spoken_in == spoken_in), "")


def _time(times: Times, medium: Medium, told: str) -> str:
    """ "17:00" as 5 pm today, "08:30 0" as 8:30 am Monday, in the language's own way."""
    at, _, day = told.partition(" ")
    if not at:
        return ""
    hour, _, minute = at.partition(":")
    clock = at if times.hours == 24 else _on_twelve(times, int(hour), minute)
    if not day:
        return times.today.replace("{clock}", clock)
    return times.on_day.replace("{clock}", clock).replace("{day}", times.days[medium.value][int(day)])


def _on_twelve(times: Times, hour: int, minute: str) -> str:
    exact = "" if minute == "00" else f":{minute}"
    return f"{hour % 12 or 12}{exact} {times.am if hour < 12 else times.pm}"
