"""Cues: what kind of act a reporting expression stands for, read with the lexicon of its lemmas (lexicon/cues.toml)."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from pathlib import Path

from api.extraction.spans import Act, Kind

_WORD = re.compile(r"n['’]t\b|['’](?:s|re|ve|m|d|ll)\b|[^\W\d_]+(?:-[^\W\d_]+)*")
_NEGATED = re.compile(r"(?<=\w)(n['’]t)\b")
_lexicon = tomllib.loads((Path(__file__).parent / "lexicon" / "cues.toml").read_text(encoding="utf-8"))


def _inflected(lemma: str) -> set[str]:
    """The forms of a verb: the lexicon's when it is irregular there, else by the spelling rules."""
    if lemma in _lexicon["forms"]:
        return {lemma, *_lexicon["forms"][lemma].split()}
    if re.search(r"[^aeiou]y$", lemma):
        return {lemma, f"{lemma[:-1]}ies", f"{lemma[:-1]}ied", f"{lemma}ing"}
    third = f"{lemma}es" if re.search(r"(?:s|x|z|ch|sh)$", lemma) else f"{lemma}s"
    if lemma.endswith("e"):
        return {lemma, third, f"{lemma}d", f"{lemma[:-1]}ing"}
    return {lemma, third, f"{lemma}ed", f"{lemma}ing"}


def forms(words: str) -> frozenset[str]:
    """Every form of the verbs whose lemmas are in `words`, apart by blanks."""
    return frozenset(form for lemma in words.split() for form in _inflected(lemma))


def _nouns(words: str) -> frozenset[str]:
    return frozenset(form for word in words.split() for form in (word, f"{word}s", re.sub(r"y$", "ies", word)))


SAYING = forms(_lexicon["speech"]["verbs"])
"""Every form of every verb of saying."""
_FINDING = forms(_lexicon["speech"]["findings"])
DOCUMENTS = _nouns(_lexicon["speech"]["documents"])
_ADJECTIVES = frozenset(_lexicon["attitude"]["adjectives"].split())
_HOLDING = forms(_lexicon["attitude"]["verbs"]) | _ADJECTIVES
_POSTING = forms(_lexicon["post"]["verbs"])
_PLACE = re.compile(rf"\b(?:{'|'.join(_lexicon['post']['places'])})\b")
_DELIBERATING = frozenset(_lexicon["speech"]["deliberating"].split())
_SPEECH_NOUNS = _nouns(_lexicon["speech"]["nouns"])
_ATTITUDE_NOUNS = _nouns(_lexicon["attitude"]["nouns"])
_LIGHT = frozenset(_lexicon["neither"]["light"].split())
_THINKING = forms(_lexicon["attitude"]["thinking"])
_PASSIVE = forms(_lexicon["passive"]["verbs"])
_PARTICIPLES = _PASSIVE | (SAYING | _HOLDING) - _ADJECTIVES
_BE = frozenset(["is", "are", "was", "were", "been", "being", "be", "am", "'re", "'m"])
_COMPLEMENTISER = re.compile(r"(?:that|whether|if|how|why|what|who|when|where|which)\b", re.IGNORECASE)
_NOT = _lexicon["not_saying"]
_NEGATIONS = frozenset(_NOT["negations"].split()) | {"n’t"}
_AVOIDING = forms(_NOT["verbs"])
_UNSAID = frozenset(_NOT["objects"].split())
_NOBODY = frozenset(_NOT["nobody"].split())
_EXEMPT = forms(_NOT["exempt"])
_NOTHING = re.compile(r"(?:no\s+(?:comments?|statements?|answers?|reply|response|mention|details?)|nothing|none)\b")
# What someone asks of the writer is no quote: "a man who asked not to be named".
_UNNAMED = re.compile(
    r"(?:not to be (?:named|identified|quoted)|to remain anonymous|(?:for|on condition of) anonymity)\b"
)
# Who passes a question on says nothing: "referred questions to the mayor's office".
_PASSING_ON = forms("refer direct redirect forward")
_QUESTIONS = re.compile(
    r"(?:(?:all|any|further|media|press)\s)*(?:questions?|queries|inquiries|enquiries|requests?|calls)\b"
)
_OUGHT = frozenset({"must", "should", "ought"})
_MIGHT = frozenset({"can", "could", "may", "might", "cannot"})
_NOT_ONLY = frozenset({"only", "just", "merely", "simply"})
_ADVERBS = frozenset(_lexicon["neither"]["adverbs"].split())
_CLAUSE = re.compile(r"[^\w\s'’-]")
_QUESTION = re.compile(
    r"(?:(?:and|but|so)\s)?(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|should|may|might|must|what|why|how|who"
    r"|when|where|which)\b",
    re.IGNORECASE,
)
_CITING = forms("order") | {"quote", "quotes", "quoting"}
# Alone and with nobody in front they tell a name: rolls called “moons”.
_NAMING = frozenset({"called", "named", "dubbed", "labelled", "labeled", "branded", "nicknamed", "billed"})
_ASKING = forms("ask inquire wonder")
_PICTURE = re.compile(
    r"(?:(?:an?|the|his|her|their|its|another|\d+|two|several|some)\s)?(?:[\w-]+\s)?(?:clip|footage|image|link|photo|photograph|picture|selfie|video)s?\b"
)
# The belief in a quote from which a cue counts that no list knows. From 0.4 to 0.7 precision rises as recall falls, on articles
# held out as on the development split: 0.6 keeps the precision of quotes on our own articles. See docs/extraction.md.
_TRUSTED = 0.6
_MARKS = "\"“‘'«"
_LOOK_BACK = 40  # code points before a cue in which "did not yet" or "refused to" may stand outside of it


def words(cue: str) -> list[str]:
    """The words of a cue, lower case, "didn't" as "did" and "n't"."""
    return [word.replace("’", "'") for word in _WORD.findall(_NEGATED.sub(r" \1", cue.lower()))]


def read(
    cue: str,
    content: str,
    *,
    source: str = "",
    before: str = "",
    after: str = "",
    kind: Kind = "indirect",
    belief: float = 0.0,
) -> Act | None:
    """The act of `content` that `cue` reports; None where it is neither, where nothing was said, or nobody says it.

    Nobody says what someone was asked ("Asked whether he would go", "was told"), and in a question nothing is told.

    `source` is who the cue seems to stand with. `belief` is how likely the quote is one: where that is high, a cue stands
    for an attitude that no list knows, that has nobody who holds it ("is expected"), or of which it is not told that it
    was said ("could announce"). `before` and `after` are the text around the cue in its sentence. More cues count as
    saying where `kind` tells that the content stands in quotation marks, and any ("Maro smiled") beside a whole sentence in
    them.
    """
    lowered, said = " ".join(cue.lower().split()), content.lstrip("\"“‘'«").lower()
    if any(phrase in lowered for phrase in _lexicon["speech"]["phrases"]):
        return "speech"
    if any(phrase in lowered for phrase in _lexicon["attitude"]["phrases"]):
        return "attitude"
    tokens = words(cue)
    if _NOBODY.intersection(words(source)[:1]) or (
        _QUESTIONS.match(said) and _PASSING_ON.intersection(tokens) and "to" not in tokens
    ):
        return None
    trusted: Act | None = "attitude" if belief >= _TRUSTED else None
    head = next((i for i, word in enumerate(tokens) if _lexical(word)), None)
    if head is None:  # "continued" alone
        head = next((i for i, word in enumerate(tokens) if word in SAYING), None)
    if head is None:
        whole = _is_sentence(content) or _is_exclaimed(content, cue, before, after)
        uttered = kind == "direct" and whole and tokens and _NEGATIONS.isdisjoint(tokens)
        return "speech" if uttered else trusted if tokens else None
    if _QUESTION.match(before.lstrip()) and after.endswith("?") and _ASKING.isdisjoint(tokens):
        return None
    context = _context(before)
    if (
        _ordered(tokens[head], said, kind)
        or _pictures(tokens[head], said)
        or (not source and tokens[0] in _NAMING and len(tokens) == 1 and content[:1] in _MARKS)
        or _unsaid(tokens, head, context, lowered, content.lower())
    ):
        return None
    quoted = kind != "indirect"
    word, clause = tokens[head], quoted or _COMPLEMENTISER.match(said) is not None
    ahead = _OUGHT | (frozenset() if quoted else _MIGHT)
    modal = ahead.intersection(tokens[:head]) or ahead.intersection(_auxiliaries(context))
    act: Act
    if kind == "direct" and word in _HOLDING and word not in _THINKING and _is_sentence(content):
        act = "speech"  # words in marks were uttered: "Pell disagreed: 'Who else would have us?'"
    elif word in _DELIBERATING and tokens[max(0, head - 1)] == "to":
        act = "attitude"  # "met to discuss whether"
    elif word in SAYING and word in _HOLDING:
        act = "speech" if clause else "attitude"
    elif word in SAYING:
        act = "speech"
    elif word in _FINDING and not (word in _ADJECTIVES and _BE.intersection(tokens[:head])):
        if not clause and DOCUMENTS.isdisjoint(words(source)):
            return trusted
        act = "speech"
    elif word in _HOLDING or word in _ATTITUDE_NOUNS:
        act = "attitude"
    else:
        act = "speech" if clause or said.startswith("to ") else "attitude"
    opening = cue[:1].isupper() and not before.strip()
    name = source.rstrip(",")
    behind = name != "" and "," not in name and before.rstrip().endswith(f"{name},")
    when = next((word for word in reversed(context) if not (word.endswith("ly") or word in _ADVERBS)), "") == "when"
    if _asked(tokens, head, context, after, source) and (opening or behind or when):
        return None
    if _is_passive(tokens, head, context, after):
        return None if word in SAYING else trusted
    return trusted if modal and (act == "speech" or _OUGHT & modal) else act


def is_passive(cue: str, before: str, after: str) -> bool:
    """Whether the subject of a cue is spoken or thought of, and so no source: "is expected", "was asked", without a "by".

    `before` and `after` are the text around the cue in its sentence.
    """
    tokens = words(cue)
    head = next((i for i, word in enumerate(tokens) if _lexical(word)), None)
    return head is not None and _is_passive(tokens, head, _context(before), after)


def _ordered(verb: str, content: str, kind: Kind) -> bool:
    """Whether a thing was ordered or cited rather than said: "ordered two breakfasts", "quoting reference 4471"."""
    return kind == "indirect" and verb in _CITING and not re.search(r"\b(?:to|that)\b", content)


def _pictures(verb: str, content: str) -> bool:
    """Whether what was posted is a picture rather than words."""
    return verb in _POSTING and _PICTURE.match(content) is not None


def is_post(cue: str, beside: str) -> bool:
    """Whether a cue, with the words `beside` it that are no content, reports a post on a social medium."""
    return not _POSTING.isdisjoint(words(cue)) or _PLACE.search(f"{cue} {beside}".lower()) is not None


def is_ahead(cue: str, before: str) -> bool:
    """Whether what a cue reports is still to come ("will announce"); `before` is the text before the cue."""
    return not {"will", "'ll"}.isdisjoint(words(cue) + _auxiliaries(_context(before)))


def _context(before: str) -> list[str]:
    """The words of its clause that stand close before a cue."""
    return words(_CLAUSE.split(before[-_LOOK_BACK:])[-1])


def _is_sentence(content: str) -> bool:
    """Whether quoted words are a sentence rather than a phrase: four words or more that end in a stop or comma."""
    return len(content.split()) > 3 and content.rstrip("\"”“’'»").endswith((".", ",", "!", "?", "…"))


def _is_exclaimed(content: str, cue: str, before: str, after: str) -> bool:
    """Whether a few quoted words are all that was uttered and no title: Pell heckled: “No.”, or “No,” Pell heckled."""
    bare = content.strip("\"“”‘’'«» ")
    colon = cue.endswith(":") or after.lstrip().startswith(":")
    return bare[:1].isupper() and bare[-1:] in ".,!?…" and (colon or any(mark in before for mark in '"”»'))


def _lexical(word: str) -> bool:
    return word not in _LIGHT and (
        word in SAYING or word in _HOLDING or word in _FINDING or word in _SPEECH_NOUNS or word in _ATTITUDE_NOUNS
    )


def _auxiliaries(context: list[str]) -> list[str]:
    """The words at the end of `context` that belong to the verb after it: auxiliaries, negations, adverbs."""
    first = len(context)
    while first > 0 and (
        context[first - 1] in _LIGHT | _NEGATIONS | _OUGHT | _MIGHT | _NOT_ONLY | _ADVERBS
        or context[first - 1].endswith("ly")
        or context[first - 1] in _AVOIDING
    ):
        first -= 1
    return context[first:]


def _unsaid(tokens: list[str], head: int, context: list[str], cue: str, content: str) -> bool:
    """Whether the cue says that something was not said; `content` with its marks, in which "Nothing will change" is said."""
    leading = _auxiliaries(context) + tokens[:head]
    word = tokens[head]
    saying = word in SAYING and word not in _EXEMPT
    negated = any(
        leader in _NEGATIONS and following not in _NOT_ONLY for leader, following in pairwise([*leading, word])
    )
    if saying and (negated or any(phrase in " ".join([*leading, ""]) for phrase in _NOT["phrases"])):
        return True
    if any(leader in _AVOIDING for leader in leading) and (saying or word in _UNSAID):
        return True
    if word in _AVOIDING:
        rest = [*tokens[head + 1 :], *content.lstrip(_MARKS).split(maxsplit=3)[:3]]
        rest = [other for other in rest if other != "to" and not other.endswith("ly")]
        return bool(rest) and (rest[0].strip(".,") in _UNSAID or rest[0] in SAYING)
    return bool(_NOTHING.match(content) or _UNNAMED.match(content)) or (
        (saying or word in _SPEECH_NOUNS) and _NOTHING.search(cue) is not None
    )


def _is_passive(tokens: list[str], head: int, context: list[str], after: str) -> bool:
    """Whether the cue is a participle behind a form of "be", and nobody does it."""
    leading = _verbs_before(tokens, head, context)
    return bool(leading) and leading[-1] in _BE and _is_left_open(tokens, head, after)


def _asked(tokens: list[str], head: int, context: list[str], after: str, source: str) -> bool:
    """Whether the cue is a participle alone of a verb that has `source` spoken to: "Asked whether he would go, Pell said".

    It has too where somebody else asks: "Asked by a reader whether he would go, Pell said".
    """
    told = tokens[head] in _PASSIVE and (tokens[head].endswith("ed") or tokens[head] == "told")
    behind = f"{' '.join(tokens[head + 1 :])} {after}".split(maxsplit=1)
    another = behind[:1] == ["by"] and not (source and behind[1:] and behind[1].startswith(source))
    return told and (another or _is_left_open(tokens, head, after)) and not _verbs_before(tokens, head, context)


def _is_left_open(tokens: list[str], head: int, after: str) -> bool:
    """Whether the cue's verb can be a participle, and nothing tells who does it: no "by", no "was quoted as saying"."""
    word = tokens[head]
    if word not in _PARTICIPLES or word.endswith("ing") or "by" in tokens[head:] or after.lstrip().startswith("by "):
        return False
    return not any(other in SAYING for other in tokens[head + 1 :])


def _verbs_before(tokens: list[str], head: int, context: list[str]) -> list[str]:
    """The auxiliaries before the cue's verb, in the cue and outside of it."""
    return [other for other in _auxiliaries(context) + tokens[:head] if not (other.endswith("ly") or other in _ADVERBS)]


def is_attitude(verb: str) -> bool:
    """Whether a verb's form can stand for an attitude."""
    return verb in _HOLDING
