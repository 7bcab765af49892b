"""Every error of the line, one tree. The type tells the code what to do, the message tells the person.

    BackLineError
      SettingsError          a setting is missing or unsafe: says which and what to set
      RefusedRequest         a webhook request is not the carrier's (403)
      StoreAway              Redis does not answer, is full or read-only: say safe words, try later
      StoreUnsafe            Redis is set up so that it may lose what it acknowledged: refuse to start
      NoSuchTask             a task id that does not exist or is not in that state
      StillOwed              a person cannot be forgotten yet: says what is owed to them and what to do first
      NoRedis (embedded.py)  no server program was found, or it does not answer
      NoDrawer (svg.py)      the program that draws is not installed, or refused the picture
      OutboundError
        Undeliverable        the carrier will never deliver to this number: close the enrolment, do not retry
        OptedOut             the carrier says the person opted out: record it here too, never retry
        TryLater             nothing was processed: leave the message pending, the clock brings it back
        Unknown              the outcome is not known: reconcile, never send again blindly
        AccountRefused       the carrier refuses our account: stop all sending, alarm

May not: import anything of the project."""


class BackLineError(Exception):
    """Any fault of ours that has a remedy."""


class SettingsError(BackLineError):
    """A setting is missing or unsafe. The message lists every one with what to set."""


class RefusedRequest(BackLineError):
    """A webhook request that is not the carrier's. The message names the address that was checked and
    the remedy."""


class StoreAway(BackLineError):
    """Redis does not answer, is full or read-only. Say safe words; it heals by itself."""


class StoreUnsafe(BackLineError):
    """Redis may lose what it acknowledged (no append-only file, an evicting policy). Refuse to start in
    production."""


class NoSuchTask(BackLineError):
    """There is no open task of that id."""


class StillOwed(BackLineError):
    """Something is owed to a person, or under way to them, who was to be forgotten. The message says what to
    do first."""


class OutboundError(BackLineError):
    """A text could not be handed to the carrier."""

    def __init__(self, message: str, code: int = 0, *, busy: bool = False) -> None:
        """code: the carrier's, 0 = none. busy: it said that we are too fast, without a code."""
        super().__init__(message)
        self.code, self.busy = code, busy


class Undeliverable(OutboundError):
    """The carrier will never deliver to this number: close the enrolment, tell staff, do not retry."""


class OptedOut(OutboundError):
    """The carrier says that this person opted out (21610): record it here too, never retry."""


class TryLater(OutboundError):
    """The carrier is busy or was not reached: nothing was processed, the clock brings it back."""


class Unknown(OutboundError):
    """Time-out or 5xx: the text may be on its way. Reconcile by callback and look-up, never send again
    blindly."""


class AccountRefused(OutboundError):
    """401 or 403: our account or token is refused. Stop all sending and alarm."""
