"""A cancellation from its price to its end, with a client made of contracts/openapi.json by openapi-python-client."""

import json
import sys
import uuid
from typing import Any

from made.api.default import (  # type: ignore[import-not-found]  # it is made when the test runs
    get_cancellation,
    post_cancellation_confirmation,
    post_cancellations,
    post_quotes,
)
from made.client import Client  # type: ignore[import-not-found]
from made.models import (  # type: ignore[import-not-found]
    Channel,
    Confirmation,
    Kind,
    ProblemBody,
    QuoteAsk,
    Status,
    Submission,
)


def told(answer: Any) -> Any:
    """What was asked for; every no is a problem with a code, what is wrong and what to do."""
    if answer is None or isinstance(answer, ProblemBody):
        raise SystemExit(str(answer and (answer.code, answer.detail, answer.hint)))
    return answer


def until(request_id: str, stage: str) -> Any:
    """A stream ends after a minute at most: then it is asked for again."""
    while True:
        with api.get_httpx_client().stream("GET", f"/v1/cancellations/{request_id}/events") as events:
            for line in events.iter_lines():
                if not line.startswith("data: "):
                    continue
                status = Status.from_dict(json.loads(line[6:]))
                if status.stage == stage:
                    return status
                if status.ended:
                    raise SystemExit(f"{status.stage}: {status.where.en} {status.next_.what.en}")


address, subscription = sys.argv[1:]
api = Client(base_url=address, timeout=90)
what = {"kind": Kind.PRODUCT, "subscription": subscription, "items": ["video-pack"]}
priced = told(post_quotes.sync(client=api, body=QuoteAsk(**what)))
wish = Submission(channel=Channel.APP, **what)
filed = told(post_cancellations.sync(client=api, body=wish, idempotency_key=str(uuid.uuid4())))
quote = until(filed.request_id, "quoted").quote
yes = Confirmation(channel=Channel.APP, quote_version=quote.version, clauses_acknowledged=True)
told(post_cancellation_confirmation.sync(filed.request_id, client=api, body=yes))
end = until(filed.request_id, "closed")
nobody = get_cancellation.sync("nobody", client=api)
print(json.dumps([priced.quote.total.to_dict(), quote.total.to_dict(), end.ended, nobody.code]))
