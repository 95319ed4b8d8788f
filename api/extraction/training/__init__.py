"""Train, measure and export the tagger: `python -m api.extraction.training --help`.

Needs the optional dependencies `[train]`. Extraction uses nothing of it. The articles are PolNeAR's (Newell, Margolin and
Ruths, LREC 2018), one JSON object a line. They are read where they lie, and no part of them is kept.
"""
