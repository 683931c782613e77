"""Why a live connection is turned away or ended, in words that say what to do."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BUSY",
    "CLOSING",
    "FLOOD",
    "NOT_A_PICTURE",
    "NOT_KEPT",
    "NOT_YOURS",
    "SILENT",
    "TICKET",
    "TOO_LARGE",
    "Refusal",
    "RefusedError",
    "limits_do_not_fit",
]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason, with what the page shows.

    Attributes:
        code: Name, for programs.
        text: Whole sentences for the user.
        close_code: Of the WebSocket (RFC 6455: 4000 to 4999 are free to use).
    """

    code: str
    text: str
    close_code: int


class RefusedError(Exception):
    """What came over the connection can't be used.

    Attributes:
        refusal: Why.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


TICKET = Refusal(
    "ticket",
    "This start was used already, or formcheck was started anew since. Press Start again.",
    4401,
)
NOT_YOURS = Refusal("ticket", TICKET.text, TICKET.close_code)
"""It is somebody else's: told in the same words, so that nobody learns that it exists."""
BUSY = Refusal(
    "busy",
    "This computer is busy with as many live sessions as it can judge. End one of them, then press "
    "Start again.",
    4409,
)
NOT_KEPT = Refusal(
    "not-kept",
    "The clip can't be kept: the folder for it can't be made on the computer that runs formcheck. "
    "Free some space there or mend the folder, or switch “Keep the clip” off, then start again.",
    4507,
)
TOO_LARGE = Refusal(
    "too-large",
    "The camera's pictures are too large to be judged. Choose another camera or a smaller picture, "
    "then start again.",
    4413,
)
NOT_A_PICTURE = Refusal(
    "not-a-picture",
    "What came was no picture of a camera, so the session was ended. Reload the page and start "
    "again.",
    4415,
)
FLOOD = Refusal(
    "flood",
    "Far more came than a camera sends, so the session was ended. Reload the page and start again.",
    4429,
)
SILENT = Refusal(
    "silent",
    "Nothing came from this page for a while. Keep the page in front, then press Start again.",
    4408,
)
CLOSING = Refusal(
    "closing", "formcheck is being closed on the computer. Start it again to go on.", 4503
)


def limits_do_not_fit(error: Exception) -> Refusal:
    """The limits that are kept for somebody can't be used; ``error`` says why."""
    return Refusal(
        "limits",
        f"The session was not begun: {str(error).rstrip('.')}. Choose “nobody in particular”, or "
        "set the limits anew.",
        4422,
    )
