"""What the program draws by itself in a run is the seed's, whoever else in this process draws meanwhile."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

from runtime.worker import asking, patience
from tests.simulation import bugs_of_storing

DRAWING = (asking, patience, bugs_of_storing)


@contextmanager
def dice_of(seed: int) -> Iterator[None]:
    """The generator that all share is no seed's: the thread of a client that somebody left open draws from it too."""
    own = random.Random(seed)
    for part in DRAWING:
        vars(part)["random"] = own
    try:
        yield
    finally:
        for part in DRAWING:
            vars(part)["random"] = random
