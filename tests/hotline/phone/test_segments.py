"""The carrier's own count of billed parts, at its edges and against a counter by others."""

import json
import os
import random
import shutil
import subprocess

import pytest

from hotline.phone.segments import BASIC, EXTENSION, count
from tests.hotline.phone.twiml_from_npm import NODE_MODULES

SCRIPT = """
const { SegmentedMessage } = require("sms-segments-calculator");
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
const counted = texts.map((text) => {
  const message = new SegmentedMessage(text);
  return [message.encodingName, message.segmentsCount];
});
console.log(JSON.stringify(counted));
"""


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("x" * 160, ("GSM-7", 1)),
        ("x" * 161, ("GSM-7", 2)),
        ("x" * 306, ("GSM-7", 2)),
        ("x" * 307, ("GSM-7", 3)),
        ("€" * 80, ("GSM-7", 1)),
        ("x" * 152 + "€" + "x" * 10, ("GSM-7", 2)),
        ("é" * 160, ("GSM-7", 1)),
        ("í" * 70, ("UCS-2", 1)),
        ("í" * 71, ("UCS-2", 2)),
        ("😀" * 35, ("UCS-2", 1)),
        ("í" * 66 + "😀" * 34, ("UCS-2", 3)),
        ("", ("GSM-7", 1)),
    ],
)
def test_parts_are_counted_as_they_are_billed(text: str, counted: tuple[str, int]) -> None:
    assert count(text) == counted


@pytest.mark.node
def test_a_counter_by_others_counts_the_same() -> None:
    node = shutil.which("node")
    if node is None or not (NODE_MODULES / "sms-segments-calculator").is_dir():
        assert "BACKLINE_CI" not in os.environ, "run npm ci in tests/node"
        pytest.skip("no Node, or no tests/node/node_modules: run npm ci there")
    chance = random.Random(160)
    letters = sorted(BASIC | EXTENSION)
    texts = ["".join(chance.choices(letters, k=chance.randint(1, 400))) for _ in range(300)]
    texts += ["".join(chance.choices("aé😀í—", k=chance.randint(1, 200))) for _ in range(300)]
    command, asked, home = [node, "-e", SCRIPT], json.dumps(texts), NODE_MODULES.parent
    ran = subprocess.run(
        command, input=asked, capture_output=True, text=True, cwd=home, check=True, timeout=60
    )
    assert [count(text) for text in texts] == [tuple(pair) for pair in json.loads(ran.stdout)]
