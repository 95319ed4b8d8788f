"""Find the quotes of a text before their speakers are resolved: stages 1 to 5 of the engine in their order."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from api.extraction import clauses, cues, dates, direct, kinds, linking, marks, polarity, posts, sentences, tagging
from api.extraction.lexicon import word_list
from api.extraction.spans import Act, Attribution, Medium, Polarity, Span

_POST_CONFIDENCE = 0.95  # a post's signature is unmistakable, its first word is not

_EMPTY_CONTENTS = word_list("empty_contents")
_RESTRICTIVE = frozenset({"who", "that", "which"})
_DAY_BEHIND = re.compile(
    r" (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?: (?:morning|afternoon|evening|night))?(?![\w'’-])"
)
_MAX_PLACE_DISTANCE = 40  # code points behind a cue in which "on Facebook" belongs to it


def attributions(
    text: str, published: dt.date | None = None, tags: list[tagging.Tag] | None = None
) -> list[Attribution]:
    """Return the quotes of `text` with the cue and source that report each, in text order.

    Speakers are not resolved yet. `text` must hold no lone surrogate: `extract` replaces them. `tags` are the tagger's, and
    are computed where not given.
    """
    tags = tagging.tag(text).tags if tags is None else tags
    paragraphs = sentences.paragraphs(text)
    split = sentences.sentences(text)
    quoted = marks.stretches(text)
    posted = posts.posts(text, paragraphs)
    tags = direct.add_quotations(text, _outside_posts(tags, posted), quoted, split, paragraphs)
    document = linking.Document(text, split, paragraphs, quoted)
    found = [_attribution_of_post(post) for post in posted]
    for link in linking.link(document, clauses.repair(document, _outside_posts(tags, posted))):
        attribution = _attribution_of_link(document, link, published)
        if attribution:
            found.append(attribution)
    return sorted(found, key=lambda each: (each.content, each.cue))


def _outside_posts(tags: list[tagging.Tag], posted: list[posts.Post]) -> list[tagging.Tag]:
    """Return the tags that share no character with a post. Both lists are in text order."""
    kept = []
    i = 0
    for tag in tags:
        while i < len(posted) and posted[i].extent.end <= tag.span.start:
            i += 1
        if i == len(posted) or tag.span.end <= posted[i].extent.start:
            kept.append(tag)
    return kept


def _is_restrictive(text: str, source: Span) -> bool:
    """Return whether a source is a relative pronoun that only picks out people: "drivers who want to cross"."""
    apart = text[max(0, source.start - 3) : source.start].rstrip().endswith((",", "–", "—", "-"))
    return source.of(text).lower() in _RESTRICTIVE and not apart


def _without_comma(text: str, source: Span | None) -> Span | None:
    """Return a source without the comma behind it, unless that closes an apposition or clause of the source.

    PolNeAR has it so 912 times of 917.
    """
    if source and source.of(text).endswith(",") and "," not in source.of(text)[:-1]:
        return Span(source.start, source.end - 1)
    return source


def _with_day(text: str, cue: Span, others: Iterable[Span]) -> Span:
    """Return a cue with the bare day directly behind it: "said Monday", "said Sunday night".

    It belongs to the cue (docs/annotation.md), and the tagger has it so about every other time, as PolNeAR does.
    """
    day = _DAY_BEHIND.match(text, cue.end)
    if not day or any(_overlap(Span(*day.span()), other) for other in others):
        return cue
    return Span(cue.start, day.end())


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _attribution_of_post(post: posts.Post) -> Attribution:
    return Attribution(
        content=(post.content,),
        cue=(),
        source=(post.source,),
        kind="direct",
        medium="post",
        act="speech",
        said=post.said,
        confidence=_POST_CONFIDENCE,
    )


def _attribution_of_link(
    document: linking.Document, link: linking.Link, published: dt.date | None
) -> Attribution | None:
    """Return the quote that a link makes, or None where its cue reports neither speech nor an attitude."""
    text = document.text
    if len(link.content) == 1 and link.content[0].of(text).lower() in _EMPTY_CONTENTS:
        return None
    if any(_overlap(span, each) for span in link.content for each in (link.cue, link.source) if each):
        return None  # "Now Melania" and "Melania": one of the tags is wrong, and nobody knows which
    kind = kinds.kind(text, link.content, document.stretches)
    cue, source, said = link.cue, _without_comma(text, link.source), None
    belief = tagging.belief(link.scores)
    act: Act = "speech"
    medium: Medium = "speech"
    put_forward: Polarity = "asserted"
    if cue is not None and any(character.isalnum() for character in cue.of(text)):
        sentence = document.sentences[document.sentence(cue.start)]
        before, after = text[sentence.start : cue.start], text[cue.end : sentence.end]
        if source and source.start > cue.end + 4 and text.endswith(" by ", cue.end, source.start):
            after = f" by {after}"  # "described as “a mess” by Ida Maro"
        reported = cues.reported_act(
            cue.of(text),
            link.content[0].of(text),
            source=source.of(text) if source else "",
            before=before,
            after=after,
            kind=kind,
            belief=belief,
        )
        if reported is None or (reported == "attitude" and source is not None and _is_restrictive(text, source)):
            return None
        act = reported
        put_forward = polarity.polarity(text, link.content, cue, sentence, kind)
        if cues.is_passive(cue.of(text), before, after):
            source = None
        if not cues.is_ahead(cue.of(text), before):
            said = dates.of_saying(text, sentence, link.content, cue, source, published)
        following = min([span.start for span in link.content if span.start >= cue.end], default=sentence.end)
        beside = text[cue.end : min(following, cue.end + _MAX_PLACE_DISTANCE)]
        if cues.is_post(cue.of(text), beside, source.of(text) if source else ""):
            medium = "post"
    elif cue is not None:
        cue = None
    return Attribution(
        content=link.content,
        cue=(_with_day(text, cue, (*link.content, *((source,) if source else ()))),) if cue else (),
        source=(source,) if source else (),
        kind=kind,
        medium=medium,
        act=act,
        said=said,
        confidence=round(belief, 4),
        scores=link.scores,
        polarity=put_forward,
    )
