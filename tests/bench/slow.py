"""Measure how the time of extraction grows with texts made to be slow: python -m tests.bench.slow [NAME ...] (make bench-slow).

Each generator repeats a pattern, mostly with ever new names, up to 10,000 and then 160,000 characters. The exponent is that
of the time between both: 1 is linear. The last column compares the longer text with plain news of its length in the same run.
The times are of the processor, so that other work on the machine changes them little. LIMIT bounds those of the clock.
"""

from __future__ import annotations

import math
import multiprocessing
import multiprocessing.connection
import sys
import time
from collections.abc import Iterator

from api.extraction import extract

SHORT, LONG = 10_000, 160_000  # code points
LIMIT = 120  # seconds
SYLLABLES = (
    "ba",
    "den",
    "fo",
    "gar",
    "hu",
    "kel",
    "lim",
    "mor",
    "nan",
    "pes",
    "rik",
    "sol",
    "tav",
    "vel",
    "wim",
    "zor",
)


def word(number: int) -> str:
    """Return a capitalised word that no lexicon has, another for each number."""
    parts = []
    while True:
        number, digit = divmod(number, len(SYLLABLES))
        parts.append(SYLLABLES[digit])
        if not number:
            return "".join(parts).capitalize() + "en"


NEWS = (
    "Ann Roe, the mayor of Lund, said on Monday that the pier would stay shut until May. "
    "“We found rust in four of its nine pillars,” she told the council. "
    "Tom Poe, who runs a ferry, called it a mistake.\n\nThe council will vote next week. "
)

# Patterns by name. {n} is a number, {w} a new name, {v} another, {W} the new name in capitals.
PATTERNS = {
    "news": NEWS,
    # marks
    "full stops": ".",
    "commas": ", ",
    "opening quotes": "“",
    "closing quotes": "”",
    "straight quotes": '"',
    "apostrophes": "'",
    "straight quotes around words": '"no" ',
    "quotes in quotes": "“‘",
    "brackets": "(",
    "dashes": "— ",
    "colons": "No: ",
    "paragraphs of a letter": "A\n\n",
    "lines of a letter": "A\n",
    "spaces": "          .",
    "soft hyphens": "pi\u00ader ",
    "no-break spaces": "pier\u00a0",
    "Chinese": "桥",
    "emoji": "🙂",
    "combining marks": "e\u0301\u0301\u0301 ",
    "half marks of a quotation": "“No one came. ",
    # quotes
    "quotations without a source": "“The pier is shut.” ",
    "pronouns": "“No,” she said. ",
    "they": "They said no. ",
    "it": "It said the pier was shut. ",
    "quotations over paragraphs": "“The pier is shut.\n\n",
    "said that said that": "She said that ",
    "according to": "According to {w} {v}, the pier is shut. ",
    "asked": "Asked whether {w} came, she said no. ",
    "denied": "She denied that she denied that ",
    "adding": "said {w}, adding that no one came, ",
    "colon turns": "{W}: The pier is shut.\n\n",
    "labels in brackets": "(({w})) The pier is shut.\n\n",
    "question and answer": "Q: Is it shut?\nA: It is.\n",
    "posts": "{w} {v} (@{w}) Nov 3, 2026 The pier is shut.\n\n",
    "accounts": "@{w} said the pier was shut. ",
    # people
    "people": "{w} {v} said the pier was shut. ",
    "people of one surname": "{w} Roe said the pier was shut. ",
    "people of one first name": "Ann {w} said the pier was shut. ",
    "titles of one surname": "Ms Roe, Mr Roe and Mayor Roe said no. ",
    "Ben and De": "Ben {w} and De {w} came. ",
    "particles": "Ann van der de la {w} said no. ",
    "initials": "A. B. {w} said no. ",
    "lists of people": "{w} {v}, ",
    "lists joined by and": "{w} {v} and ",
    "capitals": "{W} {W} SAID NO. ",
    "capitalised words": "{w} ",
    "spellings": "Ann Roe{n} said no. ",
    "kin": "{w} {v} and his wife, {v}, said no. ",
    "his sister": "His sister said no. ",
    # roles
    "roles of one person": "Ann Roe, the {w} minister of {v}, said no. ",
    "roles of new people": "{w} {v}, the mayor of {v}, said no. ",
    "titles alone": "The mayor left. ",
    "titles of places alone": "The mayor of {w} left. ",
    "offices that speak": "The minister said no. ",
    "offices of places that speak": "The {w} minister said no. ",
    "former offices": "Ann Roe, a former {w} director, and the former director said no. ",
    "plural titles": "Sens. {w} {v} and {v} {w} said no. ",
    "members of places": "Sen. {w} Roe (R-{v}) said no. ",
    "campaigns": "The {w} campaign's director {v} {w} said no. ",
    "titles before titles": "minister mayor director ",
    "of the of the": "the head of the head of the ",
    # organisations and documents
    "firms": "The firm said no. {w} Ltd came. ",
    "new bodies": "The {w} Council said no. ",
    "bodies by their initials": "The {w} {v} Council ({n}C) said no. ",
    "the group": "The group said no. ",
    "polls": "A {w} poll found that no one came. ",
    "the poll": "The poll found that no one came. ",
    "reports by": "A report by {w} {v} found that no one came. ",
    "countries": "France, Germany and Italy said no. ",
    "both men": "{w} {v} and {v} {w} said no. Both men said yes. ",
}


def text_of(pattern: str, length: int) -> str:
    """Return `length` code points of a pattern that repeats, with new names each time."""
    if "{" not in pattern:
        return (pattern * (length // len(pattern) + 1))[:length]
    parts: list[str] = []
    size = number = 0
    while size < length:
        new = word(2 * number)
        parts.append(pattern.format(n=number, w=new, v=word(2 * number + 1), W=new.upper()))
        size += len(parts[-1])
        number += 1
    return "".join(parts)[:length]


def _timed(text: str, connection: multiprocessing.connection.Connection) -> None:
    extract("A first text loads the models.")
    start = time.process_time()
    extract(text, language="en")
    connection.send(time.process_time() - start)


def seconds(text: str) -> float:
    """Return the processor seconds of one extraction in a process of its own, or infinity after LIMIT."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_timed, args=(text, there))
    process.start()
    there.close()
    try:
        return here.recv() if here.poll(LIMIT) else math.inf
    except EOFError:  # it died
        return math.inf
    finally:
        process.kill()
        process.join()


def rows(names: list[str]) -> Iterator[str]:
    """Yield a line for each pattern."""
    of_news = seconds(text_of(NEWS, LONG))
    yield f"{'news':30} {of_news:7.2f} s"
    for name in names:
        short, long = (seconds(text_of(PATTERNS[name], length)) for length in (SHORT, LONG))
        exponent = math.log(long / short) / math.log(LONG / SHORT)
        yield f"{name:30} {short:7.2f} {long:7.2f} s  exponent {exponent:4.2f}  {long / of_news:5.1f} of news"


def main() -> None:
    """Print the table."""
    for line in rows(sys.argv[1:] or [name for name in PATTERNS if name != "news"]):
        print(line, flush=True)


if __name__ == "__main__":
    main()
