"""What is secret in a setting, from the file that its `..._FILE` names; an error never says the words of that file."""

import re
from pathlib import Path
from urllib.parse import quote

from policies.files.plain_files import read_text

USER = re.compile(r"(?P<scheme>[a-z+]+://)(?P<user>[^:/@?]+)(?P<password>:[^/@]*)?@")


def secret_in(setting: str, file: str, holds: str) -> str:
    """Without the line end that an editor leaves. Raises ValueError with a sentence."""
    try:
        text = read_text(Path(file)).rstrip("\r\n")
    except OSError as error:
        raise ValueError(
            f"{setting}={file} cannot be read ({error.strerror}): name a file, and look at its rights"
        ) from None
    if not text.strip():
        raise ValueError(f"{setting}={file} is empty: write {holds} into it")
    return text


def not_both(setting: str) -> ValueError:
    return ValueError(f"{setting} and {setting}_FILE are both set: leave one of them out")


def with_password(setting: str, address: str, file: str) -> str:
    """The address, whose user has the password in `file`. Raises ValueError with a sentence."""
    named, found = f"{setting}_PASSWORD_FILE", USER.match(address)
    if found is None:
        raise ValueError(f"{named} is set, but {setting} names no user: write user@ before its host, or leave it out")
    if found["password"]:
        raise ValueError(f"has a password, and {named} is set: leave one of them out")
    password = secret_in(named, file, "that password")
    if not password.isprintable():
        raise ValueError(f"{named}={file} has more than one line, or a character that nobody sees: write one password")
    return f"{found['scheme']}{found['user']}:{quote(password, safe='')}@{address[found.end() :]}"


def without_password(address: str) -> str:
    """For an environment that many may read: its user's password comes from a file beside it."""
    found = USER.match(address)
    return f"{found['scheme']}{found['user']}@{address[found.end() :]}" if found else address
