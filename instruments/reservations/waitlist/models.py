"""The facts of the waitlist: what somebody waits for, and what was offered to them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from instruments.database import db
from instruments.database.types import Id, Instant, Percent
from instruments.reservations.models import LONGEST_SECONDS, PURPOSES

STATES = ("waiting", "met", "withdrawn", "over")
OFFER_STATES = ("open", "accepted", "declined", "expired", "lapsed")
# What was answered is not offered to the same request again: the lab refused what was accepted, where one waits on.
ANSWERED = ("accepted", "declined", "expired")
SHORTEST_SECONDS = 300
SHUT = "shut"


class WaitRequest(db.Model):
    """Somebody waits for `length_seconds` of an instrument, or of any of a class, within [earliest, latest).

    asker_id: who asked, for user_id; place_id: of a class only the instruments of this institution; looked: what the
    last look for free time saw, so that the next needs none while that stays the same. An exact span is as long as
    the time it is wanted in. While an offer is open the request is still `waiting`. mode, counts, programmes: how it is to be
    used and paid, as in a booking; its funds are rows of their own.
    """

    __tablename__ = "wait_request"
    __table_args__ = (
        CheckConstraint("(instrument_id IS NULL) <> (class_code IS NULL)", name="one_thing"),
        CheckConstraint("place_id IS NULL OR class_code IS NOT NULL", name="place_of_class"),
        CheckConstraint("earliest < latest", name="span"),
        CheckConstraint(f"length_seconds BETWEEN {SHORTEST_SECONDS} AND {LONGEST_SECONDS}", name="length"),
        CheckConstraint("length_seconds <= latest - earliest", name="fits"),
        CheckConstraint(f"purpose IN {PURPOSES}", name="purpose"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(state = 'met') = (reservation_id IS NOT NULL)", name="met"),
        Index("ix_wait_request_user", "user_id", "state"),
        Index("ix_wait_request_asker", "asker_id", "state"),
        Index("ix_wait_request_instrument", "instrument_id", "state"),
        Index("ix_wait_request_waiting", "asked_at", "id", postgresql_where=text("state = 'waiting'"),
              sqlite_where=text("state = 'waiting'")),
        Index("ix_wait_request_met", "latest", postgresql_where=text("state = 'met'"), sqlite_where=text("state = 'met'")),
        Index("uq_wait_request_same", "user_id", text("coalesce(instrument_id, 0)"), text("coalesce(class_code, '')"),
              text("coalesce(place_id, 0)"), "earliest", "latest", "length_seconds", unique=True,
              postgresql_where=text("state = 'waiting'"), sqlite_where=text("state = 'waiting'")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asker_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("research_group.id"))
    instrument_id: Mapped[int | None] = mapped_column(ForeignKey("instrument.id", ondelete="CASCADE"))
    class_code: Mapped[str | None] = mapped_column(ForeignKey("instrument_class.code"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    earliest: Mapped[datetime] = mapped_column(Instant)
    latest: Mapped[datetime] = mapped_column(Instant)
    length_seconds: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(12), server_default="research", default="research")
    state: Mapped[str] = mapped_column(String(12), server_default="waiting", default="waiting")
    asked_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    reservation_id: Mapped[int | None] = mapped_column(ForeignKey("reservation.id"))
    mode: Mapped[str | None] = mapped_column(String(20))
    counts: Mapped[dict[str, str]] = mapped_column(JSON, server_default="{}", default=dict)
    programmes: Mapped[list[int]] = mapped_column(JSON, server_default="[]", default=list)
    looked: Mapped[str] = mapped_column(String(80), server_default="", default="")
    version: Mapped[int] = mapped_column(server_default="1", default=1)


class WaitPayer(db.Model):
    """A fund that is to pay so many percent of what will be offered, in the order in which they were named."""

    __tablename__ = "wait_payer"
    __table_args__ = (
        CheckConstraint("percent BETWEEN 1 AND 10000", name="percent"),
        Index("ix_wait_payer_fund", "fund_id"),
    )

    request_id: Mapped[int] = mapped_column(
        ForeignKey("wait_request.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fund_id: Mapped[int] = mapped_column(ForeignKey("fund.id"))
    percent: Mapped[Decimal] = mapped_column(Percent)


class WaitOffer(db.Model):
    """A free span that was offered to a request. It holds nothing: whoever takes the time first has it.

    state: open until it is accepted, declined, expired, or lapsed because somebody else has the time, or (why: shut) it is
    not open any more.
    """

    __tablename__ = "wait_offer"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="span"),
        CheckConstraint("offered_at < expires_at AND expires_at <= starts_at", name="life"),
        CheckConstraint(f"state IN {OFFER_STATES}", name="state"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        # One at a time: what somebody has to decide on is one span, and two sweeps at once offer it once.
        Index("uq_wait_offer_open", "request_id", unique=True, postgresql_where=text("state = 'open'"),
              sqlite_where=text("state = 'open'")),
        Index("ix_wait_offer_request", "request_id", "id"),
        Index("ix_wait_offer_instrument", "instrument_id", "state"),
        Index("ix_wait_offer_expiry", "state", "expires_at"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("wait_request.id", ondelete="CASCADE"))
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instrument.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    offered_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(12), server_default="open", default="open")
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    why: Mapped[str] = mapped_column(String(10), server_default="", default="")
