"""Numbers that prove themselves, mail addresses, and passwords."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instruments.people import identifiers, passwords
from instruments.people.identifiers import CROCKFORD, OPEN_DOMAINS


@pytest.mark.parametrize(
    ("given_text", "found"),
    [
        ("https://ror.org/03yrm5c26", "03yrm5c26"),
        ("ror.org/02mhbdp94", "02mhbdp94"),
        (" 017ZQWS13 ", "017zqws13"),
        ("https://ror.org/03yrm5c27", None),
        ("https://ror.org/03yrm5d26", None),
        ("03yrm5c2", None),
        ("13yrm5c26", None),
        ("https://example.org/03yrm5c26", None),
        ("", None),
        ("０3yrm5c26", None),
    ],
)
def test_ror(given_text: str, found: str | None) -> None:
    assert identifiers.ror(given_text) == found


@given(st.text(CROCKFORD, min_size=6, max_size=6), st.integers(0, 99))
def test_one_checksum_in_a_hundred_fits_a_ror(middle: str, wrong: int) -> None:
    fitting = [number for number in range(100) if identifiers.ror(f"0{middle}{number:02}")]
    assert len(fitting) == 1
    assert (identifiers.ror(f"0{middle}{wrong:02}") is not None) is (wrong in fitting)


@pytest.mark.parametrize(
    ("given_text", "found"),
    [
        ("0000-0002-1825-0097", "0000-0002-1825-0097"),
        ("https://orcid.org/0000-0002-1694-233x", "0000-0002-1694-233X"),
        ("0000000218250097", "0000-0002-1825-0097"),
        ("0000-0002-1825-0098", None),
        ("0000-0002-1825-009", None),
        ("", None),
    ],
)
def test_orcid(given_text: str, found: str | None) -> None:
    assert identifiers.orcid(given_text) == found


@pytest.mark.parametrize(
    ("given_text", "found"),
    [
        ("91350100M000100Y43", "91350100M000100Y43"),
        ("91350100m000100y43", "91350100M000100Y43"),
        ("91350100M000100Y44", None),
        ("91350100M000100I43", None),
        ("91350100M000100Y4", None),
    ],
)
def test_credit_code(given_text: str, found: str | None) -> None:
    assert identifiers.credit_code(given_text) == found


@pytest.mark.parametrize(
    ("given_text", "found"),
    [
        ("Lin.Shili@Qinling.edu.cn", "lin.shili@qinling.edu.cn"),
        (" a@b.cn ", "a@b.cn"),
        ("o'neil+x@stu.qinling.edu.cn", "o'neil+x@stu.qinling.edu.cn"),
        ("a@xn--fiqs8s.xn--fiqs8s", "a@xn--fiqs8s.xn--fiqs8s"),
        ("a@b", None),
        ("@b.cn", None),
        ("a b@b.cn", None),
        ("a@b.cn\nBcc: all@b.cn", None),
        ("a@b.cn, c@b.cn", None),
        ("a..b@b.cn", None),
        ("a@-b.cn", None),
        ("x" * 65 + "@b.cn", None),
        ("林@b.cn", None),
    ],
)
def test_mail_address(given_text: str, found: str | None) -> None:
    assert identifiers.mail_address(given_text) == found


@pytest.mark.parametrize(
    ("domain", "above"),
    [
        ("qinling.edu.cn", ["qinling.edu.cn"]),
        ("stu.qinling.edu.cn", ["stu.qinling.edu.cn", "qinling.edu.cn"]),
        ("gmail.com", []),
        ("edu.cn", []),
    ],
)
def test_a_domain_stands_in_those_above_it_but_never_in_a_bare_suffix(domain: str, above: list[str]) -> None:
    assert identifiers.domains_above(domain) == above
    assert not OPEN_DOMAINS & set(above)


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("", ["password_missing"]),
        ("short", ["password_short"]),
        ("elevenchars", ["password_short"]),
        ("x" * 201, ["password_long"]),
        ("password1234", ["password_obvious"]),
        ("aaaaaaaaaaaa", ["password_obvious"]),
        ("ababababababab", ["password_obvious"]),
        ("LIN.SHILI@qinling.edu.cn", ["password_obvious"]),
        ("twelve chars", []),
        ("秦岭终南山雪景真好看啊呀", []),
        ("x" * 99 + "yz" * 50, []),
    ],
)
def test_a_password_is_long_and_not_among_the_first_guesses(password: str, codes: list[str]) -> None:
    reasons = passwords.reasons_against(password, "lin.shili@qinling.edu.cn")
    assert [reason.code for reason in reasons] == codes


def test_a_kept_password_matches_itself_alone() -> None:
    kept = passwords.hashed("quiet river stone", "low")
    assert "quiet" not in kept
    assert passwords.matches(kept, "quiet river stone", "low")
    assert not passwords.matches(kept, "quiet river stones", "low")
    assert not passwords.matches(None, "nobody has this password", "low")
    assert not passwords.matches("not a hash", "quiet river stone", "low")


def test_a_password_kept_under_other_parameters_is_told_apart() -> None:
    kept = passwords.hashed("quiet river stone", "low")
    assert not passwords.is_outdated(kept, "low")
    assert passwords.is_outdated(kept, "usual")
