"""How the tagger is trained, measured and exported: `python -m api.extraction.training --help`.

Needs the optional dependencies `[train]`; nothing here is used when quotes are extracted. The articles are PolNeAR's (Newell,
Margolin and Ruths, LREC 2018), one JSON object a line; they are read where they lie and no part of them is kept.
"""
