"""Whose prices the rows of a sheet say: the lab's, or those of one of its instruments or services, by code, name or number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from instruments.catalog.columns import plain_header
from instruments.catalog.models import Instrument
from instruments.database import db
from instruments.errors import N_
from instruments.people.models import Lab
from instruments.rates.owners import CardOwner
from instruments.rates.serving import services_of
from instruments.rates.sheets.understanding import Faults, Row

_CODE = re.compile(r"(instrument|service)[-#]?(\d{1,15})")


def by_owner(lab: Lab, rows: Sequence[Row], faults: Faults) -> list[tuple[CardOwner, list[Row]]]:
    """The rows of each list, in the order in which the file first names it; what names none is told."""
    names = _owners(lab)
    found: dict[tuple[str, int], tuple[CardOwner, list[Row]]] = {}
    for row in rows:
        code, name = (plain_header(row[1].get(column, "")) for column in ("list", "name"))
        owner = _owner(names, code) if code else _owner(names, name)
        if owner is None:
            column = "list" if code else "name"
            sentence = N_(
                "The lab has no such price list: write “lab”, or the name of one of its instruments or services."
            )
            if (code or name) in names:
                sentence = N_(
                    "Several have this name: write the number that the export writes, such as instrument-12."
                )
            faults.say(row, column, "no_list", sentence)
            continue
        found.setdefault((owner.kind, owner.id), (owner, []))[1].append(row)
    return list(found.values())


def _owner(names: Mapping[str, CardOwner | None], text: str) -> CardOwner | None:
    match = _CODE.fullmatch(text)
    return names.get(f"{match[1]}-{match[2]}" if match else text)


def _owners(lab: Lab) -> dict[str, CardOwner | None]:
    """By what a row may call it: our own codes, names in either language, asset numbers; None where several share it."""
    found: dict[str, CardOwner | None] = {}
    whole = CardOwner("lab", lab, lab)
    instruments = db.session.scalars(select(Instrument).where(Instrument.lab_id == lab.id)).all()
    owners = [CardOwner("instrument", row, lab) for row in instruments]
    owners += [CardOwner("service", row, lab) for row in services_of(lab.id, archived=True)]
    for owner in owners:
        texts = {owner.row.name_en, owner.row.name_zh, getattr(owner.row, "asset_number", "") or ""}
        for text in {plain_header(each) for each in texts} - {""}:
            found[text] = None if text in found else owner
    found |= {code_of(owner): owner for owner in owners}
    return found | dict.fromkeys(("lab", plain_header("For all instruments"), "适用于所有仪器"), whole)


def code_of(owner: CardOwner) -> str:
    """How a sheet calls a list for certain."""
    return "lab" if owner.kind == "lab" else f"{owner.kind}-{owner.id}"
