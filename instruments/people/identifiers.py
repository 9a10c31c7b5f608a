"""Numbers and addresses that prove themselves: ROR, ORCID, unified social credit code, mail addresses and domains."""

from __future__ import annotations

import re

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_LENGTH = 18
LONGEST_MAIL = 200

_ROR = re.compile(
    r"(?:(?:https?://)?ror\.org/)?(0[a-hj-km-np-tv-z0-9]{6}[0-9]{2})/?", re.IGNORECASE | re.ASCII
)
_ORCID = re.compile(
    r"(?:(?:https?://)?orcid\.org/)?([0-9]{4})-?([0-9]{4})-?([0-9]{4})-?([0-9]{3}[0-9X])",
    re.IGNORECASE | re.ASCII,
)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+[a-z]{{2,63}}|(?:{_LABEL}\.)+xn--[a-z0-9-]{{2,59}}", re.ASCII)
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)

# Hosts and suffixes that belong to no one institution.
OPEN_DOMAINS = frozenset(
    (
        "ac.cn", "com.cn", "edu.cn", "gov.cn", "net.cn", "org.cn", "sn.cn", "edu.hk", "ac.uk", "co.uk", "126.com",
        "139.com", "163.com", "188.com", "aliyun.com", "foxmail.com", "gmail.com", "googlemail.com", "hotmail.com",
        "icloud.com", "live.com", "me.com", "msn.com", "outlook.com", "proton.me", "protonmail.com", "qq.com", "sina.cn",
        "sina.com", "sohu.com", "tom.com", "yahoo.com", "yandex.com", "yeah.net",
    )
)  # fmt: skip


def ror(given: str) -> str | None:
    """A ROR id as its nine characters, from the address or the bare id; None if it is not one (checksum included)."""
    match = _ROR.fullmatch(given.strip())
    if match is None:
        return None
    text = match[1].lower()
    number = 0
    for character in text[:7]:
        number = number * 32 + CROCKFORD.index(character)
    return text if int(text[7:]) == 98 - number * 100 % 97 else None


def orcid(given: str) -> str | None:
    """An ORCID iD as 0000-0000-0000-000X; None if it is not one (ISO 7064 mod 11-2)."""
    match = _ORCID.fullmatch(given.strip())
    if match is None:
        return None
    digits = "".join(match.groups()).upper()
    total = 0
    for digit in digits[:15]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return "-".join(match.groups()).upper() if digits[15] == ("X" if check == 10 else str(check)) else None


def credit_code(given: str) -> str | None:
    """A unified social credit code in capitals; None if its characters or its check character (GB 32100) are wrong."""
    text = given.strip().upper()
    if len(text) != CREDIT_LENGTH or any(character not in CREDIT for character in text):
        return None
    total = sum(CREDIT.index(character) * pow(3, place, 31) for place, character in enumerate(text[:-1]))
    return text if CREDIT.index(text[-1]) == (31 - total % 31) % 31 else None


def mail_address(given: str) -> str | None:
    """A mail address in lower case; None if nothing could be delivered to it."""
    text = given.strip().lower()
    local, _, domain = text.rpartition("@")
    fits = len(text) <= LONGEST_MAIL and len(local) <= 64 and _LOCAL.fullmatch(local) and mail_domain(domain)
    return text if fits else None


def mail_domain(given: str) -> str | None:
    """A domain in lower case; None if it is not one."""
    text = given.strip().lower().removeprefix("@")
    return text if len(text) <= 120 and _DOMAIN.fullmatch(text) else None


def domains_above(domain: str) -> list[str]:
    """The domain and those it stands in, nearest first: mail.physics.edu.cn, physics.edu.cn; never a bare suffix."""
    labels = domain.split(".")
    found = (".".join(labels[first:]) for first in range(len(labels) - 1))
    return [each for each in found if each not in OPEN_DOMAINS]
