"""How the lines of a statement part into invoices: one of what is owed, and a red letter for each that is taken back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a statement that is on no invoice yet, in minor units, and its tax rate in hundredths of a percent.

    about: the charge that it takes back or lessens; root: the charge that it belongs to in the end, else itself.
    """

    statement_id: int
    position: int
    charge_id: int
    root: int
    lab_id: int
    amount: int
    tax: int
    rate: int = 0
    about: int | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """On which invoice a charge stands that was billed before; number: what the tax system gave it, if it did; left: what of
    it was not taken back yet."""

    invoice_id: int | None
    number: str = ""
    left: int = 0


@dataclass(frozen=True, slots=True)
class Parted:
    """What becomes of the lines of a statement: to be invoiced, to be taken back of an invoice, or to wait for one."""

    blue: tuple[Line, ...] = ()
    red: Mapping[int, tuple[Line, ...]] = field(default_factory=dict)
    waiting: tuple[Line, ...] = ()

    @property
    def amount(self) -> int:
        """What the invoice comes to."""
        return sum(line.amount for line in self.blue)


def parted(lines: Sequence[Line], origins: Mapping[int, Origin]) -> Parted:
    """The lines of one statement, parted. origins: by charge, where those of the same payer on earlier statements stand.

    What was charged and taken back on the same statement is one sum; what was invoiced before is taken back by a red letter
    that names the invoice, and waits until that has its number.
    """
    here = {line.charge_id: line for line in lines}
    own: list[Line] = []
    waiting: list[Line] = []
    taken: dict[int, list[Line]] = {}
    for line in lines:
        origin = _origin(line, here, origins)
        if origin is None:
            own.append(line)
        elif origin.invoice_id is None:
            waiting.append(line)
        else:
            taken.setdefault(origin.invoice_id, []).append(line)
    known = {each.invoice_id: each for each in origins.values()}
    red: dict[int, tuple[Line, ...]] = {}
    for invoice_id, some in taken.items():
        back = -sum(line.amount for line in some)
        if back < 0:
            own += some
        elif known[invoice_id].number and 0 < back <= known[invoice_id].left:
            red[invoice_id] = tuple(some)
        elif back:
            waiting += some
    return Parted(tuple(own) if sum(line.amount for line in own) > 0 else (), red, tuple(waiting))


def _origin(line: Line, here: Mapping[int, Line], origins: Mapping[int, Origin]) -> Origin | None:
    """Where what a line takes back stands, over lines of the same statement; None for what is new on it."""
    seen: set[int] = set()
    while line.about is not None and line.about in here and line.about not in seen:
        seen.add(line.about)
        line = here[line.about]
    if line.about is None or line.about in seen:
        return None
    return origins.get(line.about, Origin(None))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of an invoice: what a charge comes to, with what lessened it since, in minor units."""

    statement_id: int
    position: int
    lab_id: int
    rate: int
    amount: int
    tax: int


def rows_of(lines: Sequence[Line]) -> list[Row]:
    """The rows that lines make: what takes back or lessens a charge is one row with it. What comes to nothing makes none.

    One row a charge, not one a kind of item: the tax of each is rounded as the books have it, so that both agree to the cent.
    """
    grouped: dict[int, list[Line]] = {}
    for line in lines:
        grouped.setdefault(line.root, []).append(line)
    found = []
    for each in grouped.values():
        first = min(each, key=lambda line: (line.charge_id != line.root, line.position))
        amount, tax = sum(line.amount for line in each), sum(line.tax for line in each)
        if amount:
            found.append(Row(first.statement_id, first.position, first.lab_id, first.rate, amount, tax))
    return sorted(found, key=lambda row: row.position)
