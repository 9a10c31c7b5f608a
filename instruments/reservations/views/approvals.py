"""The queue of a lab: what waits for its answer, with what is needed to decide, one by one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from instruments.availability.views.doors import scope_of, the_owner
from instruments.database import db
from instruments.database.transactions import perform
from instruments.errors import N_, Forbidden, NotFound, Reason, Refusal
from instruments.people.models import Lab
from instruments.people.rights import Action, Actor, may
from instruments.people.signing import actor_by_id, require, the_actor
from instruments.qualifications.listing import count_open_at_lab
from instruments.reservations import waiting
from instruments.reservations.approval_rules import Request, may_be_approved_together
from instruments.reservations.approval_words import circle_words, why_asked
from instruments.reservations.approving import accept, approve, decline, propose
from instruments.reservations.asking import may_decide
from instruments.reservations.beside import against_now, day_of, why_closed
from instruments.reservations.bookable import bookable
from instruments.reservations.choices import purpose_words
from instruments.reservations.form import prefilled, typed_span
from instruments.reservations.limits import DAY_MINUTES
from instruments.reservations.lookup import merged_companies
from instruments.reservations.series.finding import place_of, reservations_of, series_row, version_of
from instruments.reservations.series.words import dates_words, rule_of
from instruments.reservations.standing_words import standing_words
from instruments.reservations.views.doors import by_form_field, pages
from instruments.reservations.views.payers import note_price_looks, price_of
from instruments.timespan import Timespan
from instruments.typed import whole
from instruments.web import clock, formats, paging
from instruments.web.language import in_language
from instruments.web.reasons import in_full
from instruments.web.refusals import flash_or_raise, show_or_raise

A_PAGE = 25
SOON = timedelta(hours=2)
FIELDS = ("day", "from", "until_day", "until", "message")


@pages.get("/approvals")
def my_approvals() -> ResponseReturnValue:
    """The queue of the lab whose deadline is soonest, among those that this person runs."""
    actor = the_actor()
    first = min(waiting.waiting_for(actor), key=lambda row: row.due, default=None)
    own = waiting.labs_of(actor)
    if first is None and not own:
        raise Forbidden([Reason("forbidden", None, N_("You do not answer for this lab."))])
    return redirect(url_for(".approvals", lab_id=first.lab_id if first else own[0].id))


@pages.get("/labs/<int:lab_id>/approvals")
def approvals(lab_id: int) -> ResponseReturnValue:
    """What waits, the chosen one opened; or what was answered."""
    lab, actor = _lab(lab_id)
    if request.args.get("view") == "answered":
        return _answered(lab, actor)
    return _queue(lab, actor, request.args.get("request", 0, type=int))


@pages.post("/labs/<int:lab_id>/approvals/<int:reservation_id>")
def answer(lab_id: int, reservation_id: int) -> ResponseReturnValue:
    """Approve, decline or propose another time; then the next request is shown."""
    lab, actor = _lab(lab_id)
    now, form = clock.now(), request.form
    row = waiting.one_waiting(lab_id, reservation_id)
    if row is None:
        flash(gettext("That request is no longer open: it was answered, withdrawn or expired."), "warn")
        return redirect(url_for(".approvals", lab_id=lab_id), 303)
    version, message = form.get("version", 0, type=int), form.get("message", "")
    name = in_language(row.user_en, row.user_zh)
    try:
        match form.get("do"):
            case "approve":
                perform(lambda: approve(actor, row.id, message, version, now))
                said = gettext("Approved for %(name)s.", name=name)
            case "propose":
                span = typed_span(form, bookable(row.instrument_id).calendar)
                user = actor_by_id(row.user_id, now) or actor
                perform(lambda: propose(actor, user, row.id, span, message, version, now))
                said = gettext("Proposed to %(name)s; the time is held until they answer.", name=name)
            case _:
                perform(lambda: decline(actor, row.id, message, version, now))
                said = gettext("Declined, and %(name)s reads why. The time is free again.", name=name)
    except Refusal as refusal:
        show_or_raise(refusal, 403, 409, 412, 422)
        lab, actor = _lab(lab_id)
        return _queue(lab, actor, reservation_id, refusal), refusal.status
    flash(said, "free")
    return redirect(url_for(".approvals", lab_id=lab_id), 303)


@pages.post("/labs/<int:lab_id>/approvals")
def answer_several(lab_id: int) -> ResponseReturnValue:
    """Decline several, or approve several of the own institution under one rule; each is a deed of its own."""
    _, actor = _lab(lab_id)
    now, message = clock.now(), request.form.get("message", "")
    chosen = dict(_chosen())
    rows = {row.id: row for row in waiting.requests_among(lab_id, list(chosen)[:A_PAGE])}
    acts: dict[str, Callable[[int], Any]] = {
        "approve": lambda number: approve(actor, number, message, chosen[number], now),
        "decline": lambda number: decline(actor, number, message, chosen[number], now),
    }
    act = acts["approve" if request.form.get("do") == "approve" else "decline"]
    if (
        rows
        and act is acts["approve"]
        and not may_be_approved_together([_asked(row) for row in rows.values()])
    ):
        words = gettext("Only requests of the own institution under one rule are approved several at once.")
        sent = _several(chosen, gettext("Nothing was approved yet"), "chosen", [words])
        return _queue(the_owner("labs", lab_id), actor, 0, several=sent), 422
    if chosen and act is acts["decline"] and not message.strip():
        sent = _several(chosen, gettext("Nothing was declined yet"), "message", _say_why())
        return _queue(the_owner("labs", lab_id), actor, 0, several=sent), 422
    # What is no longer open here is told, and what is open in another lab is not answered under this one's rule.
    done, refused = _each(act, [number for number in chosen if number in rows])
    gone = [gettext("That request is no longer open: it was answered, withdrawn or expired.")]
    _say(done, [*refused, *(gone if chosen.keys() - rows.keys() else ())], approved=act is acts["approve"])
    return redirect(url_for(".approvals", lab_id=lab_id), 303)


def _several(chosen: Collection[int], heading: str, field: str, sentences: list[str]) -> dict[str, Any]:
    """The form for several at once as it was sent, with what stands against it, at its field."""
    said = request.form.get("message", "")
    return {"chosen": chosen, "heading": heading, "reasons": {field: sentences}, "message": said}


def _say_why() -> list[str]:
    remedy = N_("A few words are enough; who asked reads them.")
    return [in_full(Reason("no_reason", "reason", N_("Say why you decline."), {}, remedy))]


def series_without_reason(lab_id: int, reservation_id: int) -> str:
    """The queue again, with the series open that was to be declined without a word."""
    lab, actor = _lab(lab_id)
    return _queue(lab, actor, reservation_id, whole_series=_say_why())


@pages.post("/reservations/<int:reservation_id>/accept")
def accept_proposal(reservation_id: int) -> ResponseReturnValue:
    """Take the time that the lab proposed."""
    actor, now = the_actor(), clock.now()
    version = request.form.get("version", 0, type=int)
    try:
        perform(lambda: accept(actor, reservation_id, version, now))
    except Refusal as refusal:
        flash_or_raise(refusal, 412, 422)
    else:
        flash(gettext("Accepted: it is booked."), "free")
    return redirect(url_for(".reservation", reservation_id=reservation_id), 303)


def _lab(lab_id: int) -> tuple[Any, Actor]:
    lab = the_owner("labs", lab_id)
    if not isinstance(lab, Lab):
        raise NotFound([Reason("no_lab", None, N_("There is no such lab."))])
    return lab, require(Action.APPROVAL_DECIDE, scope_of(lab))


def _chosen() -> Sequence[tuple[int, int]]:
    """The numbers and versions that were ticked."""
    pairs = (text.partition(":") for text in request.form.getlist("chosen"))
    read = ((whole(number), whole(version)) for number, _, version in pairs)
    return [(number, version) for number, version in read if number is not None and version is not None]


def _each(act: Callable[[int], Any], chosen: Sequence[int]) -> tuple[int, list[str]]:
    """Do it to each; how many it was done to, and why not to the others."""
    done, refused = 0, []
    for number in chosen:
        try:
            perform(lambda number=number: act(number))
            done += 1
        except Refusal as refusal:
            db.session.rollback()
            refused += [in_full(reason) for reason in refusal.reasons]
    return done, list(dict.fromkeys(refused))


def _say(done: int, refused: list[str], *, approved: bool) -> None:
    if done:
        flash(answered_words(done, approved=approved), "free")
    if refused:
        flash(gettext("Not all of them: %(why)s", why=" ".join(refused)), "warn")
    elif not done:
        flash(gettext("Choose some requests first."), "warn")


def answered_words(count: int, *, approved: bool) -> str:
    """What became of several at once."""
    if approved:
        return ngettext("%(num)s request approved.", "%(num)s requests approved.", count)
    return ngettext("%(num)s request declined.", "%(num)s requests declined.", count)


def _asked(row: Any) -> Request:
    return Request(row.rule_id, row.circle, row.own_together)


def _queue(
    lab: Any,
    actor: Actor,
    chosen: int,
    refusal: Refusal | None = None,
    several: Mapping[str, Any] | None = None,
    whole_series: Sequence[str] = (),
) -> str:
    now = clock.now()
    after = paging.decode(request.args.get("after"), (int, int, int))
    rows = waiting.waiting(lab.id, after, A_PAGE)
    shown, cursor = paging.page(
        rows, A_PAGE, lambda row: [row.is_proposed, int(row.due_at.timestamp()), row.id]
    )
    row = next((each for each in shown if each.id == chosen), None)
    if row is None and chosen:
        row = waiting.one_waiting(lab.id, chosen)
    opened_row = row or (shown[0] if shown else None)
    opened = None if opened_row is None else _detail(opened_row, actor, now, refusal)
    page = render_template(
        "reservations/approvals.html",
        lab=lab,
        labs=waiting.labs_of(actor),
        view="waiting",
        count=waiting.count_waiting(lab.id),
        qualifications=_qualification_requests(lab, actor),
        lines=_lines(shown, actor, now),
        opened=opened,
        several_sent=several,
        series_reasons=list(whole_series),
        gone=chosen and row is None,
        together=[each for each in shown if each.own_together and not each.is_proposed],
        following=url_for(".approvals", lab_id=lab.id, after=cursor) if cursor else None,
        first=url_for(".approvals", lab_id=lab.id) if after else None,
    )
    if opened is not None and opened["price"]:
        note_price_looks(actor, [opened_row])
    return page


def _answered(lab: Any, actor: Actor) -> str:
    after = paging.decode(request.args.get("after"), (int, int))
    rows = waiting.answered(lab.id, after, A_PAGE)
    shown, cursor = paging.page(rows, A_PAGE, lambda row: [int(row.decided_at.timestamp()), row.id])
    address = url_for(".approvals", lab_id=lab.id, view="answered")
    return render_template(
        "reservations/approvals.html",
        lab=lab,
        labs=waiting.labs_of(actor),
        view="answered",
        count=waiting.count_waiting(lab.id),
        qualifications=_qualification_requests(lab, actor),
        lines=_lines(shown, actor, clock.now()),
        opened=None,
        gone=False,
        together=[],
        following=f"{address}&after={cursor}" if cursor else None,
        first=address if after else None,
    )


def _qualification_requests(lab: Lab, actor: Actor) -> int | None:
    """How many ask this lab for a qualification and wait for this person; None where others answer them."""
    if not may(actor, Action.QUALIFICATION_GRANT, scope_of(lab)):
        return None
    return count_open_at_lab(lab.id, actor.person_id)


def _lines(rows: Sequence[Any], actor: Actor, now: datetime) -> list[dict[str, Any]]:
    merged = merged_companies(actor, rows)
    return [_line(row, row.id in merged, now) for row in rows]


def _line(row: Any, is_merged: bool, now: datetime) -> dict[str, Any]:
    """One request in the list; is_merged: of a company that the reader is not told."""
    left = row.due_at - now
    soon = left < timedelta(days=1)
    return {
        "row": row,
        "who": formats.listing(
            [words for words in (_unit(row, is_merged), in_language(row.user_en, row.user_zh)) if words]
        ),
        "span": Timespan(row.starts_at, row.ends_at),
        "left": formats.length(_minutes(left)) if soon else formats.moment(row.due_at, row.zone),
        "late": left < SOON,
    }


def _series(row: Any) -> dict[str, Any] | None:
    """Of which series a request is, and its other dates that wait as well; None where it stands alone."""
    place = place_of(row.id)
    if place is None:
        return None
    rows = reservations_of(place.series_id)
    series = series_row(place.series_id, the_actor())
    open_ones = [each for each in rows if each.state == "requested" and each.proposed_at is None]
    return {
        "id": place.series_id,
        "version": version_of(series, rows),
        "rule": dates_words(rule_of(series), open_ones),
        "spans": [Timespan(each.starts_at, each.ends_at) for each in open_ones],
    }


def _minutes(left: timedelta) -> timedelta:
    """To the minute, never less than one."""
    return timedelta(minutes=max(1, round(left.total_seconds()) // 60))


def _unit(row: Any, is_merged: bool) -> str:
    return gettext("Companies") if is_merged else in_language(row.unit_en or "", row.unit_zh or "")


def _detail(row: Any, actor: Actor, now: datetime, refusal: Refusal | None) -> dict[str, Any]:
    """All that is needed to decide on one request."""
    thing = bookable(row.instrument_id)
    day, others = day_of(row, actor, now)
    user, is_merged = actor_by_id(row.user_id, now), bool(merged_companies(actor, [row]))
    typed: dict[str, Any] = prefilled(Timespan(row.starts_at, row.ends_at), row.zone)
    if refusal is not None:
        typed |= {name: request.form[name] for name in FIELDS if name in request.form}
    return {
        **_line(row, is_merged, now),
        "series": _series(row),
        "unit": _unit(row, is_merged),
        "group": "" if is_merged else in_language(row.group_en or "", row.group_zh or ""),
        "circle": circle_words(row.circle),
        "purpose": purpose_words(row.purpose),
        "day": day,
        "others": [
            (Timespan.from_seconds(block.start, block.end), block, why_closed(block)) for block in others
        ],
        "why": why_asked(row.circle, row.above_minutes, by_rule=row.rule_id is not None),
        "against": [in_full(reason) for reason in against_now(row, user, now)],
        "past": waiting.past_with(row.lab_id, row.user_id, now),
        "may": may_decide(actor, row, row.managers_only),
        "own": actor.person_id in (row.user_id, row.booker_id),
        "typed": typed,
        "reasons": by_form_field(refusal) if refusal else {},
        "price": _price(row, actor, now),
        "standing": list(standing_words(thing.needs, row.user_id, _last_day(row))),
        "summed": _summed(refusal) if refusal else {},
        "tried": request.form.get("do", "") if refusal else "",
        "asked": Timespan(row.asked_starts_at, row.asked_ends_at),
        "grid_minutes": thing.rules.grid_minutes,
        "several_days": thing.rules.longest_minutes > DAY_MINUTES,
    }


def _price(row: Any, actor: Actor, now: datetime) -> list[tuple[str, str]]:
    """The sum with the class of its payer and why, and who pays; nothing where it has no price."""
    found = price_of(row, actor, now)
    if found is None:
        return []
    told = {"price": found["total"], "class": found["class"], "why": found["why"]}
    paid = formats.listing([each["name"] for each in found["paid_from"]]) or gettext("nobody yet")
    return [
        (gettext("Price"), gettext("%(price)s, %(class)s: %(why)s", **told)),
        (gettext("Paid from"), paid),
    ]


def _summed(refusal: Refusal) -> dict[str, list[str]]:
    """Every sentence once, by the field of the form that it leads to: the times only where another one is proposed."""
    fields = {"message": "message", "reason": "message"}
    if request.form.get("do") == "propose":
        fields |= {name: name for name in ("day", "from", "until", "until_day")}
    found: dict[str, list[str]] = {}
    for field, sentences in by_form_field(refusal).items():
        found.setdefault(fields.get(field, ""), []).extend(sentences)
    return found


def _last_day(row: Any) -> date:
    """The last local date of what is asked for."""
    return formats.local(row.ends_at - timedelta(seconds=1), row.zone).date()
