"""The last resort: static words that name the emergency number, ready before anything can fail.

Made once at start from the protocol's own texts; needs no store. May not: say anything else."""

from dataclasses import dataclass, replace

from flows.effects import Tell
from flows.protocol import Medium
from flows.wording import Say
from hotline.channels import Reply, sms
from hotline.channels import voice as phone
from hotline.line import Line


@dataclass(frozen=True, slots=True)
class SafeWords:
    """The static answers, as bytes."""

    sms: bytes
    voice: bytes

    @classmethod
    def of(cls, line: Line) -> "SafeWords":
        """The words of this line's first language."""
        language = next(iter(line.protocol.languages))
        text = line.renderer.sentence(line.protocol, language, Medium.sms, Tell(Say.FAULT))
        spoken = line.renderer.sentence(line.protocol, language, Medium.voice, Tell(Say.FAULT))
        # Never a recording: whoever cannot answer a call may not be able to serve a file either.
        spoken = replace(spoken, audio="")
        return cls(sms.write(Reply((text,))), phone.write(Reply((spoken,))))
