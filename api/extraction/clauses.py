"""Reporting clauses that the tagger tore: sources cut short or missed, objects left out, the head of an interrupted clause.

Each rule moves the ends of tags by the words between them, and never over another tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from api.extraction import cues
from api.extraction.bodies import NOUNS
from api.extraction.kinds import overlapping
from api.extraction.lexicon import alternatives, word_list
from api.extraction.linking import Text
from api.extraction.sentences import trim
from api.extraction.spans import Span
from api.extraction.tagging import Tag
from api.extraction.words import CALENDAR, FUNCTION_WORDS, GROUPS, KINSHIP, ORGANISATION_HEADS, TITLES

_MISSED = 0.6  # belief in a source that a rule alone found, by judgement until it is calibrated
_WORDS = r"[^\W\d_][\w'’-]*"
# ", who runs the rescue service and is no relation of his, ", ", 44, whose father built it, "
_RELATIVE = re.compile(r"(?:,\s[^,;:.!?\"“”«»\n]{1,80})?,\s(?:who|whose|which)\s[^;:.!?\"“”«»\n]{1,300},\s+")
_CAPITALISED = r"[A-Z][^\W\d_]*(?:['’-][^\W\d_]+)*"
_NAME = rf"{_CAPITALISED}(?:\s(?:(?:of|de|da|van|von|der|al|bin)\s)?{_CAPITALISED}){{0,6}}"
_DESCRIBED = rf"(?:[Tt]he|[Aa]n?|[Hh]is|[Hh]er|[Ii]ts|[Tt]heir|[Oo]ne|[Aa]nother)\s(?:{_WORDS}\s){{0,6}}?{_WORDS}"
_NAMED = re.compile(
    rf"(?:{_DESCRIBED}|{_NAME}){_RELATIVE.pattern}|{_DESCRIBED},\s{_NAME},\s|{_NAME},\s{_DESCRIBED},\s",
)
_APPOSED = re.compile(_DESCRIBED)
_ENDS = re.compile(r",\s(?:who|whose|which)\s[^;:.!?\"“”«»\n]{1,300}[.!?]")
_ONE_CLAUSE = re.compile(r",\s(?:who|whose|which)\s[^,;:.!?\"“”«»\n]{1,120},(?=\s)")
_ASIDE = re.compile(r"\s(?:[a-z]+ly\s)?[a-z]+(?:ing|ed)\s[^;:.!?\"“”«»\n]{1,300},\s")  # " asked about the fire, "
_ADDED = re.compile(r"\s(?:and|but)\s(?P<cue>(?:(?:also|later|then)\s)?added)\s(?=that\s)")
# What only people do: of "the pumps had failed and blamed the board" Maro did the blaming, since pumps cannot.
_BLAMED = re.compile(
    rf"\s(?:and|but)\s(?P<cue>(?:(?:also|later|then)\s)?(?:{alternatives(word_list('blaming_verbs'))}))\s(?=\w)"
)
# " and Ida Maro said ", " while the board later warned that "
_JOINED = re.compile(
    rf",?\s(?:{alternatives(word_list('clause_conjunctions'))})\s(?P<source>{_NAME}|he|she|they|the\s(?:{_WORDS}\s){{0,3}}?{_WORDS}"
    rf"|(?:{alternatives(word_list('counting_words'))})(?:\s{_WORDS}){{0,6}}?)"
    r"\s(?P<cue>(?:(?:also|later|then)\s)?(?P<verb>[a-z]+))\s(?=(?P<that>that\s)?\w)"
)
# "said its chair, Ida Maro, “...": the words between a cue and the mark that opens again
_BETWEEN = re.compile(rf"(?P<source>{_DESCRIBED},\s{_NAME}|{_NAME},\s{_DESCRIBED}|{_NAME}|{_DESCRIBED}),\s(?=[\"“‘«])")
_CLOSING = ("”", '"', "’", "»")
# "a pledge [the mayor, Tom Pell, dismissed on Monday as “...”]"
_NOUN = re.compile(r"(?:an?|the)\s[a-z]+")
_DISMISSED = re.compile(
    rf"(?P<noun>,\s(?:an?|the)\s[a-z]+\s)?(?:(?:that|which)\s)?(?P<source>{_DESCRIBED},\s{_NAME},|{_NAME}|{_DESCRIBED})"
    rf"\s(?P<cue>{alternatives(word_list('dismissing_verbs'))})\s[^\"“‘«]{{0,40}}(?=[\"“‘«])"
)
_PLEDGE = re.compile(r"(?:an?|the)\s[a-z]+\s(?=(?:the|his|her|its|their)\s)")  # "a pledge the mayor ... dismissed"
_AS = re.compile(r"as\s(?=[\"“‘«])")
_CUT_NAME = re.compile(rf"(?:{_CAPITALISED}\s){{1,6}}")
_OBJECT = re.compile(rf"\s(?:{_WORDS}\s){{1,8}}")
_HEAD = re.compile(rf"{_WORDS}(?:\s{_WORDS}){{0,7}},\s")
_COMMA = re.compile(r",\s+")
_FINITE = re.compile(rf"(?:{alternatives(word_list('finite_verbs'))}|[a-z]+(?:ed|s))\b(?!['’])")
_SPEAKER = re.compile(rf"(?P<name>{_DESCRIBED}|{_NAME}),\s(?={_FINITE.pattern})")
_LAST = re.compile(rf",\s(?P<name>{_NAME}|he|she|they|the\s{_WORDS})$")
_ADDRESSING = cues.verbs("addressing")
_SPEAKERS = frozenset(
    word_list("speaking_pronouns")
    | GROUPS
    | ORGANISATION_HEADS.keys()
    | TITLES.keys()
    | NOUNS
    | KINSHIP.keys()
    | cues.DOCUMENTS
)
_DOER = re.compile(r"(?:er|or|our|ist|ian|ant|ent|ee|m[ae]n|people|person|body|one)s?$")
_TO = frozenset({"to", "not", "of"})
_FOR = cues.verbs("for")
# Capitalised at a sentence's start or for a day, and no part of a name.
_NO_NAME = FUNCTION_WORDS | CALENDAR
_SUBJECT_OPENERS = word_list("subject_openers")


def mend(read: Text, tags: list[Tag]) -> list[Tag]:
    """`tags`, in text order and apart, with the clauses around cues made whole; in text order and apart again."""
    found = list(_parted(read, [_in_one_paragraph(read, tags, i) for i in range(len(tags))]))
    i = 0
    while i < len(found):
        if found[i].part == "content":
            i += _pledged(read, found, i)
        elif found[i].part == "cue":
            _according(read, found, i)
            _called_for(read, found, i)
            _dismissed(read, found, i)
            _reduced(read, found, i)
            _between(read, found, i)
            i += _inverted(read, found, i)
            i += _source(read, found, i)
            _colon(read, found, i)
            _behind(read, found, i)
            _object(read, found, i)
            i += _head(read, found, i)
        i += 1
    return found


def _according(read: Text, found: list[Tag], i: int) -> None:
    """Take what follows "according to" for the source, where it was tagged as content: nobody says it."""
    after = found[i + 1] if i + 1 < len(found) else found[i]
    beside = after.part == "content" and read.text[found[i].span.end : after.span.start].isspace()
    cited = beside and found[i].span.of(read.text).lower().endswith("according to")
    if cited and not overlapping(after.span, read.stretches):
        found[i + 1] = after._replace(part="source")


def _called_for(read: Text, found: list[Tag], i: int) -> None:
    """Give a cue the "for" that it governs, where a content begins with it: "asked [for time]"."""
    cue, after = found[i], found[i + 1] if i + 1 < len(found) else found[i]
    words = cue.span.of(read.text).lower().split()
    start = after.span.start
    if (
        after.part == "content"
        and start == cue.span.end + 1
        and words[-1] in _FOR
        and read.text.startswith("for ", start)
    ):
        found[i] = cue._replace(span=Span(cue.span.start, start + len("for")))
        found[i + 1] = after._replace(span=Span(start + len("for "), after.span.end))


def _in_one_paragraph(read: Text, tags: list[Tag], i: int) -> Tag:
    """The source or cue tags[i] cut to the last of its paragraphs where the next tag stands in that, else to the first."""
    tag = tags[i]
    first, last = (read.paragraphs[read.paragraph(at)] for at in (tag.span.start, tag.span.end - 1))
    if tag.part == "content" or first == last:
        return tag
    if i + 1 < len(tags) and tags[i + 1].span.start < last.end:
        return tag._replace(span=Span(last.start, tag.span.end))
    return tag._replace(span=Span(tag.span.start, first.end))


def _parted(read: Text, tags: list[Tag]) -> Iterator[Tag]:
    """`tags`, where a content that runs over the next reporting clause is cut.

    "that it fell [and] added [that it rose]": not where someone else's words are reported before, who may have added it. "He
    would stay [and] Maro said [she would go]", "a bridge[, a pledge that] Pell called [“a dream”]": not within quotation marks.
    """
    for tag in tags:
        rest = tag
        if tag.part == "content":
            match = _ADDED.search(read.text, *tag.span) or _BLAMED.search(read.text, *tag.span)
            before = Span(tag.span.start, match.start()) if match else tag.span
            if (
                match
                and not overlapping(before, read.stretches)
                and cues.SAYING.isdisjoint(before.of(read.text).split())
                and (match.re is _ADDED or not _someone(before.of(read.text)))
            ):
                yield tag._replace(span=before)
                yield Tag("cue", Span(*match.span("cue")), tag.score)
                rest = tag._replace(span=Span(match.end(), tag.span.end))
            for match in _next_clauses(read, rest.span):
                yield tag._replace(span=Span(rest.span.start, match.start()))
                yield _source_of(match, tag.score)
                yield Tag("cue", Span(*match.span("cue")), tag.score)
                rest = tag._replace(span=Span(match.end(), tag.span.end))
        yield rest


def _someone(clause: str) -> bool:
    """Whether a clause may be about who or what can speak: a name, a pronoun, an office, a group, a body, a paper.

    A word that only ends like one, such as "harbour", counts too: where it is in doubt whose words they are, nothing is cut.
    """
    found = [word.strip(",;'’") for word in clause.split()]
    return any(
        word[:1].isupper() or word in _SPEAKERS or word.removesuffix("s") in _SPEAKERS or _DOER.search(word)
        for word in found
    )


def _next_clauses(read: Text, content: Span) -> Iterator[re.Match[str]]:
    """Where in a content other reporting clauses are joined to the words before, or another's words for what these are.

    Joined by "said" or "says", or a verb and "that". In order, none over another.
    """
    found = [match for match in _JOINED.finditer(read.text, *content) if _says(match)]
    found += [match for match in _DISMISSED.finditer(read.text, *content) if match["noun"]]
    end = content.start
    for match in sorted(found, key=lambda match: match.start()):
        if match.start() > end and not overlapping(Span(*match.span()), read.stretches):
            end = match.end()
            yield match


def _says(match: re.Match[str]) -> bool:
    """Whether what `_JOINED` found is someone who says something."""
    verb, name = match["verb"], match["source"]
    says = verb in ("said", "says") or (match["that"] and verb in cues.SAYING)
    return bool(says and (name[0].islower() or _names(name)))


def _source_of(match: re.Match[str], score: float) -> Tag:
    start, end = match.span("source")
    return Tag("source", Span(start, end - match["source"].endswith(",")), score)


def _dismissed(read: Text, tags: list[Tag], i: int) -> None:
    """Give the words with which someone else dismisses what the noun tags[i] stands for to that one.

    "Pell promised a bridge, <a pledge> [Maro called “a dream”]": the dream is Maro's word, and the noun reports none.
    """
    if i + 1 == len(tags) or tags[i + 1].part != "content" or not _NOUN.fullmatch(read.text, *tags[i].span):
        return
    content = tags[i + 1]
    match = _DISMISSED.match(read.text, *content.span)
    if match and match.end() < content.span.end:
        tags[i : i + 2] = [
            _source_of(match, content.score),
            Tag("cue", Span(*match.span("cue")), content.score),
            content._replace(span=Span(match.end(), content.span.end)),
        ]


def _pledged(read: Text, tags: list[Tag], i: int) -> int:
    """Part the content tags[i] that begins with what someone else dismisses: "a pledge [Maro called “a dream”]"."""
    content = tags[i]
    noun = _PLEDGE.match(read.text, *content.span)
    match = _DISMISSED.match(read.text, noun.end(), content.span.end) if noun else None
    if match is None or match.end() >= content.span.end:
        return 0
    tags[i : i + 1] = [
        _source_of(match, content.score),
        Tag("cue", Span(*match.span("cue")), content.score),
        content._replace(span=Span(match.end(), content.span.end)),
    ]
    return 2


def _reduced(read: Text, tags: list[Tag], i: int) -> None:
    """Cut the noun that is dismissed off the source before the cue tags[i], and "as" off what it is dismissed as."""
    if i == 0 or i + 1 == len(tags) or tags[i - 1].part != "source" or tags[i + 1].part != "content":
        return
    if noun := _PLEDGE.match(read.text, *tags[i - 1].span):
        end = tags[i - 1].span.end
        tags[i - 1] = tags[i - 1]._replace(span=Span(noun.end(), end - (read.text[end - 1] == ",")))
        if match := _AS.match(read.text, *tags[i + 1].span):
            tags[i + 1] = tags[i + 1]._replace(span=Span(match.end(), tags[i + 1].span.end))


def _between(read: Text, tags: list[Tag], i: int) -> None:
    """Give the cue tags[i] behind a quotation the source that stands between it and where the quotation goes on."""
    cue = tags[i].span
    if i + 1 == len(tags) or tags[i + 1].part != "content" or tags[i + 1].span.start != cue.end + 1:
        return
    content = tags[i + 1]
    match = _BETWEEN.match(read.text, *content.span)
    if (
        match
        and match.end() < content.span.end
        and read.text[max(cue.start - 2, 0) : cue.start].rstrip().endswith(_CLOSING)
    ):
        tags[i + 1 : i + 2] = [
            Tag("source", Span(*match.span("source")), content.score),
            content._replace(span=Span(match.end(), content.span.end)),
        ]


def _colon(read: Text, tags: list[Tag], i: int) -> None:
    """Give the cue tags[i] the colon that directly follows it: "<said:>"."""
    start, end = tags[i].span
    if read.text[end - 1].isalpha() and read.text.startswith(":", end):
        tags[i] = tags[i]._replace(span=Span(start, end + 1))


def _behind(read: Text, tags: list[Tag], i: int) -> None:
    """Give the source behind the cue tags[i] its relative clause; and the rest of the sentence to "According to Pell, ..."."""
    text, cue = read.text, tags[i].span
    if i + 1 == len(tags) or tags[i + 1].part != "source" or text[cue.end : tags[i + 1].span.start].strip():
        return
    source = tags[i + 1].span
    sentence = read.sentences[read.sentence(cue.start)]
    following = tags[i + 2].span.start if i + 2 < len(tags) else sentence.end
    if following < sentence.end:
        if _RELATIVE.fullmatch(text, source.end, following):
            tags[i + 1] = tags[i + 1]._replace(span=Span(source.start, trim(text, source.end, following).end))
        return
    if cue.start > sentence.start:
        if _ENDS.fullmatch(text, source.end, sentence.end):
            tags[i + 1] = tags[i + 1]._replace(span=Span(source.start, sentence.end - 1))
    elif cue.of(text).lower() == "according to":
        clause = _ONE_CLAUSE.match(text, source.end, sentence.end)
        comma = clause.end() - 1 if clause else source.end
        if text.startswith(", ", comma) and _FINITE.search(text, comma, sentence.end):
            tags[i + 1] = tags[i + 1]._replace(span=Span(source.start, clause.end() if clause else source.end))
            tags.insert(i + 2, Tag("content", trim(text, comma + 1, sentence.end), _MISSED))


def _inverted(read: Text, tags: list[Tag], i: int) -> int:
    """Undo a clause read the wrong way round: in "Pell, says Maro, is late" Maro speaks; "Pell ... is late" is what she says.

    So too where both names were taken for the source: "Pell, Maro told us, was late". Returns how many tags that put before
    the cue.
    """
    if not 0 < i < len(tags) - 1 or tags[i - 1].part != "source" or tags[i + 1].part != "content":
        return 0
    text, cue = read.text, tags[i].span
    subject, content = tags[i - 1], tags[i + 1]
    words = subject.span.of(text).rstrip(",")
    if subject.span.start != read.sentences[read.sentence(cue.start)].start or overlapping(
        content.span, read.stretches
    ):
        return 0
    head = Tag("content", Span(subject.span.start, subject.span.start + len(words)), content.score)
    said = _SPEAKER.match(text, *content.span)
    if said and "," not in words and text[head.span.end : cue.start] == ", " and cue.end + 1 == content.span.start:
        speaker = Tag("source", Span(*said.span("name")), subject.score)
        tags[i - 1 : i + 2] = [head, tags[i], speaker, content._replace(span=Span(said.end(), content.span.end))]
        return 0
    last = _LAST.search(words)
    if (
        last
        and "," not in words[: last.start()]
        and _FINITE.match(text, content.span.start)
        and (text[: content.span.start].endswith(", ") and text[subject.span.end : cue.start] == " ")
    ):
        start = subject.span.start
        tags[i - 1 : i] = [
            head._replace(span=Span(start, start + last.start())),
            Tag("source", Span(start + last.start("name"), start + last.end("name")), subject.score),
        ]
        return 1
    return 0


def _source(read: Text, tags: list[Tag], i: int) -> int:
    """Give the cue tags[i] its whole source before it; how many tags that put before the cue."""
    text, cue = read.text, tags[i].span
    sentence = read.sentences[read.sentence(cue.start)]
    if _apposed(read, tags, i):
        title, name = tags[i - 2 : i]
        tags[i - 2 : i] = [name._replace(span=Span(title.span.start, name.span.end))]
        return -1
    floor = max(sentence.start, tags[i - 1].span.end if i else 0)
    before = tags[i - 1] if i and tags[i - 1].part == "source" and tags[i - 1].span.start >= sentence.start else None
    if before:
        start, end = before.span
        free = i < 2 or tags[i - 2].span.end <= sentence.start
        lead = _CUT_NAME.fullmatch(text, sentence.start, start) if free else None
        if lead and text[start].isupper() and _names(lead[0]):
            start = lead.start()
        if text[end - 1] == "," and _ASIDE.fullmatch(text, end, cue.start):
            end -= 1
        elif _RELATIVE.fullmatch(text, end, cue.start):
            end = trim(text, end, cue.start).end
        tags[i - 1] = before._replace(span=Span(start, end))
        return 0
    match = _NAMED.fullmatch(text, floor, cue.start) if floor == sentence.start else None
    if match is None or match[0].split(maxsplit=1)[0].lower() in _NO_NAME - _SUBJECT_OPENERS:
        return 0
    tags.insert(i, Tag("source", trim(text, floor, cue.start), _MISSED))
    return 1


def _apposed(read: Text, tags: list[Tag], i: int) -> bool:
    """Whether the content two tags before a cue is the title of the source: “...,” [the chair], {Ida Lund}, <said>."""
    if i < 2 or tags[i - 1].part != "source" or tags[i - 2].part != "content":
        return False
    title, name = tags[i - 2].span, tags[i - 1].span
    quoted = overlapping(Span(max(0, title.start - 2), title.start), read.stretches)
    return (
        bool(quoted)
        and quoted[-1].closed
        and quoted[-1].span.end <= title.start
        and read.text[title.end : name.start] == ", "
        and read.text[name.end : tags[i].span.start].strip() == ""
        and _APPOSED.fullmatch(read.text, *title) is not None
    )


def _names(words: str) -> bool:
    """Whether capitalised words at a sentence's start can be the head of a name: none only opens the sentence."""
    return not any(word.lower() in _NO_NAME for word in words.split())


def _object(read: Text, tags: list[Tag], i: int) -> None:
    """Give the content after a cue of addressing its object: "urged [the town to wait]", "accused [Pell of haste]"."""
    if i + 1 == len(tags) or tags[i + 1].part != "content":
        return
    text, cue, content = read.text, tags[i].span, tags[i + 1]
    last = cues.words(cue.of(text))[-1:]
    first = content.span.of(text).split(maxsplit=1)[0]
    if last and last[0] in _ADDRESSING and first in _TO and _OBJECT.fullmatch(text, cue.end, content.span.start):
        tags[i + 1] = content._replace(span=Span(cue.end + 1, content.span.end))


def _head(read: Text, tags: list[Tag], i: int) -> int:
    """Give an interrupted clause the subject that opens its sentence: "[The pier], she said, [had fallen]".

    Returns how many tags that put before the cue tags[i].
    """
    text = read.text
    first = last = i
    if i and tags[i - 1].part == "source" and tags[i - 1].span.end + 1 == tags[i].span.start:
        first = i - 1
    elif i + 1 < len(tags) and tags[i + 1].part == "source" and tags[i].span.end + 1 == tags[i + 1].span.start:
        last = i + 1
    if first == last or last + 1 == len(tags) or tags[last + 1].part != "content":
        return 0
    rest = tags[last + 1].span
    start = read.sentences[read.sentence(tags[first].span.start)].start
    if start == tags[first].span.start or (first and tags[first - 1].span.end > start):
        return 0
    between = _COMMA.match(text, tags[last].span.end, rest.end)
    if between is None or between.end() < rest.start or not _FINITE.match(text, between.end()):
        return 0
    head = Span(start, tags[first].span.start)
    if not _HEAD.fullmatch(text, *head) or overlapping(Span(start, rest.end), read.stretches):
        return 0
    if text[start : head.end].split(maxsplit=1)[0].rstrip(",").lower() in _NO_NAME - _SUBJECT_OPENERS:
        return 0
    tags.insert(first, Tag("content", Span(start, trim(text, *head).end - 1), tags[last + 1].score))
    return 1
