"""Commands of statutory forms: which there are, and whether a file can be one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import AppGroup
from flask_babel import gettext

from instruments.reports.form import Form
from instruments.reports.form_reading import WrongForm
from instruments.reports.forms import all_forms, together, use
from instruments.settings import WrongSetting
from instruments.web.reasons import in_full

reports = AppGroup("reports", help="Statutory forms.")


def use_folder(folder: str) -> None:
    """Read the forms of the folder that a setting names; what is wrong with them ends the start with sentences."""
    if folder and not Path(folder).is_dir():
        raise WrongSetting(f"FORMS_DIR: there is no folder {folder}")
    try:
        use(folder)
    except WrongForm as wrong:
        lines = [f"{reason.field}: {reason.message % reason.values}" for reason in wrong.reasons]
        raise WrongSetting("\n".join(["FORMS_DIR holds what is no form:", *lines])) from wrong


@reports.command("forms", short_help="Which forms there are, or what is wrong with a file.")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def forms(files: tuple[Path, ...]) -> None:
    """List every form with its versions; with FILES say whether each can be a form, and everything against it.

    Exit status: 1 where a file is no form.
    """
    try:
        found = together(files) if files else all_forms()
    except WrongForm as wrong:
        for reason in wrong.reasons:
            click.echo(f"{reason.field}: {in_full(reason)}")
        raise click.ClickException(gettext(wrong.title)) from wrong
    for form in found:
        click.echo("\n".join(_lines(form)))


def _lines(form: Form) -> Iterator[str]:
    yield f"{form.code} {form.version} ({form.period}, from {form.since})  {form.en} {form.zh}"
    for sheet in form.sheets:
        yield f"  {sheet.key}: {len(sheet.columns)} columns, {len(sheet.rules)} rules"
