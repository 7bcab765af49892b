"""The proof as a page: docs/proof.md is made by `python -m flows.proof.page`; tests hold it to what is so.

May not: judge, or leave out what is broken."""

from pathlib import Path

from flows.load import load
from flows.mutants import Tried, try_mutants
from flows.prove import Proof, prove

HEAD = """# What is proved

Made by `python -m flows.proof.page`; tests fail when this page is stale. `hotline prove` does the same for
any protocol. The proof drives the real engine (`advance`, `press`, `understand`), never a model beside it,
and holds it against `flags.yaml`, which states levels, floors, texts and the order of asking a second time,
apart from the rules.

- **Answers.** Every answer of every question and "not sure", from the first question on. Sessions that
  cannot differ in what follows are merged: the same question, level and text, and the same conditions that
  a higher rule still reads. Tests hold this against walks of small protocols in which nothing is merged.
- **Tries.** At every state, by text and by phone: misses up to the limit, silence, `*`, 9, 0, 911, waits,
  hang-ups, calls that take over, and (where no try was made yet) every keyword. What is told beside the
  answers (a sign, a doubt, a late text, a new start) is driven at every state, and followed onwards by
  every answer where the question is fresh.
- **Loops.** One text sent back to whatever the line says, for each kind of text and each sign: the line falls
  silent, safe words told before, and another sign, words of self-harm or a new start are heard after it.
- **Calls.** Every stage of a call under every key, words, silence, a hang-up, and what comes late or twice
  from a nurse's phone or a recording, whoever is on duty and whether the number shows: the caller always
  hears words, silence alone ends each call within twelve prompts, and nothing is promised that nobody owes.
  Of the answers only whether one is a flag is told apart here, and keys behind a menu once for each kind of
  question.
- **Languages.** The engine reads no language. `agree` shows that each language hears the same things at
  each question, and that each answer leads to the same place by text in each language, by keys, and with a
  hand-over before, after or within it.
- **Not proved.** That the levels are right (a clinician signs them), that people answer truly, what the
  carrier does; several signs told ahead of their questions in one conversation are followed one at a time;
  whole texts are read by tests with examples, not by this proof.
"""


def page(proof: Proof, tried: Tried) -> str:
    """The page of these findings."""
    return "\n".join([HEAD, invariants(proof), mutants(tried)])


def invariants(proof: Proof) -> str:
    """The table of the invariants, with their figures."""
    rows = [
        f"| {one.name} | {'holds' if one.holds else 'BROKEN'} | {one.checked:,} |" for one in proof.invariants
    ]
    notes = [f"- {one.name}: {note}" for one in proof.invariants for note in one.notes]
    head = f"{proof.paths:,} answer sets, {proof.states:,} states, {proof.steps:,} turns of the engine."
    return "\n".join(
        ["## Invariants", "", head, "", "| invariant | | cases |", "|---|---|---|", *rows, "", *notes, ""]
    )


def mutants(tried: Tried) -> str:
    """How many mutants were rejected, by what, and why the others are no other protocol."""
    told = f"{tried.rejected:,} of {tried.made:,} mutants are rejected, by the first invariant they break:"
    by = [f"- {name}: {count}" for name, count in tried.by]
    left = [f"- {one.mutation}: {one.reason or 'NOT SHOWN TO BE THE SAME'}" for one in tried.survivors]
    return "\n".join(
        [
            "## Mutants",
            "",
            told,
            "",
            *by,
            "",
            "Those that survive, and why they change nothing:",
            "",
            *left,
            "",
        ]
    )


if __name__ == "__main__":
    shipped = load(Path(__file__).parents[1] / "back_pain")
    print(page(prove(shipped), try_mutants(shipped)), end="")
