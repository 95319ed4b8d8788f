"""Find the publisher of an article by name or by the URL's host."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.folding import fold
from api.models import Publisher
from api.schemas.publisher import HOST


def publisher_for(session: Session, name: str | None, url: str | None) -> Publisher | None:
    """Return the publisher of this name, else (when no name is given) of the URL's host. Add it where there is none yet.

    A new publisher gets the host as its domain, unless another has it.
    """
    host = host_of(url)
    by_domain = session.scalar(select(Publisher).where(Publisher.domain == host)) if host else None
    if name is None:
        if by_domain or not host:
            return by_domain
        name = host
    folded = fold(name)[:1000]
    known = session.scalar(select(Publisher).where(Publisher.folded == folded).order_by(Publisher.id))
    if known:
        return known
    publisher = Publisher(name=name, folded=folded, domain=host if host and not by_domain else None)
    session.add(publisher)
    session.flush()
    return publisher


def host_of(url: str | None) -> str:
    """Return the host of a URL without www, or "" if it is no domain: an address in brackets, or too long."""
    try:
        host = (urlsplit(url or "").hostname or "").removesuffix(".").removeprefix("www.")
    except ValueError:  # brackets around what is no address
        return ""
    return host if re.fullmatch(HOST, host) else ""
