"""The order of the questions: most deadly first, as the oracle lists them.

May not: run the engine."""

from flows.protocol import Protocol


def out_of_order(protocol: Protocol) -> str | None:
    """What stands where the oracle does not ask it, or is missing; None where the order is the stated one."""
    stated = list(protocol.oracle.unknown)
    asked = [question.id for question in protocol.questions]
    for id in stated:
        if id not in asked:
            return f'the question "{id}" of the oracle is not asked'
    for id in asked:
        if id not in stated:
            return f'the oracle states no least level for "{id}"'
    for should, does in zip(stated, asked, strict=True):
        if should != does:
            return f'"{does}" is asked where the oracle asks "{should}": most deadly first'
    return None
