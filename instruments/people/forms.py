"""Read a posted form field by field: what was typed stays, and every reason against it is gathered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from babel import Locale

from instruments.errors import N_, Reason, Refusal
from instruments.people import identifiers
from instruments.typed import whole

ADDRESS_HINT = N_("This is not a mail address. It looks like name@institution.edu.cn.")
ZONES = tuple(
    sorted(
        (
            zone
            for zone in available_timezones()
            if "/" in zone and not zone.startswith(("Etc/", "SystemV/", "US/", "posix/", "right/"))
        ),
        key=lambda zone: (zone != "Asia/Shanghai", zone),
    )
)


# ISO 3166, as CLDR lists them: what has two letters and is no region or test code.
COUNTRIES = tuple(
    sorted(
        code
        for code in Locale("en").territories
        if len(code) == 2 and code.isalpha() and code not in {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}
    )
)


class Form:
    """The fields of a posted form as clean values; `reasons` grows with each that is wrong."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given
        self.reasons: list[Reason] = []

    def refuse(self, code: str, field: str | None, message: str, **values: object) -> None:
        """Add one reason."""
        self.reasons.append(Reason(code, field, message, values))

    def check(self) -> None:
        """Raise a Refusal with all reasons, if there are any."""
        if self.reasons:
            raise Refusal(self.reasons)

    def text(self, field: str, most: int = 200, needed: str | None = None) -> str:
        """A line or lines of text, trimmed; `needed` is the sentence that says why it cannot be empty."""
        value = self.given.get(field, "").replace("\r\n", "\n").strip()
        if "\0" in value:
            value = value.replace("\0", "")
        if needed and not value:
            self.refuse("missing", field, needed)
        if len(value) > most:
            sentence = N_("%(length)s characters; at most %(most)s fit.")
            self.refuse("too_long", field, sentence, length=len(value), most=most)
        return value

    def choice(self, field: str, choices: Collection[str], default: str = "") -> str:
        """One of the choices; the default if none was sent."""
        value = self.given.get(field, "") or default
        if value not in choices:
            self.refuse("choice", field, N_("Choose one of the list."))
        return value

    def flag(self, field: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.given.get(field))

    def day(self, field: str, needed: str | None = None) -> date | None:
        """A date, or None where it is empty."""
        value = self.given.get(field, "").strip()
        if not value:
            if needed:
                self.refuse("missing", field, needed)
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.refuse("date", field, N_("This is not a date. Write it as 2026-11-25."))
            return None

    def number(self, field: str) -> int | None:
        """A whole number that a column can hold, or None."""
        return whole(self.given.get(field, "").strip())

    def mail(self, field: str = "mail") -> str:
        """A mail address in lower case."""
        value = self.text(field, identifiers.LONGEST_MAIL, N_("Write the mail address."))
        address = identifiers.mail_address(value)
        if value and address is None:
            self.refuse("mail", field, ADDRESS_HINT)
        return address or value

    def zone(self, field: str = "zone") -> str:
        """The name of a time zone."""
        return self.choice(field, ZONES, "Asia/Shanghai")

    def website(self, field: str = "website") -> str:
        """A web address, http or https; empty if none is given."""
        value = self.text(field, 300)
        parts = _parts(value)
        if value and (parts is None or parts[0] not in ("http", "https") or not parts[1]):
            self.refuse("website", field, N_("A web address begins with https:// or http://."))
        return value

    def names(self, most: int) -> tuple[str, str]:
        """The fields name_en and name_zh of a person: at least one is given."""
        english, chinese = self.text("name_en", most), self.text("name_zh", most)
        if not english and not chinese:
            self.refuse("missing", "name_en", N_("Give a name, in English letters or in Chinese."))
        return english, chinese

    def both_names(self, most: int = 200) -> tuple[str, str]:
        """The fields name_en and name_zh of something that is listed in both languages."""
        return (
            self.text("name_en", most, N_("Give the English name.")),
            self.text("name_zh", most, N_("Give the Chinese name.")),
        )


def _parts(address: str) -> tuple[str, str] | None:
    try:
        split = urlsplit(address)
    except ValueError:
        return None
    return split.scheme, split.netloc
