"""The database session of a request."""

from __future__ import annotations

from flask import Flask, current_app, g, request
from sqlalchemy.orm import Session

from api.config import Settings
from api.database.engine import make_engine, make_reader, writing

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def init_app(app: Flask, settings: Settings) -> None:
    """Give `app` an engine, an engine for reading, and each request at most one session, closed when the request ends.

    Requests that only read use the replica, where the settings name one. Keys, and reads that decide about a write, use the
    database itself. Raise SettingError where the settings do not allow that.
    """
    engine = app.extensions["engine"] = make_engine(settings, may_create=False)
    app.extensions["reader"] = make_reader(settings, engine)
    app.teardown_request(close_session)


def session() -> Session:
    """Return the request's session, for writing where the method writes. Nothing is kept unless the view commits."""
    if "session" not in g:
        if request.method in SAFE_METHODS:
            g.session = Session(current_app.extensions["reader"])
        else:
            g.session = writing(current_app.extensions["engine"])
    open_session: Session = g.session
    return open_session


def close_session(_error: BaseException | None = None) -> None:
    """Close the request's session, if it has one. Another may be opened after that."""
    if "session" in g:
        g.pop("session").close()
