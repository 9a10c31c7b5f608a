"""Compose the mail of a notice in its reader's language: text, HTML, and the invitation where it is about a reservation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from email.utils import parseaddr
from typing import Any, NamedTuple

from flask_babel import force_locale, gettext
from markupsafe import Markup
from sqlalchemy import Row, select

from instruments.calendars import invitation
from instruments.calendars.feeds import host_of
from instruments.calendars.invitation import Party
from instruments.calendars.own_feeds import own_entry
from instruments.database import db
from instruments.mail.send import Letter
from instruments.notices.kinds import BY_CODE
from instruments.notices.models import Notice
from instruments.notices.overtaken import still_to_come
from instruments.notices.sentences import Said, names_for, say
from instruments.people.models import Person
from instruments.people.signing import today
from instruments.reservations.listing import GONE, one_whole
from instruments.reservations.series.finding import reservations_of
from instruments.web.language import in_language, is_chinese

# Mail programs read no style sheets: the few colours and sizes stand in the elements.
HTML = Markup(
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{subject}</title></head>'
    '<body style="margin:0;padding:24px 12px;background:#F6F7F9;color:#161A21;'
    "font:15px/1.5 -apple-system,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei UI','Noto Sans SC',sans-serif\">"
    '<div style="max-width:560px;margin:0 auto;padding:24px;background:#FFFFFF;border:1px solid #E2E5EA;border-radius:10px">'
    '<h1 style="margin:0 0 12px;font-size:18px;line-height:1.3;font-weight:600">{subject}</h1>{body}'
    '<p style="margin:20px 0"><a href="{link}" style="display:inline-block;padding:9px 16px;background:#1D59C9;'
    'color:#FFFFFF;text-decoration:none;border-radius:6px;font-weight:600">{open}</a></p>'
    '<p style="margin:0;padding-top:12px;border-top:1px solid #E2E5EA;font-size:13px;color:#5F6979">{why} '
    '<a href="{preferences}" style="color:#1D59C9">{choose}</a></p></div></body></html>'
)
PARAGRAPH = Markup('<p style="margin:0 0 12px">{}</p>')
LIST, ITEM = Markup('<ul style="margin:0 0 12px;padding-left:20px">{}</ul>'), Markup("<li>{}</li>")


class Sender(NamedTuple):
    """Where the letters come from: the address of this installation, and the From of its mail."""

    base: str
    mail_from: str


def compose(notice_id: int, sender: Sender, now: datetime) -> Letter | str:
    """The letter, or the reason why there is none to send: its reader has left, or what it reminds of is over."""
    notice, person = db.session.execute(
        select(Notice, Person).join(Person, Person.id == Notice.person_id).where(Notice.id == notice_id)
    ).one()
    if person.deactivated_at is not None or (person.ends_on is not None and person.ends_on < today(now)):
        return "the account has ended"
    if BY_CODE[notice.kind].hours is not None and (
        notice.detail["start"] <= now.timestamp() or not still_to_come(notice)
    ):
        return "too late to remind"
    if notice.detail.get("expires_at", math.inf) <= now.timestamp():
        return "too late to answer"
    with force_locale(person.language):
        said = say(notice, names_for([notice.detail]), person.zone, now)
        calendar = _calendar(notice, person, sender)
        text, html = _bodies(said, sender.base)
    preferences = f"{sender.base}/profile/notices"
    return Letter(
        to=person.mail,
        subject=_one_line(said.subject),
        text=text,
        html=html,
        number=number_of(notice.id, notice.at),
        calendar=calendar,
        headers={"Auto-Submitted": "auto-generated", "List-Unsubscribe": f"<{preferences}>"},
    )


def number_of(notice_id: int, at: datetime) -> str:
    """The number of a notice's letter: always the same, however often it is composed."""
    return f"notice-{notice_id}-{int(at.timestamp())}"


def _bodies(said: Said, base: str) -> tuple[str, str]:
    link, preferences = base + said.path, f"{base}/profile/notices"
    open_, why, choose = (
        gettext("See it"),
        gettext("Instrument Commons tells you this because it concerns you."),
        gettext("Choose what you are told"),
    )
    colon = "：" if is_chinese() else ": "
    dates = "\n".join(f"- {each}" for each in said.dates)
    text = [
        said.sentence,
        dates,
        said.added,
        f"{open_}{colon}{link}",
        f"-- \n{why}\n{choose}{colon}{preferences}",
    ]
    html = HTML.format(
        language="zh-Hans" if is_chinese() else "en",
        subject=said.subject,
        body=_paragraph(said.sentence) + _list(said.dates) + _paragraph(said.added),
        link=link,
        open=open_,
        why=why,
        preferences=preferences,
        choose=choose,
    )
    return "\n\n".join(part for part in text if part) + "\n", str(html)


def _paragraph(text: str) -> Markup:
    return PARAGRAPH.format(text) if text else Markup()


def _list(lines: Sequence[str]) -> Markup:
    return LIST.format(Markup().join(ITEM.format(each) for each in lines)) if lines else Markup()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _calendar(notice: Notice, person: Person, sender: Sender) -> tuple[bytes, str] | None:
    """The invitation as the reservation is now, so that a letter that was put off never brings back what was."""
    method = BY_CODE[notice.kind].words[notice.said].method
    if not method:
        return None
    organizer_mail = parseaddr(sender.mail_from)[1]
    if notice.thing_kind == "series":
        file = _published(notice.thing_id, person, organizer_mail, sender.base)
        return None if file is None else (file, method)
    row = one_whole(notice.thing_id)
    gone = row.state in GONE or row.held_until == row.starts_at
    if method == invitation.REQUEST and gone:
        return None
    entry = own_entry(row, person.id, sender.base)
    lab = in_language(row.lab_en, row.lab_zh)
    organizer = Party(organizer_mail, lab)
    invited = _parties(row) if method == invitation.REQUEST or gone else [_party(person)]
    words = gettext("Soon: %(instrument)s", instrument=entry.summary)
    file = invitation.invitation(method, entry, host_of(sender.base), organizer, invited, words)
    return file, method


def _published(series_id: int, person: Person, organizer_mail: str, base: str) -> bytes | None:
    """The person's times of a series as they are now, those that were cancelled as cancelled; None where none is theirs."""
    rows = [row for row in reservations_of(series_id) if person.id in (row.user_id, row.booker_id)]
    if not rows:
        return None
    organizer = Party(organizer_mail, in_language(rows[0].lab_en, rows[0].lab_zh))
    return invitation.publication([own_entry(row, person.id, base) for row in rows], host_of(base), organizer)


def _parties(row: Row[Any]) -> list[Party]:
    """Who is invited: the user, and the booker if that is another."""
    rows = db.session.scalars(select(Person).where(Person.id.in_({row.user_id, row.booker_id})))
    found = {person.id: _party(person) for person in rows}
    return [found[number] for number in dict.fromkeys((row.user_id, row.booker_id))]


def _party(person: Person) -> Party:
    return Party(person.mail, in_language(person.name_en, person.name_zh))
