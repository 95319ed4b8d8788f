"""The tables, one file a noun. docs/architecture.md says what each holds."""

from api.models.article import Article, ArticleRevision, Mention, SameText, TextBand
from api.models.base import Base, now
from api.models.change import Change
from api.models.feed import Feed, FeedEntry
from api.models.imports import Import, ImportItem
from api.models.key import ApiKey, IdempotencyKey
from api.models.publisher import Publisher
from api.models.quote import Quote, QuoteJoint, QuoteSpan, Rewording
from api.models.revision import Revision
from api.models.role import Role, Sighting, Tenure
from api.models.search import Delivery, DeliveryQuote, Search
from api.models.speaker import Name, NameTail, Speaker, spelling

__all__ = [
    "ApiKey",
    "Article",
    "ArticleRevision",
    "Base",
    "Change",
    "Delivery",
    "DeliveryQuote",
    "Feed",
    "FeedEntry",
    "IdempotencyKey",
    "Import",
    "ImportItem",
    "Mention",
    "Name",
    "NameTail",
    "Publisher",
    "Quote",
    "QuoteJoint",
    "QuoteSpan",
    "Revision",
    "Rewording",
    "Role",
    "SameText",
    "Search",
    "Sighting",
    "Speaker",
    "Tenure",
    "TextBand",
    "now",
    "spelling",
]
