"""Find the institution that somebody means by its id, a name in either language, or a mail domain."""

from __future__ import annotations

from sqlalchemy import func, or_, select

from instruments.database import db
from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.people.models import Institution, MailDomain


def institution_called(text: str) -> Institution:
    """The one institution that is meant. Raises NotFound, or Refusal where several have the name."""
    wanted = text.strip()
    if wanted.isdecimal() and len(wanted) < 16 and (found := db.session.get(Institution, int(wanted))):
        return found
    of_domain = select(MailDomain.institution_id).where(MailDomain.domain == wanted.lower().removeprefix("@"))
    found_all = db.session.scalars(
        select(Institution).where(
            or_(
                func.lower(Institution.name_en) == wanted.lower(),
                Institution.name_zh == wanted,
                Institution.id.in_(of_domain),
            )
        )
    ).all()
    if not found_all:
        raise NotFound(
            [
                Reason(
                    "no_institution",
                    "institution",
                    N_("There is no institution called “%(name)s”."),
                    {"name": wanted},
                    N_("Give its id, its name in either language, or one of its mail domains."),
                )
            ]
        )
    if len(found_all) > 1:
        sentence = N_("Several institutions are called “%(name)s”.")
        raise Refusal(
            [Reason("several_institutions", "institution", sentence, {"name": wanted}, N_("Give the id."))]
        )
    return found_all[0]
