"""Passwords: what is asked of them, and how they are kept (argon2)."""

from __future__ import annotations

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from instruments.errors import N_, Reason

SHORTEST = 12
LONGEST = 200

# argon2id as (rounds, memory in KiB); "low" is for tests.
COSTS = {"low": (1, 64), "usual": (3, 65_536), "high": (4, 262_144)}

# The few that are tried first and are long enough; everything else is the person's own business.
OBVIOUS = frozenset(
    (
        "passwordpassword", "password1234", "password12345", "123456789012", "1234567890123", "12345678901234",
        "123123123123", "111111111111", "000000000000", "qwertyuiop12", "qwertyuiopas", "qwertyuiop123", "1qaz2wsx3edc",
        "1q2w3e4r5t6y", "abcdefghijkl", "abcd12345678", "iloveyou1234", "administrator", "letmeinletmein", "instrument123",
        "instruments12",
    )
)  # fmt: skip


def reasons_against(password: str, mail: str = "", field: str = "password") -> list[Reason]:
    """Why this cannot be a password: its length, or that it is among the first that anybody tries."""
    values = {"shortest": SHORTEST, "longest": LONGEST, "length": len(password)}
    if not password:
        return [
            Reason(
                "password_missing", field, N_("Choose a password of %(shortest)s characters or more."), values
            )
        ]
    if len(password) < SHORTEST:
        sentence = N_(
            "%(length)s characters; a password has %(shortest)s or more. A short sentence is easy to remember."
        )
        return [Reason("password_short", field, sentence, values)]
    if len(password) > LONGEST:
        return [Reason("password_long", field, N_("At most %(longest)s characters."), values)]
    if password.lower() in OBVIOUS | {mail.lower()} or len(set(password)) < 3:
        sentence = N_("This is one of the first that anybody tries. Choose another.")
        return [Reason("password_obvious", field, sentence)]
    return []


def hashed(password: str, cost: str = "usual") -> str:
    """What is kept of a password. Takes as long as its cost (a key of COSTS) says, so hash outside of a deed."""
    return _hasher(cost).hash(password)


def matches(kept: str | None, password: str, cost: str = "usual") -> bool:
    """Whether the password is the one kept. Without one kept, it takes just as long to say no."""
    try:
        return _hasher(cost).verify(kept or _decoy(cost), password[: LONGEST + 1]) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str, cost: str = "usual") -> bool:
    """Whether a password was kept under other parameters than today's, and should be kept anew."""
    return _hasher(cost).check_needs_rehash(kept)


@lru_cache(maxsize=len(COSTS))
def _hasher(cost: str) -> PasswordHasher:
    rounds, memory_kib = COSTS[cost]
    return PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1)


@lru_cache(maxsize=len(COSTS))
def _decoy(cost: str) -> str:
    return hashed("nobody has this password", cost)
