"""«If you leave on ...»: the prices by date as a small picture; places are worked out here, the page only draws."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from demo.phone.notebook import Json

LEFT, RIGHT, TOP, BOTTOM = 8, 332, 18, 118


def curve(points: Sequence[Json]) -> Json | None:
    """Two lines, the fee alone and all that is paid until then; none where there is nothing to compare."""
    if len(points) < 2:
        return None
    moments = [datetime.fromisoformat(each["requested_end"]).timestamp() for each in points]
    first, span = moments[0], max(1.0, moments[-1] - moments[0])
    highest: int = max(1, *(each["altogether"]["minor"] for each in points), *(each["fee"]["minor"] for each in points))

    def x(at: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * (at - first) / span, 1)

    def y(minor: int) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * max(0, minor) / highest, 1)

    dots = [_dot(each, x(at), y(each["fee"]["minor"])) for each, at in zip(points, moments, strict=True)]
    line = " ".join(f"{dot['x']},{dot['y']}" for dot in dots)
    sums = " ".join(f"{x(at)},{y(each['altogether']['minor'])}" for each, at in zip(points, moments, strict=True))
    return {"fee": line, "altogether": sums, "dots": dots, "bottom": BOTTOM, "left": LEFT, "right": RIGHT}


def _dot(point: Json, x: float, y: float) -> dict[str, Any]:
    return {"x": x, "y": y, "best": point["cheapest"], "at": point["requested_end"], "fee": point["fee"]}
