"""The measurements run from one command and say what they measured."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_turn_is_measured_against_a_bare_view_in_one_json_document() -> None:
    """A short run: what it finds depends on the machine, what it tells does not."""
    command = [sys.executable, "-m", "benchmarks", "turns", "--pairs", "3", "--slice-s", "0.3", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert 0 < told["ratio"] < 1 and len(told["ratios"]) == 3
    assert told["turns"] > 100 and told["turns_per_s"] < told["baseline_per_s"]
    assert 1.5 < told["round_trips"] < 2.2
    assert told["seconds"] < 50


def test_understanding_is_measured_against_taking_the_text_apart() -> None:
    command = [sys.executable, "-m", "benchmarks", "understand", "--rounds", "1", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["free"]["texts"] > 500 and told["plain"]["texts"] > 100
    assert told["free"]["ratio"] > 1 and told["free"]["median_us"] > told["plain"]["median_us"]


def test_sending_is_measured_against_the_bare_client() -> None:
    """Every text of the job is with the carrier; the bare client is quicker, it keeps nothing."""
    command = [sys.executable, "-m", "benchmarks", "sending", "--pairs", "2", "--texts", "40", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["accepted"] == 3 * 40 and len(told["ratios"]) == 2 and told["ratio"] > 0
    assert told["workers_for_a_short_code"] >= 1


def test_a_crew_is_measured_at_the_pace_of_a_short_code_and_at_none() -> None:
    """Real workers and a clock. Answers that take a fifth of a second bound what one worker can do."""
    command = [
        sys.executable,
        "-m",
        "benchmarks",
        "crew",
        "--workers",
        "1",
        "--ways-ms",
        "200",
        "--seconds",
        "2",
    ]
    done = subprocess.run([*command, "--json"], cwd=ROOT, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    (row,) = told["rows"]
    threads_do = told["threads"] * 5 * row["segments_a_text"]
    assert row["workers"] == 1 and not row["fills_a_short_code"]
    assert 0 < row["segments_per_s"] <= threads_do and 0 < row["without_pace_per_s"] <= threads_do
