"""The proof can fail: mutants of the shipped protocol are rejected; every one in a long run, a sample
otherwise."""

from flows.mutants import judge, mutants, try_mutants
from flows.proof.breaking import Mutant
from flows.protocol import Protocol

SAMPLE = 40  # every so many in a short run


def test_three_hundred_mutants_and_more_are_made_each_of_its_own(protocol: Protocol) -> None:
    made = [mutant.mutation for mutant in mutants(protocol)]
    assert len(made) >= 300
    assert len(set(made)) == len(made)


def test_every_mutant_that_tells_anybody_less_is_rejected(protocol: Protocol, long_run: bool) -> None:
    tried = try_mutants(protocol, every=1 if long_run else SAMPLE, processes=2 if long_run else 1)
    assert [one for one in tried.survivors if not one.reason] == []
    assert tried.rejected >= tried.made * 0.95
    assert tried.made >= (300 if long_run else 10)


def test_a_protocol_without_a_fault_survives_with_the_reason(protocol: Protocol) -> None:
    judged = judge(protocol, Mutant("nothing", protocol))
    assert judged.rejected_by is None
    assert judged.reason.startswith("the same level and text on every answer set")
