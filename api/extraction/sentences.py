"""Split a text into paragraphs and sentences.

Both functions return trimmed spans in text order and take time linear in the length of the text, whatever it holds. Several
stages ask for the spans of the same text, so those of the last few texts are cached. Callers must not change them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache

from api.extraction.lexicon import alternatives, grouped, word_list
from api.extraction.spans import Span

OPENING = "\"'“‘«‹„‚‟‛「『([{"
CACHED_TEXTS = 8  # texts whose parts are cached: a few for each core, since several are extracted side by side
CLOSING = "\"'”’»›“‘」』)]}"

_ABBREVIATIONS = grouped("abbreviations")
_NEVER_LAST, _RANKS, _MAYBE_LAST, _NUMBERED = (_ABBREVIATIONS[each] for each in ("open", "rank", "closing", "numbered"))
OPENERS = word_list("sentence_openers")

_LINE = re.compile(r"[^\n\r\v\f\x85\u2028\u2029]+")
_BREAK = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_STOP = re.compile(rf"(?:[.!?…‽؟]+|[。！？]+)[{re.escape(CLOSING)}]*")
_REPORTS_AFTER_MARK = re.compile(
    rf"(?:[^\W\d_][\w.'’-]*\s+){{1,4}}?(?:{alternatives(word_list('verbs_after_quotation'))})\b"
)
_WORD = re.compile(r"[^\W\d_]+")
_INITIALS = re.compile(r"[a-z](?:\.[a-z])+")  # "J.R.R.", "U.S.C."
# A dateline before a paragraph's words: "LUND, May 3 (Harbour Wire) - ", "LUND (Harbour Wire) — ", "LUND — ", "(AP) — ".
_CITY, _AGENCY = r"[A-Z][A-Z .'’-]{2,40}", r"\([A-Z][^()\n]{1,40}\)"
DATELINE = re.compile(
    rf"(?:{_CITY},\s[^()\n]{{1,30}}\d(?:\s{_AGENCY})?|(?:{_CITY}\s)?{_AGENCY})\s*(?:--?|[–—])\s(?=\S)"
    rf"|{_CITY}\s(?:[–—]\s(?=[A-Z\"'“‘])|--?\s(?=[A-Z]))"
)
_COMMA_IN_MARKS = re.compile(r",[\"'”’»]$")
_ITEM = re.compile(r"(?:[-–—•*·]|\d{1,3}[.)])\s")
_MAX_ABBREVIATION = 12  # code points checked before a stop; the longest in the lexicon has 8
_WRAPPED_BLOCKS = 2  # from so many on that are surely wrapped, the text is known to be
_WRAPPED = range(40, 121)  # code points a line; narrower lines are verse or lists, wider ones are paragraphs


def trim(text: str, start: int, end: int) -> Span:
    """Return [start, end) of `text` without white space at its ends, empty at `start` if it is all white space."""
    while end > start and text[end - 1].isspace():
        end -= 1
    while start < end and text[start].isspace():
        start += 1
    return Span(start, end)


@lru_cache(maxsize=CACHED_TEXTS)
def paragraphs(text: str) -> list[Span]:
    """Return the paragraphs of `text`: its lines, except that lines hard-wrapped at one width are one paragraph."""
    found: list[Span] = []
    blocks = list(_blocks(text))
    known = sum(_is_wrapped(text, block) for block in blocks) >= _WRAPPED_BLOCKS
    for block in blocks:
        if _is_wrapped(text, block, known=known):
            found.append(Span(block[0].start, block[-1].end))
        else:
            found.extend(_joined(text, block))
    return found


@lru_cache(maxsize=CACHED_TEXTS)
def sentences(text: str) -> list[Span]:
    """Return the sentences of `text`. None crosses the end of a paragraph.

    A sentence includes the quotation marks and brackets that close on its stop. `"Why?" she asked.` is one sentence.
    """
    return [span for paragraph in paragraphs(text) for span in _split(text, paragraph)]


def _blocks(text: str) -> Iterator[list[Span]]:
    """Yield runs of lines with no blank line between them, each line trimmed."""
    block: list[Span] = []
    end = 0
    for match in _LINE.finditer(text):
        line = trim(text, match.start(), match.end())
        if block and (line.start == line.end or len(_BREAK.findall(text, end, match.start())) > 1):
            yield block
            block = []
        end = match.end()
        if line.start < line.end:
            block.append(line)
    if block:
        yield block


def _is_wrapped(text: str, block: list[Span], *, known: bool = False) -> bool:
    """Return whether lines are one paragraph broken at a width: none had room for the first word of the next.

    Lines that all end like sentences may be paragraphs all the same, unless the text is `known` to be wrapped.
    """
    width = max(line.end - line.start for line in block)
    if len(block) < 2 or width not in _WRAPPED:
        return False
    inside = known
    for line, following in itertools.pairwise(block):
        word = text[following.start : following.end].split(maxsplit=1)[0]
        if line.end - line.start + 1 + len(word) <= width:
            return False
        inside |= text[line.end - 1] not in ".!?…:" + CLOSING
    return inside


def _joined(text: str, block: list[Span]) -> Iterator[Span]:
    """Yield the lines of a block, those joined that are broken inside a sentence.

    Behind a comma and a closing mark a sentence goes on. Where a line opens with a small letter, the lines are wrapped, and
    each one that does not end like a sentence goes on.
    """
    wrapped = all(line.end - line.start < _WRAPPED.stop for line in block) and any(
        text[following.start].islower() and _goes_on(text, line) for line, following in itertools.pairwise(block)
    )
    start = block[0].start
    for line, following in itertools.pairwise(block):
        broken = (wrapped and _goes_on(text, line)) or _COMMA_IN_MARKS.search(text, max(line.end - 3, start), line.end)
        if not broken or _ITEM.match(text, following.start):
            yield Span(start, line.end)
            start = following.start
    yield Span(start, block[-1].end)


def _goes_on(text: str, line: Span) -> bool:
    """Return whether a line ends inside a sentence."""
    return text[line.end - 1] not in ".!?…:" + CLOSING


def _split(text: str, paragraph: Span) -> Iterator[Span]:
    """Yield the sentences of a paragraph."""
    start = paragraph.start
    for stop in _STOP.finditer(text, paragraph.start, paragraph.end):
        end = stop.end()
        if end >= paragraph.end:
            break
        if _ends(text, stop, paragraph.end):
            yield trim(text, start, end)
            start = end
    if start < paragraph.end:
        last = trim(text, start, paragraph.end)
        if last.start < last.end:
            yield last


def _ends(text: str, stop: re.Match[str], limit: int) -> bool:
    """Return whether a sentence ends at `stop`, judged by the word before it and the one after."""
    end = stop.end()
    if stop[0][0] in "。！？":
        return True
    closed = stop[0][-1] in CLOSING
    if not text[end].isspace():
        return closed and text[end].isupper() and text[end - 1] in "”»)"
    following = end
    while following < limit and text[following].isspace():
        following += 1
    if following == limit:
        return True
    first = text[following]
    if first in OPENING or first == "@" or first == "#":
        opener = True
    elif first.isalpha():
        if first.islower():
            return False
        word = _WORD.match(text, following, min(limit, following + 16))
        opener = word is not None and word[0].lower() in OPENERS and not text.startswith(".", word.end())
    else:
        opener = False
        if first in ",;:.?!%&)]}":
            return False
    if stop[0] != ".":
        return not (
            closed
            and (stop[0][0] in "?!…" or stop[0].startswith(".."))
            and _REPORTS_AFTER_MARK.match(text, following, min(limit, following + 80))
        )
    before = _word_before(text, stop.start())
    if before in _NEVER_LAST or (before in _RANKS and text[stop.start() - len(before)].isupper()):
        return False
    if before in _NUMBERED:
        return not first.isdigit()
    if before in _MAYBE_LAST or (len(before) == 1 and before.isalpha()):
        return opener and first not in "(["
    return _INITIALS.fullmatch(before) is None or opener


def _word_before(text: str, end: int) -> str:
    """Return the word that ends at `end` in lower case, without marks before it, or "" if it is too long to abbreviate."""
    start = end
    while start > 0 and not text[start - 1].isspace() and text[start - 1] not in OPENING + CLOSING + "-–—/":
        start -= 1
        if end - start > _MAX_ABBREVIATION:
            return ""
    return text[start:end].lower()
