"""Where forms lead: from what is lacking to the field that mends it, and from a phone number to what forms say of people."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest
from flask.testing import FlaskClient

from instruments.reports import forms
from instruments.reports.sources import AT_INSTRUMENT
from instruments.reports.writing import source_of
from tests.reports.scene import House
from tests.reports.test_pages import posted
from tests.world import World, sign_in


@pytest.fixture
def house(app, world: World) -> House:
    return House(world)


def test_everybody_reads_what_forms_say_of_people(client: FlaskClient, house: House) -> None:
    link = 'href="/reports/about-people"'
    assert link in client.get("/register").text and says_where_the_phone_goes(client.get("/register").text)
    for signs_in in (False, True):
        if signs_in:
            sign_in(client, house.user)
        page = client.get("/reports/about-people").text
        for words in (
            "Whoever used an instrument",
            "Phone of the user",
            "The contact of an instrument",
            "article 15",
        ):
            assert words in page
        # What stands beside the name is taken from the format of the day, column by column.
        section = page.split('id="form-service_record"')[1].split("</section>")[0]
        form = forms.form_at("service_record", date(2027, 1, 20))
        for column in form.sheets[0].columns:
            assert html.escape(column.en) in section, column.key
    assert link in client.get("/home").text
    assert says_where_the_phone_goes(client.get("/profile").text)


def test_what_is_lacking_leads_to_a_field_that_is_there_and_open(client: FlaskClient, house: House) -> None:
    house.instrument(model="", record={"postal_code": "", "province": ""})
    sign_in(client, house.manager)
    one = posted(client, f"/institutions/{house.home.id}/reports", form="instrument_record").location
    page = client.get(f"{one}/rows?lacking=1").text
    ways = re.findall(r'href="(/instruments/\d+/edit\?field=(\w+)#f-(\w+))"', page)
    assert {name for _, name, _ in ways} == {"model", "postal_code", "province"}
    for way, name, anchor in ways:
        form = client.get(way).text
        assert name == anchor and f'id="f-{anchor}"' in form
        assert ('<details class="card after" open>' in form) == (name != "model")
    form = client.get(f"/instruments/{house.thing.id}/edit").text
    assert '<details class="card after">' in form and "at most 1 MB" in form
    # Every column that is mended with the instrument has its field there.
    for each in forms.all_forms():
        for sheet in each.sheets:
            for source in (source_of(sheet, column) for column in sheet.columns):
                if source.mend == AT_INSTRUMENT and source.field:
                    assert f'id="f-{source.field}"' in form, source.field


def says_where_the_phone_goes(page: str) -> bool:
    at_the_field = page.split('id="f-phone-hint"')[1].split("</p>")[0]
    return "national platform" in at_the_field and 'href="/reports/about-people"' in at_the_field
