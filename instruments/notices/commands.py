"""Doors of notices on the command line: letters of which nobody knows whether they arrived."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from instruments.database.transactions import deed
from instruments.errors import Refusal
from instruments.mail import send
from instruments.notices import doubtful
from instruments.notices.letters import number_of
from instruments.web import clock
from instruments.web.reasons import sentence

notices = AppGroup("notices", help="Letters to those who are told.")
MOST = 10_000


@notices.command("in-doubt")
def in_doubt() -> None:
    """List the letters that the mail server got without answering: number, since when, to whom, Message-ID."""
    for row in doubtful.page(None, MOST)[:MOST]:
        message_id = send.message_id(number_of(row.notice_id, row.at))
        click.echo(f"{row.id}\t{row.handed_at:%Y-%m-%dT%H:%M:%SZ}\t{row.mail}\t{row.kind}\t{message_id}")


@notices.command("decide")
@click.argument("decision", type=click.Choice(["arrived", "send-again"]))
@click.argument("numbers", type=int, nargs=-1)
@click.option("--all", "of_all", is_flag=True, help="Of all that are in doubt now.")
def decide(decision: str, numbers: tuple[int, ...], *, of_all: bool) -> None:
    """Say of letters in doubt that they arrived, or send them again."""
    if bool(numbers) == of_all:
        raise click.UsageError("Name the letters by the numbers that in-doubt lists, or say --all.")
    now, decided = clock.now(), decision.replace("-", "_")
    try:
        with deed():
            if of_all:
                count = doubtful.decide_all(int(now.timestamp()), decided, None, now)
            else:
                doubtful.decide(set(numbers), decided, None, now)
                count = len(set(numbers))
    except Refusal as refusal:
        raise click.ClickException(" ".join(sentence(reason) for reason in refusal.reasons)) from refusal
    letters = "1 letter is" if count == 1 else f"{count} letters are"
    click.echo(f"{letters} {'noted as arrived' if decision == 'arrived' else 'sent again'}")
