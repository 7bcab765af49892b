"""Makes hotline/phone/twiml_tables.py from the carrier's npm library; run it for each new version of that.

`python tests/hotline/phone/twiml_from_npm.py > hotline/phone/twiml_tables.py`. A test compares the two.
May not: be imported by the line."""

import re
import sys
from pathlib import Path

NODE_MODULES = Path(__file__).parents[2] / "node" / "node_modules"
VOICE_VERBS = "Response Say Play Pause Gather Redirect Hangup Reject Dial Number Record".split()
SSML = "break say-as prosody emphasis p s phoneme sub w lang".split()
MESSAGE_VERBS = "Response Message Redirect Body Media".split()
# Voices exist in some eighty languages; the table keeps those of the languages the line may speak.
VOICES = re.compile(r"^(man|woman|alice|Polly\..+|Google\.(en|es)-.+)$")
SIGN = '''"""What the carrier's markup allows: verbs, attributes, values and nesting, as data.

Made by tests/hotline/phone/twiml_from_npm.py from npm `twilio` {version}, lib/twiml; not edited by hand.
Voices of languages the line does not speak are left out. May not: hold code."""
'''


def element(name: str) -> str:
    """The element that a class of the library writes: SsmlSayAs -> say-as, Say -> Say."""
    bare = name.removeprefix("Ssml")
    return bare if bare == name else re.sub(r"(?<=[a-z])(?=[A-Z])", "-", bare).lower()


def choices(source: str) -> dict[str, list[str]]:
    """Every named set of values in a declaration file."""
    found = re.findall(r"^\s*type (\w+) = (.+);$", source, re.M)
    return {name: re.findall(r'"([^"]+)"', values) for name, values in found}


def attributes(source: str) -> dict[str, dict[str, str]]:
    """Every element's attributes and the kind of each; an element's repeated declarations are merged."""
    found: dict[str, dict[str, str]] = {}
    for name, body in re.findall(r"interface (\w+)Attributes \{(.*?)\n    \}", source, re.S):
        rows = re.findall(r'^\s*"?([\w:-]+)"?\?: ([\w\[\]]+);$', body, re.M)
        found.setdefault(element(name), {}).update(rows)
    return found


def nesting(source: str, root: str) -> dict[str, list[str]]:
    """Which elements may stand in which."""
    found: dict[str, list[str]] = {}
    for name, body in re.findall(r"class (\w+) extends TwiML \{(.*?)\n\s{0,4}\}", source, re.S):
        inside = dict.fromkeys(element(child) for child in re.findall(rf"\): {root}\.(\w+);", body))
        found["Response" if name == root else element(name)] = list(inside)
    return found


def wrapped(values: list[str]) -> str:
    """A long set of values as lines of at most 110 characters."""
    lines: list[str] = []
    line = "   "
    for value in values:
        if len(line) + len(value) > 105:
            lines, line = [*lines, line], "   "
        line += f" {value}"
    return "\n".join([*lines, line])


def table(kind: str, source: str, verbs: list[str], root: str) -> str:
    """One kind's three tables as Python text."""
    known, inside = attributes(source), nesting(source, root)
    text = f"{kind}_ATTRIBUTES: dict[str, dict[str, str]] = {{\n"
    for verb in verbs:
        mine = sorted(known.get(verb, {}).items())
        rows = "".join(f'        "{name}": "{value}",\n' for name, value in mine)
        text += f'    "{verb}": {{\n{rows}    }},\n' if rows else f'    "{verb}": {{}},\n'
    text += f"}}\n{kind}_NESTING: dict[str, str] = {{\n"
    for verb in verbs:
        text += f'    "{verb}": "{" ".join(v for v in inside.get(verb, []) if v in verbs)}",\n'
    return text + "}\n"


def make(node_modules: Path) -> str:
    """The whole text of twiml_tables.py."""
    library = node_modules / "twilio"
    version = re.search(r'"version": "([^"]+)"', (library / "package.json").read_text())
    assert version is not None
    voice = (library / "lib/twiml/VoiceResponse.d.ts").read_text(encoding="utf-8")
    message = (library / "lib/twiml/MessagingResponse.d.ts").read_text(encoding="utf-8")
    tables = table("VOICE", voice, VOICE_VERBS + SSML, "VoiceResponse")
    tables += table("SMS", message, MESSAGE_VERBS, "MessagingResponse")
    used = set(re.findall(r'": "(\w+?)(?:\[\])?",$', tables, re.M))
    sets = {name: values for name, values in choices(voice).items() if name in used}
    sets["SayVoice"] = [voice for voice in sets["SayVoice"] if VOICES.match(voice)]
    text = SIGN.format(version=version.group(1)) + "\nCHOICES: dict[str, frozenset[str]] = {\n"
    for name, values in sorted(sets.items()):
        text += f'    "{name}": frozenset(\n        """\n{wrapped(values)}\n    """.split()\n    ),\n'
    return text + "}\n" + tables


if __name__ == "__main__":
    sys.stdout.write(make(Path(sys.argv[1]) if len(sys.argv) > 1 else NODE_MODULES))
