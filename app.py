"""The whole application put together: settings, extensions, the list of rooms."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from apiflask import APIFlask
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from instruments import settings
from instruments.availability import api as availability_api
from instruments.availability import commands as availability_commands
from instruments.availability import day_models as calendar_facts
from instruments.availability import giving, week
from instruments.availability import models as availability_facts
from instruments.availability import season_models as season_facts
from instruments.availability import tasks as availability_tasks
from instruments.availability import views as availability_views
from instruments.availability.institution import api as institution_api
from instruments.calendars import api as calendars_api
from instruments.calendars import commands as calendars_commands
from instruments.calendars import models as calendars_facts
from instruments.calendars import tasks as calendars_tasks
from instruments.calendars import views as calendars_views
from instruments.catalog import api as catalog_api
from instruments.catalog import commands as catalog_commands
from instruments.catalog import models as catalog_facts
from instruments.catalog import searchable, weeks
from instruments.catalog import tasks as catalog_tasks
from instruments.catalog import views as catalog_views
from instruments.charges import api as charges_api
from instruments.charges import closing_models as month_end_facts
from instruments.charges import commands as charges_commands
from instruments.charges import dispute_models as dispute_facts
from instruments.charges import invoice_models as invoice_facts
from instruments.charges import models as charges_facts
from instruments.charges import payment_models as payment_facts
from instruments.charges import settlement_models as settlement_facts
from instruments.charges import sight
from instruments.charges import tasks as charges_tasks
from instruments.charges import views as charges_views
from instruments.charges.closing import api as month_end_api
from instruments.charges.closing import idle, one_payment
from instruments.charges.closing import tasks as month_end_tasks
from instruments.charges.closing import views as month_end_views
from instruments.database import connections, db
from instruments.demo import commands as demo_commands
from instruments.funds import api as funds_api
from instruments.funds import ledger_models as ledger_facts
from instruments.funds import models as funds_facts
from instruments.funds import programme_models as programme_facts
from instruments.funds import seen_things
from instruments.funds import tasks as funds_tasks
from instruments.funds import views as funds_views
from instruments.funds.asking import models as fund_request_facts
from instruments.jobs import alarm
from instruments.jobs import commands as jobs_commands
from instruments.journal import models as journal_facts
from instruments.journal import touched_models as touched_facts
from instruments.notices import api as notices_api
from instruments.notices import commands as notices_commands
from instruments.notices import doubtful, following
from instruments.notices import models as notices_facts
from instruments.notices import sending as notices_sending
from instruments.notices import tasks as notices_tasks
from instruments.notices import views as notices_views
from instruments.pages import navigation
from instruments.pages import views as pages_views
from instruments.people import api as people_api
from instruments.people import bearer, renaming, signing
from instruments.people import commands as people_commands
from instruments.people import models as people_facts
from instruments.people import tasks as people_tasks
from instruments.people import views as people_views
from instruments.qualifications import api as qualifications_api
from instruments.qualifications import models as qualifications_facts
from instruments.qualifications import views as qualifications_views
from instruments.rates import api as rates_api
from instruments.rates import commands as rates_commands
from instruments.rates import models as rates_facts
from instruments.rates import views as rates_views
from instruments.reports import api as reports_api
from instruments.reports import commands as reports_commands
from instruments.reports import models as reports_facts
from instruments.reports import tasks as reports_tasks
from instruments.reports import views as reports_views
from instruments.reservations import api as reservations_api
from instruments.reservations import commands as reservations_commands
from instruments.reservations import lookup, panels
from instruments.reservations import models as reservations_facts
from instruments.reservations import price_models as price_facts
from instruments.reservations import series_models as series_facts
from instruments.reservations import tasks as reservations_tasks
from instruments.reservations import views as reservations_views
from instruments.reservations.answering import api as answering_api
from instruments.reservations.bulk import api as bulk_api
from instruments.reservations.closing import api as closing_api
from instruments.reservations.conduct import api as conduct_api
from instruments.reservations.conduct import views as conduct_views
from instruments.reservations.demand import api as demand_api
from instruments.reservations.demand import models as demand_facts
from instruments.reservations.formal_quotes import api as formal_quotes_api
from instruments.reservations.formal_quotes import models as formal_quote_facts
from instruments.reservations.formal_quotes import views as formal_quote_views
from instruments.reservations.hours import api as hours_api
from instruments.reservations.leaving import api as leaving_api
from instruments.reservations.quoting import api as quoting_api
from instruments.reservations.series import api as series_api
from instruments.reservations.setting import api as setting_api
from instruments.reservations.trial import api as trial_api
from instruments.reservations.waitlist import api as waitlist_api
from instruments.reservations.waitlist import models as waitlist_facts
from instruments.search import api as search_api
from instruments.usage import api as usage_api
from instruments.usage import commands as usage_commands
from instruments.usage import models as usage_facts
from instruments.usage import output_models as output_facts
from instruments.usage import panels as use_panels
from instruments.usage import tasks as usage_tasks
from instruments.usage import told_before
from instruments.usage import views as usage_views
from instruments.utilization import api as utilization_api
from instruments.utilization import commands as utilization_commands
from instruments.utilization import idle_models as idle_facts
from instruments.utilization import models as utilization_facts
from instruments.utilization import tasks as utilization_tasks
from instruments.utilization import views as utilization_views
from instruments.utilization.boards import api as boards_api
from instruments.utilization.boards import models as board_facts
from instruments.utilization.idle import api as idle_api
from instruments.utilization.idle import views as idle_views
from instruments.utilization.public import api as public_figures_api
from instruments.utilization.public import models as public_figure_facts
from instruments.utilization.public import views as public_figure_views
from instruments.utilization.purchases import api as purchases_api
from instruments.utilization.purchases import models as purchase_facts
from instruments.utilization.purchases import views as purchase_views
from instruments.web import (
    access,
    assets,
    backlogs,
    document,
    formats,
    headers,
    icons,
    language,
    numbers,
    problems,
    texts,
)
from instruments.web import commands as web_commands
from instruments.web import models as web_facts
from instruments.web import tasks as web_tasks
from instruments.web import views as web_views
from instruments.web.limits import limiter

# Every table stands in the metadata before the first query or migration.
FACTS = (
    people_facts,
    catalog_facts,
    availability_facts,
    calendar_facts,
    season_facts,
    qualifications_facts,
    rates_facts,
    funds_facts,
    ledger_facts,
    programme_facts,
    fund_request_facts,
    reservations_facts,
    price_facts,
    series_facts,
    waitlist_facts,
    demand_facts,
    formal_quote_facts,
    usage_facts,
    output_facts,
    charges_facts,
    dispute_facts,
    month_end_facts,
    payment_facts,
    settlement_facts,
    invoice_facts,
    utilization_facts,
    purchase_facts,
    idle_facts,
    board_facts,
    public_figure_facts,
    reports_facts,
    calendars_facts,
    notices_facts,
    journal_facts,
    touched_facts,
    web_facts,
)
PAGES = (
    web_views.pages,
    pages_views.pages,
    people_views.pages,
    catalog_views.pages,
    availability_views.pages,
    qualifications_views.pages,
    funds_views.pages,
    rates_views.pages,
    reservations_views.pages,
    conduct_views.pages,
    formal_quote_views.pages,
    usage_views.pages,
    charges_views.pages,
    utilization_views.pages,
    purchase_views.pages,
    idle_views.pages,
    public_figure_views.pages,
    reports_views.pages,
    calendars_views.pages,
    notices_views.pages,
    month_end_views.pages,
)
PROGRAMS = (
    people_api.api,
    catalog_api.api,
    search_api.api,
    reservations_api.api,
    answering_api.api,
    bulk_api.api,
    quoting_api.api,
    leaving_api.api,
    series_api.api,
    hours_api.api,
    conduct_api.api,
    formal_quotes_api.api,
    waitlist_api.api,
    demand_api.api,
    trial_api.api,
    availability_api.api,
    charges_api.api,
    utilization_api.api,
    purchases_api.api,
    idle_api.api,
    boards_api.api,
    public_figures_api.api,
    reports_api.api,
    month_end_api.api,
    calendars_api.api,
    closing_api.api,
    setting_api.api,
    institution_api.api,
    notices_api.api,
    qualifications_api.api,
    rates_api.api,
    funds_api.api,
    usage_api.api,
)
COMMANDS = (
    availability_commands.availability,
    web_commands.web,
    people_commands.people,
    catalog_commands.catalog,
    rates_commands.rates,
    reservations_commands.reservations,
    usage_commands.usage,
    charges_commands.charges,
    utilization_commands.utilization,
    reports_commands.reports,
    calendars_commands.calendars,
    notices_commands.notices,
    demo_commands.demo,
    jobs_commands.jobs,
)
TASKS = (
    web_tasks,
    people_tasks,
    catalog_tasks,
    availability_tasks,
    reservations_tasks,
    funds_tasks,
    usage_tasks,
    charges_tasks,
    month_end_tasks,
    utilization_tasks,
    reports_tasks,
    calendars_tasks,
    notices_tasks,
)

csrf = CSRFProtect()
MIGRATIONS = Path(__file__).parent / "instruments" / "migrations"
LARGEST_BODY = 20 * 1024 * 1024


def create_app(overrides: Mapping[str, Any] | None = None) -> APIFlask:
    """The application; `overrides` replace settings of the environment (see instruments/settings.py)."""
    app = APIFlask(
        __name__,
        title="Instrument Commons",
        version="1.0",
        spec_path="/api/v1/openapi.json",
        docs_path=None,
        json_errors=False,
        instance_path=(overrides or {}).get("INSTANCE_PATH") or os.environ.get("INSTANCE_DIR") or None,
    )
    app.config.from_mapping(settings.from_environment(Path(app.instance_path)))
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        OPENAPI_VERSION="3.1.0",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        SQLALCHEMY_TRACK_MODIFICATIONS=False,
    )
    app.config.update(overrides or {})
    _open_database(app)
    reports_commands.use_folder(app.config["FORMS_DIR"])
    utilization_commands.use_thresholds(app.config["THRESHOLDS_FILE"])
    _wire(app)
    if app.config["TRUSTED_PROXIES"]:
        hops = app.config["TRUSTED_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
    return app


def _open_database(app: APIFlask) -> None:
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = connections.engine_options(
        app.config["SQLALCHEMY_DATABASE_URI"],
        prepare=app.config["DATABASE_PREPARE"],
        statement_seconds=app.config["DATABASE_STATEMENT_SECONDS"],
    ) | app.config.get("SQLALCHEMY_ENGINE_OPTIONS", {})
    db.init_app(app)
    with app.app_context():
        connections.prepare_engine(db.engine)
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=False)


def _wire(app: APIFlask) -> None:
    csrf.init_app(app)
    limiter.init_app(app)
    limiter.exempt(app.view_functions["static"])
    language.init_app(app)
    headers.init_app(app)
    numbers.init_app(app)
    assets.init_app(app)
    formats.init_app(app)
    icons.init_app(app)
    bearer.init_app(app)
    signing.init_app(app)
    navigation.init_app(app)
    texts.init_app(app)
    problems.init_app(app)
    document.init_app(app)
    for endpoint in ("static", "openapi.spec"):
        access.public(app.view_functions[endpoint])
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    for blueprint in PROGRAMS:
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
    alarm.init_app(app, TASKS)
    weeks.use(week.parse_week, giving.give_week_to)
    renaming.use(searchable.place_changed)
    panels.use("charges", charges_views.panel.panel)
    panels.use("usage", usage_views.using.panel)
    use_panels.use("charges", charges_views.panel.of_use)
    told_before.use("charges", charges_views.panel.carried)
    seen_things.use("reservation", lookup.seen_of)
    seen_things.use("charge", sight.seen_of)
    seen_things.use("payment", one_payment.seen_of)
    seen_things.use("payment_match", one_payment.seen_of_matches)
    backlogs.use("journal", following.backlog)
    backlogs.use("mail", notices_sending.backlog)
    backlogs.use("mail in doubt", doubtful.backlog)
    backlogs.use("statements", idle.backlog)
    for group in COMMANDS:
        app.cli.add_command(group)
