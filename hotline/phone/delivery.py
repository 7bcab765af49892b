"""The way of one text from queued to delivered, as steps; ordered faults bend it.

May use: faults. May not: wait, send, or change a message itself."""

from dataclasses import dataclass

from hotline.phone.faults import CALLBACKS, DELIVERY, Faults


@dataclass(frozen=True, slots=True)
class Step:
    """One step: after `delay_s` the text gets this status (`changes`), and its callback is sent (`told`)."""

    delay_s: float
    status: str
    code: int | None = None
    changes: bool = True
    told: bool = True


def plan(faults: Faults, to: str, pace_s: float) -> list[Step]:
    """The steps of a text to this number; ordered delivery and callback faults are used up by it."""
    end = faults.take(DELIVERY, to)
    steps = [Step(pace_s, "sent")]
    if end is None:
        steps.append(Step(2 * pace_s, "delivered"))
    elif end.kind != "stuck":
        steps.append(Step(2 * pace_s, end.kind, end.code))
    bend = faults.take(CALLBACKS, to)
    return steps if bend is None else _bent(steps, bend.kind, bend.seconds)


def _bent(steps: list[Step], kind: str, seconds: float) -> list[Step]:
    match kind:
        case "callback_dropped":
            return [Step(step.delay_s, step.status, step.code, told=False) for step in steps]
        case "callback_twice":
            pairs = [(step, Step(step.delay_s, step.status, step.code, False)) for step in steps]
            return [step for pair in pairs for step in pair]
        case "callback_delayed":
            quiet = [Step(step.delay_s, step.status, step.code, told=False) for step in steps]
            return quiet + [Step(step.delay_s + seconds, step.status, step.code, False) for step in steps]
        case "callback_early":
            return [Step(0, step.status, step.code) for step in steps]
        case _:
            # Swapped: the statuses come about in order, but are told the other way round, one pace later.
            last = steps[-1].delay_s
            quiet = [Step(step.delay_s, step.status, step.code, told=False) for step in steps]
            told = [(last + (place + 1) * last, step) for place, step in enumerate(reversed(steps))]
            return quiet + [Step(delay, step.status, step.code, False) for delay, step in told]
