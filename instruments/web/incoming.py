"""What a program sends, read into its shape: everything that does not fit is told at once, in sentences of our own."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Generic, TypeVar

from apiflask import APIBlueprint
from flask import g, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from instruments.errors import N_, Reason, Refusal
from instruments.web.problems import Malformed
from instruments.web.shapes import REASONS
from instruments.web.texts import UNREADABLE, unkeepable

Shape = TypeVar("Shape", bound=BaseModel)
View = TypeVar("View", bound=Callable[..., Any])

LARGEST_BODY = 64 * 1024
LONGEST_NAME = 60
# Of a list or an object inside the body, how many entries are told at most.
MOST_ENTRIES = 20
# Any address may be asked for in a language.
ALWAYS_TAKEN = {"lang"}

LABELLED = N_("%(field)s: %(message)s")
SENTENCES = {
    "missing": N_("This is needed."),
    "extra_forbidden": N_("There is nothing of this name here."),
    "literal_error": N_("Choose one of: %(choices)s."),
    "int": N_("Write a whole number."),
    "float": N_("Write a number."),
    "finite_number": N_("Write a number."),
    "bool": N_("Write true or false."),
    "string": N_("Write a text."),
    "decimal": N_("Write a number with at most two decimals."),
    "list": N_("Write a list."),
    "too_short": N_("The least number of entries is %(min_length)s."),
    "too_long": N_("The largest number of entries is %(max_length)s."),
    "dict": N_("Write an object."),
    "model": N_("Write an object."),
    "greater_than": N_("Write more than %(gt)s."),
    "greater_than_equal": N_("The least is %(ge)s."),
    "less_than_equal": N_("The most is %(le)s."),
    "string_pattern_mismatch": N_("Write it as this pattern says: %(pattern)s"),
    "string_too_long": N_("At most %(max_length)s characters."),
}
TAKES_JSON = N_("Send JSON, with the header Content-Type: application/json.")
OTHERWISE = N_("This does not fit.")
CODES = {"missing": "missing", "extra_forbidden": "unknown_field"}


@dataclass(frozen=True)
class Incoming(Generic[Shape]):
    """What arrived. `value` holds what fits, None when something needed does not; `reasons` are against the rest.

    sent: all of it as it was sent; shape: what was asked for.
    """

    value: Shape | None
    reasons: tuple[Reason, ...] = ()
    sent: Mapping[str, Any] = field(default_factory=dict)
    shape: type[Shape] | None = None


class _Twice(ValueError):
    """An object in which a name stands twice: programs read it differently, so nobody knows what it says."""


def whole(wanted: Incoming[Shape]) -> Shape:
    """The body, if all of it fits; raises Refusal with every reason."""
    if wanted.value is None or wanted.reasons:
        raise Refusal(wanted.reasons)
    return wanted.value


def fitting(wanted: Incoming[Shape], **instead: object) -> tuple[Shape, list[Reason]]:
    """What fits of the body, and every reason against the rest, to be told with what rules find; raises Refusal where
    something needed does not fit.

    instead: what stands for fields that do not fit, so that rules can look at the others. What rules say of such a field
    is nobody's concern: errors.together leaves it out.
    """
    value, unread = wanted.value, {reason.field for reason in wanted.reasons}
    standing = {name: each for name, each in instead.items() if name in unread}
    if standing and wanted.shape is not None:
        fits = {name: each for name, each in wanted.sent.items() if shown_name(name) not in unread}
        value = fitted(wanted.shape, {**fits, **standing}, strict=True).value
    if value is None:
        raise Refusal(wanted.reasons)
    return value, list(wanted.reasons)


def takes(blueprint: APIBlueprint, shape: type[Shape]) -> Callable[[View], View]:
    """Give a view the JSON body as `wanted`, an Incoming: the view tells what does not fit with what it finds itself."""

    def decorate(view: View) -> View:
        # The document's part is APIFlask's; the reading is ours, so its wrapper is not used.
        blueprint.input(shape)(view)

        @wraps(view)
        def reading(*args: Any, **kwargs: Any) -> Any:
            return view(*args, wanted=fitted(shape, json_body(), strict=True), **kwargs)

        return reading

    return decorate


def asks(blueprint: APIBlueprint, shape: type[BaseModel]) -> Callable[[View], View]:
    """Give a view the query of the address as `query`; what does not fit is refused."""

    def decorate(view: View) -> View:
        blueprint.input(shape, location="query")(view)

        @wraps(view)
        def reading(*args: Any, **kwargs: Any) -> Any:
            values, misfits = _query()
            read = fitted(shape, values, strict=False)
            if misfits or read.reasons:
                raise Refusal([*misfits, *read.reasons])
            return view(*args, query=read.value, **kwargs)

        return reading

    return decorate


def fitted(shape: type[Shape], values: dict[str, Any], *, strict: bool) -> Incoming[Shape]:
    """The values in their shape, as far as they fit. A text that no database keeps fits nowhere."""
    misfits: set[Any] = {name for name, value in values.items() if unkeepable(value)}
    reasons = [labelled("unreadable", name, UNREADABLE) for name in values if name in misfits]
    try:
        fits = shape.model_validate(_without(values, misfits), strict=strict)
        return Incoming(fits, tuple(reasons), values, shape)
    except ValidationError as error:
        unread = {reason.field for reason in reasons}
        reasons += [reason for reason in _reasons(error, values) if reason.field not in unread]
        misfits |= {found["loc"][0] for found in error.errors(include_url=False)}
    names = [known.alias or name for name, known in shape.model_fields.items()]
    reasons.sort(key=lambda reason: names.index(reason.field) if reason.field in names else len(names))
    try:
        fits = shape.model_validate(_without(values, misfits), strict=strict)
    except ValidationError:
        return Incoming(None, tuple(reasons), values, shape)
    return Incoming(fits, tuple(reasons), values, shape)


def _without(values: dict[str, Any], misfits: set[Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in misfits}


def _reasons(error: ValidationError, sent: Mapping[str, Any]) -> Iterator[Reason]:
    told: set[tuple[str, str, str]] = set()
    entries: dict[str, set[str]] = defaultdict(set)
    for found in error.errors(include_url=False, include_input=False):
        name, kind, context = shown_name(found["loc"][0]), found["type"], dict(found.get("ctx", {}))
        where = _where(found["loc"], sent)
        for inner in context.get(REASONS) or [_reason(kind, context)]:
            # The members of a union each complain; once is enough.
            if len(entries[name]) < MOST_ENTRIES and (where, inner.code, inner.message) not in told:
                told.add((where, inner.code, inner.message))
                entries[name].add(where)
                values = {**inner.values, "field": where, "message": inner}
                yield Reason(inner.code, name, LABELLED, values, inner.remedy)


def _reason(kind: str, context: dict[str, Any]) -> Reason:
    family = kind if kind in SENTENCES else kind.split("_")[0]
    choices = ", ".join(re.findall(r"'([^']+)'", str(context.get("expected", ""))))
    message = SENTENCES.get(family, OTHERWISE)
    return Reason(CODES.get(kind, "invalid"), None, message, {**context, "choices": choices})


def _where(place: Sequence[int | str], sent: object) -> str:
    """Which entry of what was sent, as programs write it: "spans[2].first". What pydantic adds of its own is left out."""
    said = ""
    for step in place:
        if isinstance(sent, dict) and isinstance(step, str):
            said += f".{shown_name(step)}" if said else shown_name(step)
            sent = sent.get(step)
        elif isinstance(sent, list) and isinstance(step, int) and step < len(sent):
            said, sent = f"{said}[{step}]", sent[step]
        else:
            break
    return said


def shown_name(name: object) -> str:
    """A field's name as it was sent, fit to be sent back."""
    text = str(name).encode("utf-8", "backslashreplace").decode()
    return "".join(letter for letter in text if letter.isprintable())[:LONGEST_NAME]


def _query() -> tuple[dict[str, str], list[Reason]]:
    """Each parameter once; an empty one says nothing."""
    values, reasons = {}, []
    for name, given in request.args.lists():
        said = [text for text in given if text.strip()]
        if name in ALWAYS_TAKEN or not said:
            continue
        if len(said) > 1:
            reasons.append(labelled("given_twice", name, N_("Give this once.")))
        values[name] = said[0]
    return values, reasons


def labelled(code: str, name: str, message: str) -> Reason:
    """A reason of ours against a field, as those that pydantic finds are said."""
    shown = shown_name(name)
    return Reason(code, shown, LABELLED, {"field": shown, "message": Reason(code, None, message)})


def as_sent() -> bytes:
    """The body as it was sent, to tell whether the same request is sent again."""
    found: bytes | None = g.get("as_sent")
    return request.get_data() if found is None else found


def json_body(takes: str = TAKES_JSON) -> dict[str, Any]:
    """The body as a JSON object; without a body an empty one. takes: the sentence that says what else is taken."""
    request.max_content_length = LARGEST_BODY
    try:
        raw = request.get_data()
    except RequestEntityTooLarge as error:
        raise too_large(LARGEST_BODY) from error
    if not raw.strip():
        return {}
    if not request.is_json:
        raise of_another_kind(takes)
    return _object(raw)


def of_another_kind(takes: str) -> Malformed:
    """The refusal of a body that is of no kind that is taken here."""
    return Malformed(415, [Reason("not_json" if takes == TAKES_JSON else "not_taken", "Content-Type", takes)])


def too_large(most: int, name: str | None = None) -> Malformed:
    """The refusal of a body, or of the file of this name in it, that has more than so many bytes."""
    if name is not None:
        sentence = N_("The file is larger than %(most)s MB.")
        values = {"most": most // 1024 // 1024, "field": name}
        reason = Reason(
            "too_large", name, LABELLED, {"field": name, "message": Reason("", None, sentence, values)}
        )
        return Malformed(413, [reason])
    if most < 1024 * 1024:
        sentence, values = N_("The body is too large: %(most)s kB are taken."), {"most": most // 1024}
    else:
        sentence, values = N_("The body is too large: %(most)s MB are taken."), {"most": most // 1024 // 1024}
    return Malformed(413, [Reason("too_large", None, sentence, values)])


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(
            raw.decode("utf-8-sig"), object_pairs_hook=_without_twins, parse_constant=_no_number
        )
    except _Twice as error:
        sentence = N_("The name %(name)s stands twice in the body.")
        raise Malformed(
            400, [Reason("given_twice", shown_name(error), sentence, {"name": shown_name(error)})]
        ) from error
    except (ValueError, RecursionError) as error:
        sentence = N_("The body cannot be read: it is not JSON in UTF-8.")
        raise Malformed(400, [Reason("unreadable", None, sentence)]) from error
    if not isinstance(found, dict):
        sentence = N_("Send one JSON object, with names and values.")
        raise Malformed(422, [Reason("not_an_object", None, sentence)])
    # Half a character in a name is nothing that a shape could be asked about.
    return {name.encode("utf-8", "backslashreplace").decode(): value for name, value in found.items()}


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name)
        found[name] = value
    return found


def _no_number(word: str) -> float:
    raise ValueError(word)
