"""A subject is read as it was written, however it had to be folded."""

from __future__ import annotations

import email
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest

from instruments.mail.folding import LETTERS

SUBJECTS = (
    "Approved: Atomic force microscope Dimension Icon, Fri 27 Nov, 08:00–11:00",
    "您的预约时间内仪器关闭：场发射透射电子显微镜 Talos F200X，12月8日 周二 08:00–08:30",
    "Booked: an instrument " * 12 + "– and a dash",
    "Approved, and nothing beyond ASCII, however long the name of the instrument, for it is folded at its spaces alone",
    "Ends Wed 2 Dec: Field-emission scanning electron microscope Regulus 8230",
    "短",
)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_no_space_is_lost_or_added(subject: str) -> None:
    letter = EmailMessage(policy=LETTERS)
    letter["Subject"] = subject
    letter.set_content("x")
    raw = letter.as_bytes()
    assert max(len(line) for line in raw.split(b"\r\n")) < 79
    assert b"Subject: \r\n" not in raw and b"Subject:\r\n" not in raw
    read = email.message_from_bytes(raw)["Subject"]
    assert str(make_header(decode_header(read))).replace("\r\n", "") == subject
    assert email.message_from_bytes(raw, policy=LETTERS)["Subject"] == subject


def test_a_line_break_in_a_subject_is_no_header() -> None:
    letter = EmailMessage(policy=LETTERS)
    with pytest.raises(ValueError, match="line"):
        letter["Subject"] = "预约\r\nBcc: x@example.org"
