"""Whose turn it was last among files, and whether that one alone is behind the others."""


class LastTurn:
    """A file is alone if it was the last one too, or follows one that was and has ended."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._has_ended = False
        self._was_alone = False

    def is_alone(self, number: int) -> bool:
        """Return whether a file whose turn comes is the only one behind, as far as is known."""
        return number == self._number or (self._has_ended and self._was_alone)

    def pass_to(self, number: int) -> bool:
        """Take note of the turn of a file; return whether that is alone."""
        self._was_alone = self.is_alone(number)
        self._number, self._has_ended = number, False
        return self._was_alone

    def end(self, number: int) -> None:
        """Take note of the end of a file."""
        self._has_ended = self._has_ended or number == self._number
