"""Use the client that openapi-python-client made: print as JSON what it read. Arguments: the server's URL, and a key."""

from __future__ import annotations

import json
import sys
from urllib.parse import parse_qs, urlsplit

from verbatim_client import AuthenticatedClient, Client
from verbatim_client.api.articles import read_article
from verbatim_client.api.publishers import change_publisher, read_publisher
from verbatim_client.api.quotes import export_quotes, list_quotes, read_quote
from verbatim_client.models import Article, ExportQuotesFormat, Problem, Publisher, PublisherPatch, Quote, QuotePage
from verbatim_client.types import UNSET

url, key = sys.argv[1:]
client = Client(base_url=url)
cursor, ids, texts = UNSET, [], []
while cursor is not None:
    page = list_quotes.sync(client=client, limit=2, cursor=cursor)
    assert isinstance(page, QuotePage)
    ids += [quote.id for quote in page.items]
    texts += [quote.text for quote in page.items]
    cursor = parse_qs(urlsplit(page.next_).query)["cursor"][0] if page.next_ else None

counted = list_quotes.sync(client=client, q="tolls", facets="speaker,year")
assert isinstance(counted, QuotePage)
article = read_article.sync(1, client=client)
assert isinstance(article, Article)
quote = read_quote.sync(ids[0], client=client)
assert isinstance(quote, Quote)
missing = read_quote.sync(999, client=client)
assert isinstance(missing, Problem)
csv = export_quotes.sync_detailed(client=client, q="tolls", format_=ExportQuotesFormat.CSV)
writer = AuthenticatedClient(base_url=url, token=key)
before = read_publisher.sync_detailed(1, client=writer)
changed = change_publisher.sync(1, client=writer, body=PublisherPatch(name="Herald"), if_match=before.headers["ETag"])
assert isinstance(changed, Publisher)
sys.stdout.write(
    json.dumps(
        {
            "ids": ids,
            "texts": texts,
            "speakers": [[value.label, value.count] for value in counted.facets.speaker],
            "article": [article.text, [quote.id for quote in article.quotes]],
            "speaker": quote.speaker.name,
            "missing": missing.type_,
            "exported": csv.status_code,
            "changed": changed.name,
        }
    )
)
