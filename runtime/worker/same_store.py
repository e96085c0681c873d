"""Whether the database is the one that this service has worked on: asked before anything is decided or rung."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial, reduce

import sqlalchemy as sa

from contracts.flow import group_id
from runtime.kafka.lag import marks
from runtime.kernel.database_words import why_not
from runtime.kernel.reached import Mark, WentBack, further, mark
from runtime.settings import Settings
from runtime.worker.giving_up import GaveUp, Older
from runtime.worker.patience import Learn, Stepper


def refuse_an_older_one(service: str, settings: Settings, stepper: Stepper) -> None:
    """Raises `Older`, `BrokerTrouble`, or `GaveUp` where the database does not answer."""
    _ask_the_group(service, settings, stepper)
    try:
        with stepper.store.transaction() as tx:
            stepper.reached.prove(tx)
    except WentBack as error:
        raise Older(str(error)) from error
    except sa.exc.DBAPIError as error:
        raise GaveUp(f"the database did not say how far it is ({why_not(error)})") from error


def partitions_come(stepper: Stepper) -> Callable[[Sequence[str]], None]:
    """Others may have worked on them meanwhile, on a database that this worker does not see any more."""

    def came(told: Sequence[str]) -> None:
        stepper.reached.must_be(furthest(told))
        stepper.partitions_came()

    return came


def learning(service: str, settings: Settings, stepper: Stepper) -> Learn:
    """Raises `BrokerTrouble` when nobody says it."""
    return partial(asyncio.to_thread, _ask_the_group, service, settings, stepper)


def _ask_the_group(service: str, settings: Settings, stepper: Stepper) -> None:
    told = marks(settings.kafka, group_id(service), settings.patience_seconds)  # a new broker's groups take a while
    stepper.reached.must_be(furthest(told))


def furthest(told: Sequence[str]) -> Mark:
    return reduce(further, map(mark, told), Mark())
