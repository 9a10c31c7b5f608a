"""What the database notes of time whose figures changed: the mark by which summaries are known to be old."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from instruments.database import db
from instruments.database.types import Id


class Touched(db.Model):
    """Some time of an instrument, of a lab or of an institution that a deed changed; first, last: UTC seconds, or all of it.

    Written by triggers alone (the migration), in the transaction of whatever deed; whoever keeps summaries takes the rows
    away when they have marked theirs. Rows are only added and taken away, so deeds never wait for each other here.
    """

    __tablename__ = "touched"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    instrument_id: Mapped[int | None] = mapped_column(BigInteger)
    lab_id: Mapped[int | None] = mapped_column(BigInteger)
    institution_id: Mapped[int | None] = mapped_column(BigInteger)
    first: Mapped[int | None] = mapped_column(BigInteger)
    last: Mapped[int | None] = mapped_column(BigInteger)
