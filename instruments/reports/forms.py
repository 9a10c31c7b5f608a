"""The forms that there are: those of this package and those of the folder that the operator names, and which holds when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from instruments.errors import N_, NotFound, Reason, Refusal
from instruments.reports.form import Form
from instruments.reports.form_reading import WrongForm, read

OURS = Path(__file__).parent / "formats"
# In this order people meet them.
ORDER = ("service_record", "instrument_record", "form_3", "annual_summary", "assessment", "service_evidence")
_more: list[Path] = []


def use(folder: str) -> None:
    """Read the forms of one more folder; raises WrongForm with what is wrong in which file."""
    _more[:] = [Path(folder)] if folder else []
    all_forms.cache_clear()
    if folder:
        all_forms()


@cache
def all_forms() -> tuple[Form, ...]:
    """Every form in every version. Raises WrongForm."""
    return together(path for folder in (OURS, *_more) for path in sorted(folder.glob("*.toml")))


def together(files: Iterable[Path]) -> tuple[Form, ...]:
    """The forms of these files, each version once; raises WrongForm with what is wrong in all of them."""
    found: dict[tuple[str, int], Form] = {}
    reasons: list[Reason] = []
    for file in files:
        try:
            form = read(file.read_text(encoding="utf-8"))
        except WrongForm as wrong:
            reasons += [_in_file(file, reason) for reason in wrong.reasons]
            continue
        if found.setdefault((form.code, form.version), form) is not form:
            sentence = N_("Another file is version %(version)s of this form already.")
            reasons.append(_in_file(file, Reason("twice", None, sentence, {"version": form.version})))
    if reasons:
        raise WrongForm(reasons)
    return tuple(sorted(found.values(), key=_order))


def _order(form: Form) -> tuple[int, str, date, int]:
    """By the day from which on they hold; of one day the highest version comes last, and counts."""
    return _place(form.code), form.code, form.since, form.version


def _in_file(file: Path, reason: Reason) -> Reason:
    where = f"{file.name}: {reason.field}" if reason.field else file.name
    return Reason(reason.code, where, reason.message, reason.values)


def _place(code: str) -> int:
    return ORDER.index(code) if code in ORDER else len(ORDER)


def codes() -> list[str]:
    """The codes of all forms, in the order in which people meet them."""
    return list(dict.fromkeys(form.code for form in all_forms()))


def versions_of(code: str) -> Sequence[Form]:
    """A form in all its versions, in the order in which they came to hold; raises NotFound."""
    found = [form for form in all_forms() if form.code == code]
    if not found:
        raise NotFound([Reason("no_form", "form", N_("There is no such form."))])
    return found


def form_at(code: str, first: date) -> Form:
    """The version of a form for a period that begins on this day: the last that had begun, of those of one day the highest.
    Raises NotFound, and Refusal before the first version."""
    held = [form for form in versions_of(code) if form.since <= first]
    if not held:
        sentence = N_("There is no format of this form for so early a period.")
        raise Refusal([Reason("too_early", "period", sentence)])
    return held[-1]


def form_of(code: str, version: int) -> Form:
    """A form in one version. Raises NotFound."""
    for form in versions_of(code):
        if form.version == version:
            return form
    sentence = N_("The format by which this report was made is not there any more.")
    raise NotFound([Reason("no_format", "form", sentence)])


def called(code: str) -> tuple[str, str]:
    """What a form is called, in English and Chinese; by its code where it is not there any more."""
    newest = [form for form in all_forms() if form.code == code][-1:]
    return next(((form.en, form.zh) for form in newest), (code, code))
