"""Deliver webhooks by real workers: one killed during a delivery, one waiting for its receiver to come back."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path

from sqlalchemy import Engine, select

from api.database.engine import reading, writing
from api.jobs import webhooks
from api.jobs.signatures import new_secret
from api.models import Delivery, Search
from tests.commands.test_worker import running, wait
from tests.hooks import fill
from tests.web import Page, site

ON = {"VERBATIM_WEBHOOKS": "on", "VERBATIM_FETCH_PRIVATE": "127.0.0.0/8"}


def save(engine: Engine, url: str) -> None:
    with writing(engine) as session:
        saved = Search(name="Cost", query="q=cost", webhook=f"{url}/hook", secret=new_secret())
        webhooks.start(session, saved)
        session.add(saved)
        session.commit()


def states(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(Delivery.state).order_by(Delivery.id)))


def statuses(engine: Engine) -> list[int | None]:
    with reading(engine) as session:
        return list(session.scalars(select(Delivery.status).order_by(Delivery.id)))


def test_resends_after_a_killed_worker(database_url: str, engine: Engine, tmp_path: Path) -> None:
    with site() as here:

        def never(_connection: socket.socket) -> None:
            here.over.wait()

        here.pages["/hook"] = never
        save(engine, here.url)
        ids = fill(engine, 3)
        with running(tmp_path, database_url, "worker", "-n", 2, **ON) as first:
            wait(lambda: len(here.posted) == 1, first)
            os.killpg(first.pid, signal.SIGKILL)
            first.wait()
        assert states(engine) == ["pending"]
        here.pages["/hook"] = Page()
        with running(tmp_path, database_url, "worker", "-n", 2, **ON) as second:
            wait(lambda: states(engine) == ["delivered"], second)
        (_, killed, body), (_, again, same) = here.posted
        assert killed["x-verbatim-delivery"] == again["x-verbatim-delivery"]
        assert [item["id"] for item in json.loads(same)["items"]] == ids
        assert body == same


def test_resends_to_a_recovered_receiver(database_url: str, engine: Engine, tmp_path: Path) -> None:
    with site() as here:
        here.pages["/hook"] = Page(status=500)
        save(engine, here.url)
        ids = fill(engine, 250)
        with running(tmp_path, database_url, "worker", "-n", 2, **ON) as worker:
            wait(lambda: statuses(engine) == [500, None, None], worker)
            here.pages["/hook"] = Page()
            wait(lambda: states(engine) == ["delivered"] * 3, worker)
        sent = [item["id"] for _, _, body in here.posted[1:] for item in json.loads(body)["items"]]
        assert sorted(sent) == ids
        assert len(here.posted) == 4
