"""Makes tests/data/segments.json: texts of every kind, counted by npm `sms-segments-calculator`.

Run `python -m tests.judge.segments` after `npm ci` in tests/node. The texts come from a fixed seed, so the
same judge gives the same file. May not: count anything itself, or import the counter that is judged."""

import json
import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
NODE = HERE.parent / "node"
FIXTURE = HERE.parent / "data" / "segments.json"
SEED, HOW_MANY = 160153, 3200
EDGES = (69, 70, 71, 133, 134, 135, 152, 153, 154, 159, 160, 161, 200, 201, 305, 306, 307, 459, 460)
PLAIN = (
    "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789 .,?!'\"-:;()"
    "@£$¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¡ÄÖÑÜ§¿äöñüà\n"
)
EXTENDED = "^{}\\[~]|€\f"
WIDE = "íóúáç’“”–—…漢字ёж`"
PAIRS = (
    "😀🩺💊🦵🧠𝒳"  # single ones: the judge also keeps flags and skin tones whole, which no source asks for
)


def texts() -> Iterator[str]:
    """Plain, extended, wide and mixed texts of many lengths, and pairs on both sides of each seam."""
    chance = random.Random(SEED)
    for edge in EDGES:
        for before in (edge - 2, edge - 1, edge):
            yield "x" * before
            yield "x" * before + "€"
            yield "x" * before + "€" + "y" * 20
            yield "í" + "x" * (before - 1) + "😀" + "y" * 20
    alphabets = (
        PLAIN,
        PLAIN + EXTENDED,
        PLAIN * 3 + EXTENDED * 9,
        PLAIN + WIDE,
        PLAIN + WIDE + PAIRS,
        PAIRS + "í",
    )
    made = 4 * 3 * len(EDGES)
    while made < HOW_MANY:
        alphabet = alphabets[made % len(alphabets)]
        length = chance.choice((chance.randint(1, 240), chance.choice(EDGES)))
        yield "".join(chance.choices(alphabet, k=length))
        made += 1


def judged(asked: Sequence[str]) -> list[tuple[str, int]]:
    """The encoding and parts of each text by the judge. CalledProcessError: its packages are missing."""
    node = shutil.which("node")
    assert node is not None, "Node is missing: mark the test `node`"
    ran = subprocess.run(
        [node, str(HERE / "segments.js")], input=json.dumps(list(asked)), capture_output=True, text=True,
        check=True, timeout=120, env={"NODE_PATH": str(NODE / "node_modules")},
    )  # fmt: skip
    return [(str(encoding), int(parts)) for encoding, parts in json.loads(ran.stdout)]


def main() -> None:
    """Write the fixture."""
    asked = list(texts())
    cases = [[text, *counted] for text, counted in zip(asked, judged(asked), strict=True)]
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    FIXTURE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
