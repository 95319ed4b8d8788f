"""Tell from a cue how a content is put forward: asserted, denied, questioned or hedged.

The words stand in lexicon/polarity_verbs.tsv and lexicon/polarity_words.tsv. docs/annotation.md has the convention.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from api.extraction.cues import SAYING, auxiliaries_before, clause_before, cue_words, inflected, is_attitude
from api.extraction.lexicon import alternatives, grouped, table, word_list
from api.extraction.spans import Kind, Polarity, Span

_WORDS = grouped("polarity_words")
_WORD_CLASSES = {word: group for group, words in _WORDS.items() for word in words if group != "passive"}
_VERB_CLASSES: dict[str, list[tuple[list[str], str]]] = {}  # by form of the verb: the words behind it, and the class
for _lemma, _class in table("polarity_verbs"):
    _verb, *_particles = _lemma.split()
    for _form in inflected(_verb):
        _VERB_CLASSES.setdefault(_form, []).append((_particles, _class))
_REPORTING = frozenset({"denying", "deriding", "asking", "doubting", "hedging"})
_BEFORE_VERBS = frozenset().union(*(_WORDS[group] for group in ("negating", "modal", "reporting")))
_ASK, _SUGGEST = inflected("ask"), inflected("suggest")
_NOT_ONLY = word_list("exclusive_adverbs")
_COORDINATIONS = frozenset({"and", "or", "but"})
# "is said to have told"
_SAID_TO = re.compile(
    rf"\b(?:{alternatives(word_list('forms_of_be'))})\s(?:\w+ly\s)?(?:{alternatives(_WORDS['passive'])})\sto"
    r"(?:\s(?:have|be|been|\w+ly))*\s\w"
)
_CLAIM = re.compile(
    rf"(?:[\w'’-]+\s){{0,3}}(?:{alternatives(word_list('claim_nouns'))})s?\s(?:that|of|about|he|she|it|they)\b"
)
_QUESTION = re.compile(rf"(?:{alternatives(word_list('complementisers') - {'that'}, frozenset({'about'}))})\b")
_GERUND = re.compile(r"[\w-]{3,}ing\b")
_OPENING_MARKS = "\"“‘'«"
_MAX_FOLLOWING = 60  # code points behind a cue in which its particles can stand: "ruled [out closing it]"


def of_given(text: str, content: tuple[Span, ...], cue: tuple[Span, ...], kind: Kind, within: list[Span]) -> Polarity:
    """Return how a quote that comes with its spans is put forward. `within` are the sentences of `text`, in order."""
    if not cue:
        return "asserted"
    whole = Span(cue[0].start, cue[-1].end)
    i = bisect_right(within, whole.start, key=lambda sentence: sentence.start) - 1
    return polarity(text, content, whole, within[i] if i >= 0 else whole, kind)


def polarity(text: str, content: tuple[Span, ...], cue: Span, sentence: Span, kind: Kind) -> Polarity:
    """Return how `content` is put forward by the words of its cue. `sentence` is that of the cue.

    Denied: the content is not so, or is turned down. Questioned: it is asked or doubted. Hedged: it is only held possible,
    or the article doubts that it was said. Asserted is all else.

    Words that stand in quotation marks as a whole are the speaker's own. A verb that denies says then what they do, and does
    not turn them round: “It never happened,” he denied.
    """
    spoken = content[0]
    before, after = text[sentence.start : cue.start], text[cue.end : sentence.end]
    tokens = cue_words(cue.of(text))
    words = [*auxiliaries_before(before, _BEFORE_VERBS), *tokens]
    is_behind = spoken.start > cue.start
    following = cue_words(text[cue.end : cue.end + _MAX_FOLLOWING]) if is_behind else []
    classes = _classes(words, following)
    reserved = _is_reserved(before, tokens, words, classes)
    by_another = "by" in tokens or after.lstrip().startswith("by ")
    if kind == "direct" and not by_another and _is_uttered(text, spoken, cue, sentence):
        if any("?" in span.of(text) for span in content) and not {"asking", "doubting"}.isdisjoint(classes):
            return "questioned"
        return "hedged" if reserved else "asserted"
    said = spoken.of(text).lstrip(_OPENING_MARKS).lower()
    if said.startswith("whether ") and is_behind:
        return "questioned"
    found = _composed(words, classes, said, is_behind=is_behind)
    return "hedged" if found == "asserted" and reserved else found


def _is_uttered(text: str, content: Span, cue: Span, sentence: Span) -> bool:
    """Return whether a quotation is a sentence of its own, and not the object of its cue: denied “any role”."""
    if content.start < cue.start or content.start >= sentence.end:
        return True
    return any(mark in text[cue.end - 1 : content.start] for mark in ":,.;—–")


def _classes(words: list[str], following: list[str]) -> list[str]:
    """Return the class of each word of a cue, or "". A verb with particles needs them behind it, in `following` too."""
    ahead = [*words, *following]
    classes = []
    for i, word in enumerate(words):
        fitting = [
            (len(particles), group)
            for particles, group in _VERB_CLASSES.get(word, ())
            if ahead[i + 1 : i + 1 + len(particles)] == particles
        ]
        classes.append(max(fitting)[1] if fitting else _WORD_CLASSES.get(word, ""))
    return classes


def _last_verb(words: list[str], classes: list[str]) -> int:
    """Return the index of the last word of a cue that reports, or -1."""
    reporting = [i for i, word in enumerate(words) if classes[i] in _REPORTING or word in SAYING or is_attitude(word)]
    return max(reporting, default=-1)


def _is_reserved(before: str, tokens: list[str], words: list[str], classes: list[str]) -> bool:
    """Return whether the article leaves open that it was said: "reportedly said", "may have said", "is said to have told"."""
    if not {"modal", "reporting"}.isdisjoint(classes[: max(0, _last_verb(words, classes))]):
        return True
    clause = " ".join(clause_before(before))
    return any(match.end() > len(clause) for match in _SAID_TO.finditer(" ".join([clause, *tokens])))


def _composed(words: list[str], classes: list[str], said: str, *, is_behind: bool) -> Polarity:
    """Return the polarity that the words of a cue give together. Each turns what stands behind it.

    "Did not rule out": ruling out denies, and not to deny leaves a thing possible.
    """
    found: Polarity = "asserted"
    last = _last_verb(words, classes)
    for i in range(last, -1, -1):
        behind = words[i + 1 :]
        match classes[i]:
            case "denying" if (
                not (found == "denied" and _COORDINATIONS.intersection(behind[:1])) and "as" not in behind
            ):
                found = _turned(found)
            case "deriding" if _CLAIM.match(said):
                found = _turned(found)
            case "asking" if words[i] not in _ASK or _is_question(behind, said, is_behind=is_behind):
                found = "questioned"
            case "doubting":
                found = "questioned"
            case "negating" if i < last and not _NOT_ONLY.intersection(behind[:1]):
                found = "asserted" if found == "questioned" else _turned(found)
            case "hedging" if found == "asserted" and not (words[i] in _SUGGEST and _GERUND.match(said)):
                found = "hedged"
    return found


def _turned(polarity: Polarity) -> Polarity:
    """Return what a denial of this polarity is. Not to deny a thing leaves it possible."""
    return "hedged" if polarity == "denied" else "denied"


def _is_question(behind: list[str], said: str, *, is_behind: bool) -> bool:
    """Return whether "asked" stands before a question, and not before a request: asked them to wait."""
    return not is_behind or _QUESTION.match(" ".join(behind)) is not None or _QUESTION.match(said) is not None
