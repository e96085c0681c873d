"""Whether work comes thick enough for a moment's patience to fill a batch."""

IN_A_ROW = 4  # one request alone makes two or three: what it asks for is answered at once


class Rush:
    """One has begun where several follow each other, each within `seconds` of the end of the one before."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ended, self._in_a_row = float("-inf"), 0

    def goes_on(self, now: float) -> bool:
        """Asked once for each of them, as it begins."""
        self._in_a_row = self._in_a_row + 1 if now - self._ended < self.seconds else 0
        return self._in_a_row >= IN_A_ROW

    def ended(self, now: float) -> None:
        self._ended = now
