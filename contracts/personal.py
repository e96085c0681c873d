"""What in a text could be a person: phone, identity, passport, card and account numbers, e-mail addresses."""

import re

from contracts.numbers import IN_NUMBERS, masked_numbers

# An IBAN proves itself; a passport has the form of a Chinese one, or is called one.
ACCOUNT = re.compile(rf"(?<![A-Za-z0-9_-])[A-Z]{{2}}\d\d(?:[ \u00a0{IN_NUMBERS}-]{{0,2}}[A-Z0-9]){{11,30}}+")
PASSPORT = re.compile(r"(?<![A-Za-z0-9_-])([EG][A-HJ-NP-Z]?)\d{5,6}(\d\d)(?![A-Za-z0-9_-])")
CALLED_ONE = re.compile(
    r"((?:passport|护照|通行证|身份证|证件)(?:\s?(?:no\.?|number|号码|号))?[\s:：#是为]{0,3})"
    r"(?=[A-Z]{0,9}\d)[A-Z0-9]{4,9}([A-Z0-9]{2})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
# Looked for only where a run of its letters begins: from each of them on, a long word would take hours. What follows
# the @ is not a policy's id, such as eu@2026.1+0a1b.
LETTERS = rf"\w.+{IN_NUMBERS}-"
AT = rf"[!#$%&'*/=?^`{{|}}~ {IN_NUMBERS}]{{0,3}}+[@＠﹫][ {IN_NUMBERS}]?"
DOMAIN = rf"(?:[\w{IN_NUMBERS}-]++[.．。])+[^\W\d_]{{2,}}"
E_MAIL = re.compile(rf"(?<![{LETTERS}])([.+{IN_NUMBERS}-]*\w)[{LETTERS}]*+{AT}({DOMAIN})")
INSIDE = re.compile("[A-Za-z0-9]")
LONGEST_IBAN, SHORTEST_IBAN = 34, 15


PERHAPS = re.compile(r"[@＠﹫]|(?:\d\D*+){5}")


def masked(text: str) -> str:
    """`13812345678` -> `138****5678`; ids and times of events stay as they are."""
    if not PERHAPS.search(text):
        return text
    text = CALLED_ONE.sub(r"\1****\2", PASSPORT.sub(r"\1****\2", ACCOUNT.sub(_account, text)))
    return E_MAIL.sub(r"\1***@\2", masked_numbers(text))


def _account(found: re.Match[str]) -> str:
    """As much of it as proves itself; what stands behind it is a word of the sentence."""
    said, behind = found[0], found.string[found.end() : found.end() + 1]
    ends = [at + 1 for at, each in enumerate(said) if each.isalnum() and not INSIDE.match(f"{said}{behind}", at + 1)]
    for end in reversed(ends):
        plain = "".join(filter(str.isalnum, said[:end]))
        if SHORTEST_IBAN <= len(plain) <= LONGEST_IBAN and _proves_itself(plain):
            return f"{plain[:2]}****{plain[-4:]}{said[end:]}"
    return said


def _proves_itself(account: str) -> bool:
    """ISO 13616: letters count from 10 on, and the rest of a division by 97 is 1."""
    turned = account[4:] + account[:4]
    return turned.isascii() and int("".join(str(int(each, 36)) for each in turned)) % 97 == 1
