"""Doors of people on the command line."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from instruments.database import db
from instruments.database.transactions import deed
from instruments.errors import Refusal
from instruments.people import adding, forgetting, institutions, passwords, tokens
from instruments.people.forms import Form
from instruments.people.institutions_by_name import institution_called
from instruments.people.models import Person
from instruments.people.rights import SCOPE_OF_ROLE
from instruments.people.signing import today
from instruments.web import clock
from instruments.web.reasons import sentence

people = AppGroup("people", help="Persons and their tokens.")
ROLES = [role.value for role, scope in SCOPE_OF_ROLE.items() if scope != "group"]


@people.command("add-institution")
@click.argument("name")
@click.option("--chinese", "name_zh", required=True, help="Its Chinese name.")
@click.option(
    "--kind", type=click.Choice(institutions.KINDS), default=institutions.KINDS[0], show_default=True
)
@click.option(
    "--domain", "domains", multiple=True, help="A mail domain whose people register here; may be repeated."
)
@click.option("--credit-code", default="", help="A company's unified social credit code.")
@click.option("--country", default="", help="Two letters, ISO 3166.  [default: CN]")
@click.option("--zone", default="", help="Its time zone.  [default: Asia/Shanghai]")
def add_institution(name: str, domains: tuple[str, ...], **fields: str) -> None:
    """Add an institution, as the page does: the first one comes before anybody who could sign in."""
    try:
        form = Form({"name_en": name, "domains": " ".join(domains), **fields})
        described, read = institutions.read(form)
        with deed():
            added = institutions.add(described, read, form.reasons, None, clock.now())
            said = f"{added.name_en} is institution {added.id}"
    except Refusal as refusal:
        raise _told(refusal) from refusal
    click.echo(said)


@people.command("add")
@click.argument("mail")
@click.option("--institution", required=True, help="Its id, mail domain, or name in either language.")
@click.option("--lab", help="Its id or name, for a role on a lab.")
@click.option("--role", type=click.Choice(ROLES), help="A role to give at once.")
@click.option("--name", default="", help="The person's name; the address's first part without it.")
@click.option(
    "--kind", type=click.Choice(["student", "staff", "external"]), default="staff", show_default=True
)
@click.option(
    "--password", is_flag=True, help="Ask for a password (else: “Forgotten?” on the sign-in page sets one)."
)
def add(
    mail: str, institution: str, lab: str | None, role: str | None, name: str, kind: str, password: bool
) -> None:
    """Add a person to an institution, confirmed, perhaps with a role."""
    kept = _asked_password(mail) if password else None
    now = clock.now()
    try:
        with deed():
            place = institution_called(institution)
            unit = adding.lab_named(place, lab) if lab else None
            person = adding.add(mail, name, kind, place, kept, now, today(now))
            if role:
                adding.give_role(person, role, place, unit, now)
            said = f"{person.mail} is person {person.id} of {place.name_en}" + (f", {role}" if role else "")
    except Refusal as refusal:
        raise _told(refusal) from refusal
    click.echo(said)


@people.command("token")
@click.argument("mail")
@click.option(
    "--scopes",
    required=True,
    multiple=True,
    help="Words with commas or spaces between, for example “catalog:read reservations:write”; may be given again.",
)
@click.option("--days", type=int, required=True, help="How long it works, at most 365.")
@click.option("--name", default="command line", show_default=True)
def token(mail: str, scopes: tuple[str, ...], days: int, name: str) -> None:
    """Make a token for a person and print it, alone: it is not shown again."""
    try:
        with deed():
            person_id = db.session.scalar(select(Person.id).where(Person.mail == mail.strip().lower()))
            if person_id is None:
                raise click.ClickException(f"Nobody has the address {mail}.")
            words = " ".join(scopes).replace(",", " ").split()
            _, text = tokens.make(person_id, name, words, days, clock.now())
    except Refusal as refusal:
        raise _told(refusal) from refusal
    click.echo(text)


@people.command("sweep")
def sweep() -> None:
    """Forget tries to sign in, and mailed links that ended, more than a month ago; the worker does it every hour."""
    with deed():
        forgotten = forgetting.forget_old(clock.now())
    click.echo(f"{forgotten.tries} old tries and {forgotten.links} old links forgotten")


def _asked_password(mail: str) -> str:
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    if reasons := passwords.reasons_against(password, mail):
        raise _told(Refusal(reasons))
    return passwords.hashed(password, current_app.config["PASSWORD_COST"])


def _told(refusal: Refusal) -> click.ClickException:
    return click.ClickException(" ".join(sentence(reason) for reason in refusal.reasons))
