"""Whose dead letter it is: an identifier counts where it stands as a whole, also escaped, and never inside another."""

import orjson
import pytest

from services.console.kept.mentions import naming
from services.console.kept.rows import packed

NAME = "sub-line0001"


@pytest.mark.parametrize(
    "text",
    [
        b"sub-line0001",
        b'{"subscription":"sub-line0001"}',
        b'{"note":"of sub-line0001, and others"}',
        b"/v1/subscriptions/sub-line0001/requests",
        b"cancel-sub-line0001-1",
        b"retry_sub-line0001_2",
        b'{"subscription":"SUB-LINE0001"}',
        rb'{"subscription":"sub\u002dline0001"}',
        rb'{"subscription":"\u0073ub-line0001"}',
        rb'{"said":"{\"subscription\":\"sub\\u002Dline0001\"}"}',
        b"subscription=sub%2Dline0001&x=1",
        rb'{"words":"first\nsub-line0001\tthen"}',
        rb'{"said":"{\"words\":\"first\\nsub-line0001\"}"}',
        rb'{"words":"\u7528\u6237sub-line0001\u3002"}',
        '{"words":"用户sub-line0001。"}'.encode(),
        b"words=%E7%94%A8sub-line0001%E3%80%82",
        b"\xff\x00sub-line0001\x00\xff",
        b"sub-line00012 and sub-line0001",
        packed([("x-about", b"sub-line0001")]),
        orjson.dumps({"said": orjson.dumps({"subscription": NAME}).decode()}),
    ],
)
def test_it_is_named(text: bytes) -> None:
    assert naming(NAME)(text)


@pytest.mark.parametrize(
    "text",
    [
        None,
        b"",
        b"sub-line00012",
        b'{"subscription":"sub-line0001a"}',
        b'{"subscription":"xsub-line0001"}',
        b'{"subscription":"1sub-line0001"}',
        b"SUB-LINE00012",
        rb'{"subscription":"sub-line0001\u0032"}',
        b"sub-line0001%32",
        b"sub-line000",
        b"sub-line-0001",
        b"sub-line0002",
        b"sub-xline0001",
        b'{"subscription":"sub-line", "note":"0001"}',
    ],
)
def test_another_is_named_or_nobody(text: bytes | None) -> None:
    assert not naming(NAME)(text)


def test_a_name_is_no_pattern() -> None:
    assert not naming("sub-l.ne0001")(b"sub-line0001") and not naming("sub-lin%0001")(b"sub-line0001")
