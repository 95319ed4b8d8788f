"""Decide what a cue reports, speech or an attitude, from the lexicon of its lemmas (lexicon/cue_verbs.tsv and others)."""

from __future__ import annotations

import re
from itertools import pairwise

from api.extraction.lexicon import alternatives, grouped, table, word_list
from api.extraction.spans import Act, Kind

_WORD = re.compile(r"n['’]t\b|['’](?:s|re|ve|m|d|ll)\b|[^\W\d_]+(?:-[^\W\d_]+)*")
_NEGATED = re.compile(r"(?<=\w)(n['’]t)\b")
_IRREGULAR = {lemma: frozenset(forms.split(";")) for lemma, forms in table("irregular_verbs")}
_VERBS = grouped("cue_verbs")
_NOUNS = grouped("cue_nouns")
_PHRASES = grouped("cue_phrases")


def inflected(lemma: str) -> frozenset[str]:
    """Return the forms of a verb: the lexicon's where it is irregular, else those of the spelling rules."""
    if lemma in _IRREGULAR:
        return _IRREGULAR[lemma] | {lemma}
    if re.search(r"[^aeiou]y$", lemma):
        return frozenset({lemma, f"{lemma[:-1]}ies", f"{lemma[:-1]}ied", f"{lemma}ing"})
    third = f"{lemma}es" if re.search(r"(?:s|x|z|ch|sh)$", lemma) else f"{lemma}s"
    if lemma.endswith("e"):
        return frozenset({lemma, third, f"{lemma}d", f"{lemma[:-1]}ing"})
    return frozenset({lemma, third, f"{lemma}ed", f"{lemma}ing"})


def verbs(group: str) -> frozenset[str]:
    """Return every form of the verbs of a class of lexicon/cue_verbs.tsv."""
    return frozenset(form for lemma in _VERBS[group] for form in inflected(lemma))


def _nouns(group: str) -> frozenset[str]:
    """Return the singulars and plurals of a class of lexicon/cue_nouns.tsv."""
    return frozenset(form for noun in _NOUNS[group] for form in (noun, f"{noun}s", re.sub(r"y$", "ies", noun)))


SAYING = verbs("speech")
DOCUMENTS = _nouns("document")
_FINDING = verbs("finding")
_ADJECTIVES = word_list("cue_adjectives")
_ATTITUDE = verbs("attitude") | _ADJECTIVES
_THINKING = verbs("thinking")
_DELIBERATING = _VERBS["deliberating"]
_POSTING = verbs("post")
_PLACE = re.compile(rf"\b(?:{alternatives(_PHRASES['place'])})\b")
_SPEECH_NOUNS = _nouns("speech")
_ATTITUDE_NOUNS = _nouns("attitude")
_LIGHT = word_list("light_verbs")
_ADVERBS = word_list("cue_adverbs")
_FORMS_OF_BE = word_list("forms_of_be")
_PASSIVE = verbs("passive")
_PARTICIPLES = _PASSIVE | (SAYING | _ATTITUDE) - _ADJECTIVES
_COMPLEMENTISER = re.compile(rf"(?:{alternatives(word_list('complementisers'))})\b", re.IGNORECASE)

# What leaves nothing said.
_NEGATIONS = word_list("negations") | {"n’t"}
_NOT_ONLY = word_list("exclusive_adverbs")
_AVOIDING = verbs("avoiding")
_NEGATABLE = verbs("negatable")
_UNSAID_OBJECTS = word_list("unsaid_objects")
_NOBODY = word_list("nobody")
_NOTHING = re.compile(rf"(?:no\s+(?:{alternatives(word_list('unsaid_nouns'))})|nothing|none)\b")
_ANONYMITY = re.compile(rf"(?:{alternatives(word_list('anonymity_phrases'))})\b")
_PASSING_ON = verbs("passing on")
_QUESTIONS = re.compile(
    rf"(?:(?:{alternatives(word_list('question_modifiers'))})\s)*(?:{alternatives(word_list('question_nouns'))})\b"
)
_QUESTION = re.compile(rf"(?:(?:and|but|so)\s)?(?:{alternatives(word_list('question_openers'))})\b", re.IGNORECASE)
_ASKING = verbs("asking")
_OUGHT = word_list("obligation_verbs")
_MIGHT = word_list("possibility_verbs")
_CITING = word_list("citing_verbs")
_NAMING = word_list("naming_participles")
_PICTURE = re.compile(
    rf"(?:(?:{alternatives(word_list('picture_openers'))}|\d+)\s)?(?:[\w-]+\s)?(?:{alternatives(word_list('picture_nouns'))})s?\b"
)
_WITHHELD = re.compile(
    rf"(?:(?!that\b)(?:(?:the|an?|his|her|its|their|our|my)\s(?:[\w'’-]+\s){{1,3}}?|(?:him|them|her|it|us|me|you)\s|"
    rf"(?:[A-Z][\w'’-]*\s){{1,4}}))?(?:(?:any|all|an?|the|further)\s)?(?:[a-z-]+\s)?"
    rf"(?:{alternatives(word_list('withheld_nouns'))})"
    r"(?=\s(?:to|for|from|by|until|because|on|in|at|after|when|while|and|under)\b|[,.;]|$)"
)
_DENYING = inflected("deny") | inflected("refuse")
_POINTING = inflected("point")
_HEARING = inflected("hear")
_HEARING_BODIES = word_list("hearing_bodies")
_COMPARISONS = word_list("comparisons")
_PRONOUN_SUBJECTS = word_list("pronoun_subjects")
_POSTS = re.compile(
    rf"\btweets?\b|\b(?:{alternatives(word_list('social_media'))})\s(?:{alternatives(word_list('posts'))})\b"
    rf"|\b(?:{alternatives(word_list('posts'))})\b.*\b(?:{alternatives(word_list('social_media'))})\b"
)
_NAMES_LIKE_AUXILIARIES = re.compile(r"\b(?:May|Will)\b")  # "Ida May said"
_CLAUSE_BREAK = re.compile(r"[^\w\s'’-]")
# The belief in a quote from which a cue counts that no list has. From 0.4 to 0.7 precision rises and recall falls. Held-out
# articles and the development split show the same. 0.6 keeps the precision on our own articles (docs/extraction.md).
_MIN_BELIEF = 0.6
_OPENING_MARKS = "\"“‘'«"
_MAX_CONTEXT = 40  # code points before a cue in which "did not yet" or "refused to" may stand outside of it


def cue_words(cue: str) -> list[str]:
    """Return the words of a cue in lower case, "didn't" as "did" and "n't"."""
    return [word.replace("’", "'") for word in _WORD.findall(_NEGATED.sub(r" \1", cue.lower()))]


def reported_act(
    cue: str,
    content: str,
    *,
    source: str = "",
    before: str = "",
    after: str = "",
    kind: Kind = "indirect",
    belief: float = 0.0,
) -> Act | None:
    """Return the act of `content` that `cue` reports. None means neither act, nothing said, or nobody who says it.

    Nobody says what someone was asked ("Asked whether he would go", "was told"), and a question tells nothing.

    `source` is the source that the cue seems to have. `before` and `after` are the text around the cue in its sentence.

    `belief` is the probability that the quote is one. Where it is high, three more cues count as attitudes. These are one
    that no list has, one that nobody holds ("is expected"), and one that may come ("could announce").

    `kind` says how much of the content stands in quotation marks: more cues are speech beside marks. Beside a whole sentence
    in marks any cue is: "Maro smiled".
    """
    lowered, said = " ".join(cue.lower().split()), content.lstrip("\"“‘'«").lower()
    if any(phrase in lowered for phrase in _PHRASES["speech"]):
        return "speech"
    if any(phrase in lowered for phrase in _PHRASES["attitude"]):
        return "attitude"
    tokens = cue_words(cue)
    if _NOBODY.intersection(cue_words(source)[:1]) or (
        _QUESTIONS.match(said) and _PASSING_ON.intersection(tokens) and "to" not in tokens
    ):
        return None
    if (
        _is_withheld(tokens, content, kind)
        or _is_heard(tokens, source)
        or _is_heading(cue, source, before)
        or (kind == "indirect" and (_COMPARISONS.intersection(said.split()[-1:]) or _is_pointed_at(tokens)))
    ):
        return None
    trusted: Act | None = "attitude" if belief >= _MIN_BELIEF else None
    head = next((i for i, word in enumerate(tokens) if _is_reporting_word(word)), None)
    if head is None:  # "continued" alone
        head = next((i for i, word in enumerate(tokens) if word in SAYING), None)
    if head is None:
        complete = _is_sentence(content) or _is_exclaimed(content, cue, before, after)
        uttered = kind == "direct" and complete and tokens and _NEGATIONS.isdisjoint(tokens)
        return "speech" if uttered else trusted if tokens else None
    if _QUESTION.match(before.lstrip()) and after.endswith("?") and _ASKING.isdisjoint(tokens):
        return None
    context = clause_before(before)
    if (
        _is_order_or_citation(tokens[head], said, kind)
        or _is_picture(tokens[head], said)
        or (not source and tokens[0] in _NAMING and len(tokens) == 1 and content[:1] in _OPENING_MARKS)
        or _is_unsaid(tokens, head, context, lowered, content.lower())
    ):
        return None
    quoted = kind != "indirect"
    word, clause = tokens[head], quoted or _COMPLEMENTISER.match(said) is not None
    ahead = _OUGHT | (frozenset() if quoted else _MIGHT)
    modal = ahead.intersection(tokens[:head]) or ahead.intersection(_auxiliaries(context))
    act: Act
    if kind == "direct" and word in _ATTITUDE and word not in _THINKING and _is_sentence(content):
        act = "speech"  # words in marks were uttered: "Pell disagreed: 'Who else would have us?'"
    elif word in _DELIBERATING and tokens[max(0, head - 1)] == "to":
        act = "attitude"  # "met to discuss whether"
    elif word in SAYING and word in _ATTITUDE:
        act = "speech" if clause else "attitude"
    elif word in SAYING:
        act = "speech"
    elif word in _FINDING and not (word in _ADJECTIVES and _FORMS_OF_BE.intersection(tokens[:head])):
        if not clause and DOCUMENTS.isdisjoint(cue_words(source)):
            return trusted
        act = "speech"
    elif word in _ATTITUDE or word in _ATTITUDE_NOUNS:
        act = "attitude"
    else:
        act = "speech" if clause or said.startswith("to ") else "attitude"
    opening = cue[:1].isupper() and not before.strip()
    name = source.rstrip(",")
    behind = name != "" and "," not in name and before.rstrip().endswith(f"{name},")
    when = next((word for word in reversed(context) if not (word.endswith("ly") or word in _ADVERBS)), "") == "when"
    spoken = kind == "direct" and before.count("”") + before.count('"') > 0  # “It fell,” Ida Maro, told the Beacon.
    if _is_asked(tokens, head, context, after, source) and (opening or (behind and not spoken) or when):
        return None
    if _is_passive(tokens, head, context, after):
        return None if word in SAYING else trusted
    return trusted if modal and (act == "speech" or _OUGHT & modal) else act


def is_passive(cue: str, before: str, after: str) -> bool:
    """Return whether the subject of a cue is spoken or thought of, and so no source: "is expected", "was asked".

    Neither has a "by". `before` and `after` are the text around the cue in its sentence.
    """
    tokens = cue_words(cue)
    head = next((i for i, word in enumerate(tokens) if _is_reporting_word(word)), None)
    return head is not None and _is_passive(tokens, head, clause_before(before), after)


def _is_withheld(tokens: list[str], content: str, kind: Kind) -> bool:
    """Return whether someone is refused a thing, and no claim is denied: "denied [them access]"."""
    return kind == "indirect" and bool(_DENYING.intersection(tokens)) and _WITHHELD.match(content) is not None


def _is_heard(tokens: list[str], source: str) -> bool:
    """Return whether a court or committee only listens: "Jurors heard". Who spoke to them is not said."""
    words = source.rstrip(",").split()
    return bool(_HEARING.intersection(tokens)) and bool(words) and words[-1].lower() in _HEARING_BODIES


def _is_heading(cue: str, source: str, before: str) -> bool:
    """Return whether a cue is part of a heading with a pronoun: "He Said, She Said: ..."."""
    says = cue_words(cue)[:1] in (["said"], ["says"], ["say"])
    return says and cue[:1].isupper() and bool(before.strip()) and source.lower() in _PRONOUN_SUBJECTS


def _is_pointed_at(tokens: list[str]) -> bool:
    """Return whether someone points with the hand: "pointed at the beds"."""
    return len(tokens) > 1 and tokens[-1] == "at" and tokens[-2] in _POINTING


def _is_order_or_citation(verb: str, content: str, kind: Kind) -> bool:
    """Return whether a thing was ordered or cited, not said: "ordered two breakfasts", "quoting reference 4471"."""
    return kind == "indirect" and verb in _CITING and not re.search(r"\b(?:to|that)\b", content)


def _is_picture(verb: str, content: str) -> bool:
    """Return whether a post is a picture and no words."""
    return verb in _POSTING and _PICTURE.match(content) is not None


def is_post(cue: str, beside: str, source: str = "") -> bool:
    """Return whether a cue reports a post on a social medium, or its source is one.

    `beside` are words near the cue that are no content.
    """
    posted = not _POSTING.isdisjoint(cue_words(cue)) or _POSTS.search(source) is not None
    return posted or _PLACE.search(f"{cue} {beside}".lower()) is not None


def is_ahead(cue: str, before: str) -> bool:
    """Return whether a cue reports something still to come ("will announce"). `before` is the text before it."""
    return not {"will", "'ll"}.isdisjoint(cue_words(cue) + auxiliaries_before(before))


def clause_before(before: str) -> list[str]:
    """Return the words of its clause that stand close before a cue."""
    return cue_words(_NAMES_LIKE_AUXILIARIES.sub("", _CLAUSE_BREAK.split(before[-_MAX_CONTEXT:])[-1]))


def auxiliaries_before(before: str, others: frozenset[str] = frozenset()) -> list[str]:
    """Return the auxiliaries, negations and adverbs that end the text before a cue, and those of `others` among them."""
    return _auxiliaries(clause_before(before), others)


def _is_sentence(content: str) -> bool:
    """Return whether quoted words are a sentence: four words or more that end in a stop or comma."""
    return len(content.split()) > 3 and content.rstrip("\"”“’'»").endswith((".", ",", "!", "?", "…"))


def _is_exclaimed(content: str, cue: str, before: str, after: str) -> bool:
    """Return whether a few quoted words are all that was uttered, and no title: Pell heckled: “No.”, or “No,” Pell heckled."""
    bare = content.strip("\"“”‘’'«» ")
    colon = cue.endswith(":") or after.lstrip().startswith(":")
    return bare[:1].isupper() and bare[-1:] in ".,!?…" and (colon or any(mark in before for mark in '"”»'))


def _is_reporting_word(word: str) -> bool:
    """Return whether a word can report, and is no light verb."""
    return word not in _LIGHT and (
        word in SAYING or word in _ATTITUDE or word in _FINDING or word in _SPEECH_NOUNS or word in _ATTITUDE_NOUNS
    )


def _auxiliaries(context: list[str], others: frozenset[str] = frozenset()) -> list[str]:
    """Return the words at the end of `context` that belong to the verb after it: auxiliaries, negations, adverbs."""
    first = len(context)
    while first > 0 and (
        context[first - 1] in _LIGHT | _NEGATIONS | _OUGHT | _MIGHT | _NOT_ONLY | _ADVERBS
        or context[first - 1].endswith("ly")
        or context[first - 1] in _AVOIDING
        or context[first - 1] in others
    ):
        first -= 1
    return context[first:]


def _is_unsaid(tokens: list[str], head: int, context: list[str], cue: str, content: str) -> bool:
    """Return whether the cue says that something was not said.

    `content` is with its marks: in them "Nothing will change" was said.
    """
    leading = _auxiliaries(context) + tokens[:head]
    word = tokens[head]
    saying = word in SAYING and word not in _NEGATABLE
    negated = any(
        leader in _NEGATIONS and following not in _NOT_ONLY for leader, following in pairwise([*leading, word])
    )
    if saying and (negated or any(phrase in " ".join([*leading, ""]) for phrase in _PHRASES["unsaid"])):
        return True
    if any(leader in _AVOIDING for leader in leading) and (saying or word in _UNSAID_OBJECTS):
        return True
    if word in _AVOIDING:
        rest = [*tokens[head + 1 :], *content.lstrip(_OPENING_MARKS).split(maxsplit=3)[:3]]
        rest = [other for other in rest if other != "to" and not other.endswith("ly")]
        return bool(rest) and (rest[0].strip(".,") in _UNSAID_OBJECTS or rest[0] in SAYING)
    return bool(_NOTHING.match(content) or _ANONYMITY.match(content)) or (
        (saying or word in _SPEECH_NOUNS) and _NOTHING.search(cue) is not None
    )


def _is_passive(tokens: list[str], head: int, context: list[str], after: str) -> bool:
    """Return whether the cue is a participle behind a form of "be" and has no agent."""
    leading = _verbs_before(tokens, head, context)
    return bool(leading) and leading[-1] in _FORMS_OF_BE and _is_left_open(tokens, head, after)


def _is_asked(tokens: list[str], head: int, context: list[str], after: str, source: str) -> bool:
    """Return whether the cue is a bare participle of a verb of speaking to `source`: "Asked whether he would go, Pell said".

    That includes a question by somebody else: "Asked by a reader whether he would go, Pell said".
    """
    told = tokens[head] in _PASSIVE and (tokens[head].endswith("ed") or tokens[head] == "told")
    behind = f"{' '.join(tokens[head + 1 :])} {after}".split(maxsplit=1)
    another = behind[:1] == ["by"] and not (source and behind[1:] and behind[1].startswith(source))
    return told and (another or _is_left_open(tokens, head, after)) and not _verbs_before(tokens, head, context)


def _is_left_open(tokens: list[str], head: int, after: str) -> bool:
    """Return whether the cue's verb can be a participle without an agent: no "by", no "was quoted as saying"."""
    word = tokens[head]
    if word not in _PARTICIPLES or word.endswith("ing") or "by" in tokens[head:] or after.lstrip().startswith("by "):
        return False
    return not any(other in SAYING for other in tokens[head + 1 :])


def _verbs_before(tokens: list[str], head: int, context: list[str]) -> list[str]:
    """Return the auxiliaries before the cue's verb, in the cue and outside of it."""
    return [other for other in _auxiliaries(context) + tokens[:head] if not (other.endswith("ly") or other in _ADVERBS)]


def is_attitude(verb: str) -> bool:
    """Return whether a form of a verb can stand for an attitude."""
    return verb in _ATTITUDE
