"""The Flask application: only wiring."""

from __future__ import annotations

from importlib.metadata import version

from flask import Flask
from limits.storage import Storage

from api import pages
from api.config import Settings
from api.http import auth, base_url, headers, problems, request_id, session
from api.http.openapi import Api
from api.http.parsing import ID, IdConverter
from api.ingestion import article
from api.jobs.queue import Background
from api.sources.web import Web
from api.views import (
    articles,
    changes,
    docs,
    extract,
    feeds,
    health,
    imports,
    publishers,
    quotes,
    roles,
    searches,
    speakers,
    tenures,
)

# Of the OpenAPI document. The address is that from which the document was read.
INFO = {
    "description": "Who said what, when, in which role, and the proof.",
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}
SERVERS = [{"url": "/", "description": "This server"}]


def create_app(settings: Settings | None = None, counters: Storage | None = None) -> Flask:
    """Return the application for `settings`, by default those of the environment. Raise SettingError for a bad one.

    `counters` count for the rate limit, in all processes of a server together.
    """
    settings = settings or Settings.from_environment()
    app = Flask("verbatim", static_folder=None)
    app.config.update(
        API_TITLE="Verbatim",
        API_VERSION=version("verbatim"),
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        MAX_CONTENT_LENGTH=settings.body_limit,
        SETTINGS=settings,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # of Flask's default provider
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of Flask's default provider
    headers.init_app(app, settings)
    request_id.init_app(app)
    base_url.init_app(app, settings)
    app.url_map.converters[ID] = IdConverter
    session.init_app(app, settings)
    background = app.extensions["background"] = Background(settings)
    # Saved searches look for new matches after each write.
    app.extensions["after_write"] = background.wake if background.web else lambda: None
    auth.init_app(app, settings, counters)
    problems.init_app(app)
    app.extensions["extract"] = article.extract
    app.extensions["web"] = Web(settings) if settings.fetch == "on" else None
    api = Api(app, spec_kwargs={"info": INFO, "servers": SERVERS})
    nouns = (articles, imports, quotes, feeds, changes, searches, speakers, roles, tenures, publishers, extract, health)
    for module in nouns:
        api.register_blueprint(module.blp)
    app.register_blueprint(docs.blp)
    if settings.page == "on":
        pages.init_app(app)
    api.describe(app)
    return app
