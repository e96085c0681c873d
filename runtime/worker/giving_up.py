"""Why an engine ends, or lets a record be."""


class GaveUp(Exception):
    """The database or the broker was away for longer than our patience: end, and be restarted."""


class NotAllowed(GaveUp):
    """The broker answers and says no to all we say: a person has to grant it; the sentence says what."""


class Unpublishable(Exception):
    """The broker will never take this record (too large, not a valid record): the others are to go on."""


class Behind(GaveUp):
    """A later release has been here: stop, and leave what it wrote to its workers."""


class Older(GaveUp):
    """The database is one of before: stop, and let a person bring back what is missing."""


class Flood(GaveUp):
    """So many dead letters in a minute that the fault must be ours: stop, and let a person look first."""
