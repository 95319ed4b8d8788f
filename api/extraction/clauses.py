"""Repair reporting clauses that the tagger tore.

Sources may be cut short or missed, objects left out, or an interrupted clause may lack its subject. Each rule moves the
ends of tags by the words between them, and never over another tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from api.extraction import cues
from api.extraction.bodies import NOUNS
from api.extraction.kinds import overlapping
from api.extraction.lexicon import alternatives, word_list
from api.extraction.linking import Document
from api.extraction.patterns import DESCRIBED, NAME
from api.extraction.sentences import trim
from api.extraction.spans import Span
from api.extraction.tagging import Part, Tag
from api.extraction.words import CALENDAR, FUNCTION_WORDS, GROUPS, KINSHIP, NAME_WORDS, ORGANISATION_HEADS, TITLES

_NAMED_BEFORE = 20_000  # code points back in which a name counts as known: keeps time linear whatever a text holds
_MISSED_SCORE = 0.6  # score of a source that a rule alone found: a judgement, not calibrated
_WORD_PATTERN = r"[^\W\d_][\w'’-]*"
# ", who runs the rescue service and is no relation of his, ", ", 44, whose father built it, "
_RELATIVE = re.compile(r"(?:,\s[^,;:.!?\"“”«»\n]{1,80})?,\s(?:who|whose|which)\s[^;:.!?\"“”«»\n]{1,300},\s+")
_CAPITALISED = r"[A-Z][^\W\d_]*(?:['’-][^\W\d_]+)*"
_SOURCE_WITH_COMMA = re.compile(
    rf"(?:{DESCRIBED}|{NAME}){_RELATIVE.pattern}|{DESCRIBED},\s{NAME},\s|{NAME},\s{DESCRIBED},\s",
)
_DESCRIPTION = re.compile(DESCRIBED)
_RELATIVE_TO_END = re.compile(r",\s(?:who|whose|which)\s[^;:.!?\"“”«»\n]{1,300}[.!?]")
_RELATIVE_CLAUSE = re.compile(r",\s(?:who|whose|which)\s[^,;:.!?\"“”«»\n]{1,120},(?=\s)")
_PARTICIPIAL_ASIDE = re.compile(
    r"\s(?:[a-z]+ly\s)?[a-z]+(?:ing|ed)\s[^;:.!?\"“”«»\n]{1,300},\s"
)  # " asked about the fire, "
_ADDED_CLAUSE = re.compile(r"\s(?:and|but)\s(?P<cue>(?:(?:also|later|then)\s)?added)\s(?=that\s)")
# Of "the pumps had failed and blamed the board" Maro did the blaming: pumps cannot.
_BLAMING_CLAUSE = re.compile(
    rf"\s(?:and|but)\s(?P<cue>(?:(?:also|later|then)\s)?(?:{alternatives(word_list('blaming_verbs'))}))\s(?=\w)"
)
# " and Ida Maro said ", " while the board later warned that "
_JOINED_CLAUSE = re.compile(
    rf",?\s(?:{alternatives(word_list('clause_conjunctions'))})\s"
    rf"(?P<source>{NAME}|he|she|they|the\s(?:{_WORD_PATTERN}\s){{0,3}}?{_WORD_PATTERN}"
    rf"|(?:{alternatives(word_list('counting_words'))})(?:\s{_WORD_PATTERN}){{0,6}}?)"
    r"\s(?P<cue>(?:(?:also|later|then)\s)?(?P<verb>[a-z]+))\s(?=(?P<that>that\s)?\w)"
)
# "said its chair, Ida Maro, “...": the words between a cue and the mark that opens again
_SOURCE_BETWEEN = re.compile(rf"(?P<source>{DESCRIBED},\s{NAME}|{NAME},\s{DESCRIBED}|{NAME}|{DESCRIBED}),\s(?=[\"“‘«])")
_CLOSING = ("”", '"', "’", "»")
# "a pledge [the mayor, Tom Pell, dismissed on Monday as “...”]"
_NOUN = re.compile(r"(?:an?|the)\s[a-z]+")
_DISMISSAL = re.compile(
    rf"(?P<noun>,\s(?:an?|the)\s[a-z]+\s)?(?:(?:that|which)\s)?(?P<source>{DESCRIBED},\s{NAME},|{NAME}|{DESCRIBED})"
    rf"\s(?P<cue>{alternatives(word_list('dismissing_verbs'))})\s[^\"“‘«]{{0,40}}(?=[\"“‘«])"
)
_NOUN_BEFORE_DETERMINER = re.compile(
    r"(?:an?|the)\s[a-z]+\s(?=(?:the|his|her|its|their)\s)"
)  # "a pledge the mayor ... dismissed"
_CITATION = re.compile(r",\s(?P<cue>citing|quoting)\s[^,;:.!?\"“”]{1,80},\s(?=that\s)")
_WHOM = re.compile(r"(?:(?:of|with|about)\s)?whom\s\w")
_WHO_SOMEONE = re.compile(rf"(?P<head>[^,]+),\s(?:whom?|which)\s(?P<name>{NAME})")
_AS_SAYING = re.compile(rf"(?P<source>{NAME}|him|her|them)\s(?P<cue>as\ssaying)(?:\s(?P<content>.+))?")
_AS = re.compile(r"as\s(?=[\"“‘«])")
_START_OF_NAME = re.compile(rf"(?:{_CAPITALISED}\s){{1,6}}")
_OBJECT = re.compile(rf"\s(?:{_WORD_PATTERN}\s){{1,8}}")
_SUBJECT = re.compile(rf"{_WORD_PATTERN}(?:\s{_WORD_PATTERN}){{0,7}},\s")
_COMMA = re.compile(r",\s+")
_FINITE = re.compile(rf"(?:{alternatives(word_list('finite_verbs'))}|[a-z]+(?:ed|s))\b(?!['’])")
_SPEAKER_AT_START = re.compile(rf"(?P<name>{DESCRIBED}|{NAME}),\s(?={_FINITE.pattern})")
_SPEAKER_AT_END = re.compile(rf",\s(?P<name>{NAME}|he|she|they|the\s{_WORD_PATTERN})$")
_ADDRESSING = cues.verbs("addressing")
_SPEAKER_WORDS = frozenset(
    word_list("speaking_pronouns")
    | GROUPS
    | ORGANISATION_HEADS.keys()
    | TITLES.keys()
    | NOUNS
    | KINSHIP.keys()
    | cues.DOCUMENTS
)
_SPEAKER_ENDING = re.compile(r"(?:er|or|our|ist|ian|ant|ent|ee|m[ae]n|people|person|body|one)s?$")
_OBJECT_LINKS = frozenset({"to", "not", "of"})
_FOR_VERBS = cues.verbs("for")
# Capitalised at the start of a sentence or as a day, and no part of a name.
_NOT_IN_NAMES = FUNCTION_WORDS | CALENDAR
_SUBJECT_OPENERS = word_list("subject_openers")


def repair(document: Document, tags: list[Tag]) -> list[Tag]:
    """Return `tags` with the clauses around cues repaired. Tags are in text order without overlaps, before and after."""
    found = list(_split_contents(document, [_cut_to_paragraph(document, tags, i) for i in range(len(tags))]))
    i = 0
    while i < len(found):
        if found[i].part == "content":
            i += _split_dismissed_noun(document, found, i)
        elif found[i].part == "cue":
            _retag_cited_source(document, found, i)
            if _drop_citation(document, found, i):
                continue
            i -= _drop_relative(document, found, i)
            i += _split_who(document, found, i)
            i += _turn_to_quoted(document, found, i)
            _move_for(document, found, i)
            _split_after_noun(document, found, i)
            _trim_dismissed_noun(document, found, i)
            _add_source_between(document, found, i)
            i += _undo_inversion(document, found, i)
            i += _extend_source_before(document, found, i)
            _add_colon(document, found, i)
            _extend_source_after(document, found, i)
            _add_object(document, found, i)
            i += _add_subject(document, found, i)
        i += 1
    return found


def _retag_cited_source(document: Document, found: list[Tag], i: int) -> None:
    """Turn the content right behind "according to" into its source: nobody says it."""
    after = found[i + 1] if i + 1 < len(found) else found[i]
    beside = after.part == "content" and document.text[found[i].span.end : after.span.start].isspace()
    cited = beside and found[i].span.of(document.text).lower().endswith("according to")
    if cited and not overlapping(after.span, document.stretches):
        found[i + 1] = after._replace(part="source")


def _drop_citation(document: Document, found: list[Tag], i: int) -> bool:
    """Drop the cue of an aside between another cue and its clause: "<reports>, citing Ida Maro, [that it fell]".

    Return whether it was one. Then tags[i] is the content.
    """
    if i == 0 or i + 1 == len(found) or found[i - 1].part != "cue" or found[i + 1].part not in ("content", "source"):
        return False
    text, cue = document.text, found[i].span
    end = found[i + 2].span.end if i + 2 < len(found) and found[i + 1].part == "source" else found[i + 1].span.end
    aside = _CITATION.match(text, found[i - 1].span.end, end)
    if aside is None or aside.start("cue") != cue.start:
        return False
    content = Tag("content", Span(aside.end(), end), found[i + 1].score)
    found[i : i + 1 + (end == found[i + 1].span.end or 2)] = [content]
    return True


def _drop_relative(document: Document, found: list[Tag], i: int) -> int:
    """Drop the content that is a relative clause of the source: "{Maro}, whom Pell called a liar, <said>".

    Return how many tags that removes before the cue tags[i].
    """
    if i < 2 or (found[i - 2].part, found[i - 1].part) != ("source", "content"):
        return 0
    text, source, content = document.text, found[i - 2].span, found[i - 1].span
    if not _WHOM.match(text, *content) or text[source.end : content.start].strip() not in ("", ","):
        return 0
    del found[i - 1]
    return 1


def _split_who(document: Document, found: list[Tag], i: int) -> int:
    """Split the source before the cue tags[i] that holds who is spoken of: "{Pell}, who {Maro} <said> [was late]".

    Return how many tags that adds before the cue.
    """
    match = _WHO_SOMEONE.fullmatch(document.text, *found[i - 1].span) if i and found[i - 1].part == "source" else None
    if match is None:
        return 0
    found[i - 1 : i] = [found[i - 1]._replace(span=Span(*match.span(part))) for part in ("head", "name")]
    return 1


def _turn_to_quoted(document: Document, found: list[Tag], i: int) -> int:
    """Give the words to the one quoted, not to who quotes: “It fell,” the Echo <quoted> Ida Maro as saying.

    Also in "Ida Maro <was quoted> by the Echo as saying [it fell]". Return how many tags that adds before the cue.
    """
    text, cue, after = document.text, found[i], found[i + 1 : i + 3]
    if not cue.span.of(text).endswith(("quoted", "quotes")):
        return 0
    if after and after[0].part == "content" and (match := _AS_SAYING.fullmatch(text, *after[0].span)):
        parts: list[tuple[Part, tuple[int, int]]] = [("source", match.span("source")), ("cue", match.span("cue"))]
        parts += [("content", match.span("content"))] if match["content"] else []
        quoting = i > 0 and found[i - 1].part == "source"
        found[i - quoting : i + 2] = [cue._replace(part=part, span=Span(*span)) for part, span in parts]
        return 1 - quoting
    if (
        [tag.part for tag in after] == ["source", "content"]
        and i > 0
        and found[i - 1].part == "content"
        and re.fullmatch(NAME, found[i - 1].span.of(text))
        and text.startswith("as saying ", after[1].span.start)
    ):
        found[i - 1] = found[i - 1]._replace(part="source")
        rest = after[1]._replace(span=Span(after[1].span.start + len("as saying "), after[1].span.end))
        found[i + 1 : i + 3] = [rest]
    return 0


def _move_for(document: Document, found: list[Tag], i: int) -> None:
    """Move the "for" that a cue governs from its content to the cue: "asked [for time]"."""
    cue, after = found[i], found[i + 1] if i + 1 < len(found) else found[i]
    words = cue.span.of(document.text).lower().split()
    start = after.span.start
    if (
        after.part == "content"
        and start == cue.span.end + 1
        and words[-1] in _FOR_VERBS
        and document.text.startswith("for ", start)
    ):
        found[i] = cue._replace(span=Span(cue.span.start, start + len("for")))
        found[i + 1] = after._replace(span=Span(start + len("for "), after.span.end))


def _cut_to_paragraph(document: Document, tags: list[Tag], i: int) -> Tag:
    """Return the source or cue tags[i] cut to one paragraph: its last one if the next tag stands there, else its first."""
    tag = tags[i]
    first, last = (document.paragraphs[document.paragraph(at)] for at in (tag.span.start, tag.span.end - 1))
    if tag.part == "content" or first == last:
        return tag
    if i + 1 < len(tags) and tags[i + 1].span.start < last.end:
        return tag._replace(span=Span(last.start, tag.span.end))
    return tag._replace(span=Span(tag.span.start, first.end))


def _split_contents(document: Document, tags: list[Tag]) -> Iterator[Tag]:
    """Yield `tags` with each content cut where it runs over the next reporting clause.

    An added clause: "that it fell [and] added [that it rose]". Not where someone else's words are reported before: that one
    may have added it. A joined clause: "he would stay [and] Maro said [she would go]". A dismissed noun: "a bridge[, a
    pledge that] Pell called [“a dream”]". Nothing is cut within quotation marks.
    """
    for tag in tags:
        rest = tag
        if tag.part == "content":
            match = _ADDED_CLAUSE.search(document.text, *tag.span) or _BLAMING_CLAUSE.search(document.text, *tag.span)
            before = Span(tag.span.start, match.start()) if match else tag.span
            if (
                match
                and not overlapping(before, document.stretches)
                and cues.SAYING.isdisjoint(before.of(document.text).split())
                and (match.re is _ADDED_CLAUSE or not _may_mention_speaker(before.of(document.text)))
            ):
                yield tag._replace(span=before)
                yield Tag("cue", Span(*match.span("cue")), tag.score)
                rest = tag._replace(span=Span(match.end(), tag.span.end))
            for match in _next_clauses(document, rest.span):
                yield tag._replace(span=Span(rest.span.start, match.start()))
                yield _source_tag(match, tag.score)
                yield Tag("cue", Span(*match.span("cue")), tag.score)
                rest = tag._replace(span=Span(match.end(), tag.span.end))
        yield rest


def _may_mention_speaker(clause: str) -> bool:
    """Return whether a clause may be about someone or something that can speak.

    That is a name, a pronoun, an office, a group, a body or a paper. A word that only ends like one ("harbour") counts too:
    where it is doubtful whose words follow, nothing is cut.
    """
    found = [word.strip(",;'’") for word in clause.split()]
    return any(
        word[:1].isupper()
        or word in _SPEAKER_WORDS
        or word.removesuffix("s") in _SPEAKER_WORDS
        or _SPEAKER_ENDING.search(word)
        for word in found
    )


def _next_clauses(document: Document, content: Span) -> Iterator[re.Match[str]]:
    """Yield the matches in a content where another reporting clause begins, in order and without overlaps.

    A joined clause has "said" or "says", or a verb and "that". The others give someone's words for a noun that stands for
    the content.
    """
    found = [match for match in _JOINED_CLAUSE.finditer(document.text, *content) if _is_reporting(match)]
    found += [match for match in _DISMISSAL.finditer(document.text, *content) if match["noun"]]
    end = content.start
    for match in sorted(found, key=lambda match: match.start()):
        if match.start() > end and not overlapping(Span(*match.span()), document.stretches):
            end = match.end()
            yield match


def _is_reporting(match: re.Match[str]) -> bool:
    """Return whether a match of `_JOINED_CLAUSE` is someone who says something."""
    verb, name = match["verb"], match["source"]
    says = verb in ("said", "says") or (match["that"] and verb in cues.SAYING)
    return bool(says and (name[0].islower() or _can_open_name(name)))


def _source_tag(match: re.Match[str], score: float) -> Tag:
    """Return the source of a match, without a comma behind it."""
    start, end = match.span("source")
    return Tag("source", Span(start, end - match["source"].endswith(",")), score)


def _split_after_noun(document: Document, tags: list[Tag], i: int) -> None:
    """Give the words with which someone dismisses the noun tags[i] to that one.

    "Pell promised a bridge, <a pledge> [Maro called “a dream”]": the dream is Maro's word, and the noun reports none.
    """
    if i + 1 == len(tags) or tags[i + 1].part != "content" or not _NOUN.fullmatch(document.text, *tags[i].span):
        return
    content = tags[i + 1]
    match = _DISMISSAL.match(document.text, *content.span)
    if match and match.end() < content.span.end:
        tags[i : i + 2] = [
            _source_tag(match, content.score),
            Tag("cue", Span(*match.span("cue")), content.score),
            content._replace(span=Span(match.end(), content.span.end)),
        ]


def _split_dismissed_noun(document: Document, tags: list[Tag], i: int) -> int:
    """Split the content tags[i] that begins with what someone else dismisses: "a pledge [Maro called “a dream”]".

    Return how many tags that adds.
    """
    content = tags[i]
    noun = _NOUN_BEFORE_DETERMINER.match(document.text, *content.span)
    match = _DISMISSAL.match(document.text, noun.end(), content.span.end) if noun else None
    if match is None or match.end() >= content.span.end:
        return 0
    tags[i : i + 1] = [
        _source_tag(match, content.score),
        Tag("cue", Span(*match.span("cue")), content.score),
        content._replace(span=Span(match.end(), content.span.end)),
    ]
    return 2


def _trim_dismissed_noun(document: Document, tags: list[Tag], i: int) -> None:
    """Cut the dismissed noun off the source before the cue tags[i], and "as" off the content after it."""
    if i == 0 or i + 1 == len(tags) or tags[i - 1].part != "source" or tags[i + 1].part != "content":
        return
    if noun := _NOUN_BEFORE_DETERMINER.match(document.text, *tags[i - 1].span):
        end = tags[i - 1].span.end
        tags[i - 1] = tags[i - 1]._replace(span=Span(noun.end(), end - (document.text[end - 1] == ",")))
        if match := _AS.match(document.text, *tags[i + 1].span):
            tags[i + 1] = tags[i + 1]._replace(span=Span(match.end(), tags[i + 1].span.end))


def _add_source_between(document: Document, tags: list[Tag], i: int) -> None:
    """Give the cue tags[i] behind a quotation the source that stands between it and where the quotation continues."""
    cue = tags[i].span
    if i + 1 == len(tags) or tags[i + 1].part != "content" or tags[i + 1].span.start != cue.end + 1:
        return
    content = tags[i + 1]
    match = _SOURCE_BETWEEN.match(document.text, *content.span)
    if (
        match
        and match.end() < content.span.end
        and document.text[max(cue.start - 2, 0) : cue.start].rstrip().endswith(_CLOSING)
    ):
        tags[i + 1 : i + 2] = [
            Tag("source", Span(*match.span("source")), content.score),
            content._replace(span=Span(match.end(), content.span.end)),
        ]


def _add_colon(document: Document, tags: list[Tag], i: int) -> None:
    """Give the cue tags[i] the colon that directly follows it: "<said:>"."""
    start, end = tags[i].span
    if document.text[end - 1].isalpha() and document.text.startswith(":", end):
        tags[i] = tags[i]._replace(span=Span(start, end + 1))


def _extend_source_after(document: Document, tags: list[Tag], i: int) -> None:
    """Extend the source behind the cue tags[i] by its relative clause.

    Behind "According to Pell," the rest of the sentence becomes the content.
    """
    text, cue = document.text, tags[i].span
    if i + 1 == len(tags) or tags[i + 1].part != "source" or text[cue.end : tags[i + 1].span.start].strip():
        return
    source = tags[i + 1].span
    sentence = document.sentences[document.sentence(cue.start)]
    following = tags[i + 2].span.start if i + 2 < len(tags) else sentence.end
    if following < sentence.end:
        if _RELATIVE.fullmatch(text, source.end, following):
            tags[i + 1] = tags[i + 1]._replace(span=Span(source.start, trim(text, source.end, following).end))
        return
    if cue.start > sentence.start:
        if _RELATIVE_TO_END.fullmatch(text, source.end, sentence.end):
            tags[i + 1] = tags[i + 1]._replace(span=Span(source.start, sentence.end - 1))
    elif cue.of(text).lower() == "according to":
        clause = _RELATIVE_CLAUSE.match(text, source.end, sentence.end)
        comma = clause.end() - 1 if clause else source.end
        if text.startswith(", ", comma) and _FINITE.search(text, comma, sentence.end):
            tags[i + 1] = tags[i + 1]._replace(span=Span(source.start, clause.end() if clause else source.end))
            tags.insert(i + 2, Tag("content", trim(text, comma + 1, sentence.end), _MISSED_SCORE))


def _undo_inversion(document: Document, tags: list[Tag], i: int) -> int:
    """Undo a clause that was read the wrong way round.

    In "Pell, says Maro, is late" Maro speaks, and "Pell ... is late" is what she says. Both names may also have been tagged
    as one source: "Pell, Maro told us, was late". Return how many tags that adds before the cue.
    """
    if not 0 < i < len(tags) - 1 or tags[i - 1].part != "source" or tags[i + 1].part != "content":
        return 0
    text, cue = document.text, tags[i].span
    subject, content = tags[i - 1], tags[i + 1]
    words = subject.span.of(text).rstrip(",")
    if subject.span.start != document.sentences[document.sentence(cue.start)].start or overlapping(
        content.span, document.stretches
    ):
        return 0
    head = Tag("content", Span(subject.span.start, subject.span.start + len(words)), content.score)
    said = _SPEAKER_AT_START.match(text, *content.span)
    if said and "," not in words and text[head.span.end : cue.start] == ", " and cue.end + 1 == content.span.start:
        speaker = Tag("source", Span(*said.span("name")), subject.score)
        tags[i - 1 : i + 2] = [head, tags[i], speaker, content._replace(span=Span(said.end(), content.span.end))]
        return 0
    last = _SPEAKER_AT_END.search(words)
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


def _extend_source_before(document: Document, tags: list[Tag], i: int) -> int:
    """Give the cue tags[i] its whole source before it. Return how many tags that adds before the cue."""
    text, cue = document.text, tags[i].span
    sentence = document.sentences[document.sentence(cue.start)]
    if _is_title_of_source(document, tags, i):
        title, name = tags[i - 2 : i]
        tags[i - 2 : i] = [name._replace(span=Span(title.span.start, name.span.end))]
        return -1
    floor = max(sentence.start, tags[i - 1].span.end if i else 0)
    before = tags[i - 1] if i and tags[i - 1].part == "source" and tags[i - 1].span.start >= sentence.start else None
    if before:
        start, end = before.span
        free = i < 2 or tags[i - 2].span.end <= sentence.start
        lead = _START_OF_NAME.fullmatch(text, sentence.start, start) if free else None
        if lead and text[start].isupper() and (_can_open_name(lead[0]) or _is_day_name(text, lead, before.span)):
            start = lead.start()
        if text[end - 1] == "," and _PARTICIPIAL_ASIDE.fullmatch(text, end, cue.start):
            end -= 1
        elif _RELATIVE.fullmatch(text, end, cue.start):
            end = trim(text, end, cue.start).end
        tags[i - 1] = before._replace(span=Span(start, end))
        return 0
    match = _SOURCE_WITH_COMMA.fullmatch(text, floor, cue.start) if floor == sentence.start else None
    if match is None or match[0].split(maxsplit=1)[0].lower() in _NOT_IN_NAMES - _SUBJECT_OPENERS:
        return 0
    tags.insert(i, Tag("source", trim(text, floor, cue.start), _MISSED_SCORE))
    return 1


def _is_title_of_source(document: Document, tags: list[Tag], i: int) -> bool:
    """Return whether the content two tags before a cue is the title of the source: “...,” [the chair], {Ida Lund}, <said>."""
    if i < 2 or tags[i - 1].part != "source" or tags[i - 2].part != "content":
        return False
    title, name = tags[i - 2].span, tags[i - 1].span
    quoted = overlapping(Span(max(0, title.start - 2), title.start), document.stretches)
    return (
        bool(quoted)
        and quoted[-1].closed
        and quoted[-1].span.end <= title.start
        and document.text[title.end : name.start] == ", "
        and document.text[name.end : tags[i].span.start].strip() == ""
        and _DESCRIPTION.fullmatch(document.text, *title) is not None
    )


def _can_open_name(words: str) -> bool:
    """Return whether capitalised words at the start of a sentence can open a name: none of them only opens the sentence."""
    return not any(word.lower() in _NOT_IN_NAMES for word in words.split())


def _is_day_name(text: str, lead: re.Match[str], surname: Span) -> bool:
    """Return whether a day or month before a surname is a first name: "Sunday Roe said".

    Not where the text names Roe before: then he spoke on Sunday.
    """
    name = surname.of(text)
    first = lead[0].strip().lower()
    known = text.find(name, max(lead.start() - _NAMED_BEFORE, 0), lead.start()) >= 0
    return first in CALENDAR & NAME_WORDS and name.isalpha() and not known


def _add_object(document: Document, tags: list[Tag], i: int) -> None:
    """Give the content after a cue of addressing its object: "urged [the town to wait]", "accused [Pell of haste]"."""
    if i + 1 == len(tags) or tags[i + 1].part != "content":
        return
    text, cue, content = document.text, tags[i].span, tags[i + 1]
    last = cues.cue_words(cue.of(text))[-1:]
    first = content.span.of(text).split(maxsplit=1)[0]
    if (
        last
        and last[0] in _ADDRESSING
        and first in _OBJECT_LINKS
        and _OBJECT.fullmatch(text, cue.end, content.span.start)
    ):
        tags[i + 1] = content._replace(span=Span(cue.end + 1, content.span.end))


def _add_subject(document: Document, tags: list[Tag], i: int) -> int:
    """Give an interrupted clause the subject that opens its sentence: "[The pier], she said, [had fallen]".

    Return how many tags that adds before the cue tags[i].
    """
    text = document.text
    first = last = i
    if i and tags[i - 1].part == "source" and tags[i - 1].span.end + 1 == tags[i].span.start:
        first = i - 1
    elif i + 1 < len(tags) and tags[i + 1].part == "source" and tags[i].span.end + 1 == tags[i + 1].span.start:
        last = i + 1
    if first == last or last + 1 == len(tags) or tags[last + 1].part != "content":
        return 0
    rest = tags[last + 1].span
    start = document.sentences[document.sentence(tags[first].span.start)].start
    if start == tags[first].span.start or (first and tags[first - 1].span.end > start):
        return 0
    between = _COMMA.match(text, tags[last].span.end, rest.end)
    if between is None or between.end() < rest.start or not _FINITE.match(text, between.end()):
        return 0
    head = Span(start, tags[first].span.start)
    if not _SUBJECT.fullmatch(text, *head) or overlapping(Span(start, rest.end), document.stretches):
        return 0
    if text[start : head.end].split(maxsplit=1)[0].rstrip(",").lower() in _NOT_IN_NAMES - _SUBJECT_OPENERS:
        return 0
    tags.insert(first, Tag("content", Span(start, trim(text, *head).end - 1), tags[last + 1].score))
    return 1
