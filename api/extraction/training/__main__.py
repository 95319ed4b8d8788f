"""Train the tagger: from annotated articles to the files that extraction loads.

Run in this order, from the root of the project:

python -m api.extraction.training fit POLNEAR OUT               minutes on a GPU; resumes where it was stopped
python -m api.extraction.training export POLNEAR OUT/tagger.pt  into api/extraction/model, or the folder named after it
python -m api.extraction.training calibrate POLNEAR             fits the confidence, and prints how well it holds
python -m api.extraction.training choose FOLDER ...             trains the choice of speakers, half an hour on a processor
"""

from __future__ import annotations

import argparse
from pathlib import Path

MODEL = Path(__file__).resolve().parent.parent / "model"


def main() -> None:
    """Run one step of training."""
    parser = argparse.ArgumentParser(
        prog="python -m api.extraction.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    steps = parser.add_subparsers(dest="step", required=True)
    step = steps.add_parser("fit", help="train; writes OUT/tagger.pt and a checkpoint after each pass")
    step.add_argument("polnear", metavar="POLNEAR", type=Path, help="the folder of train.jsonl and dev.jsonl")
    step.add_argument("out", metavar="OUT", type=Path)
    step = steps.add_parser("export", help="write tagger.onnx and chain.json")
    step.add_argument("polnear", metavar="POLNEAR", type=Path, help="the folder of train.jsonl and dev.jsonl")
    step.add_argument("trained", metavar="TAGGER", type=Path)
    step.add_argument("folder", metavar="FOLDER", type=Path, nargs="?", default=MODEL)
    step = steps.add_parser("calibrate", help="fit the confidence to the held-out articles")
    step.add_argument("polnear", metavar="POLNEAR", type=Path, help="the folder of train.jsonl and dev.jsonl")
    step = steps.add_parser("choose", help="train the choice of speakers; writes choice.onnx and the tagger's vectors")
    step.add_argument(
        "folders", metavar="FOLDER", type=Path, nargs="+", help="a folder with train.jsonl and speakers_train.jsonl"
    )
    arguments = parser.parse_args()
    # Each step loads what it needs: calibrating runs without PyTorch.
    if arguments.step == "fit":
        from api.extraction.training.fit import fit

        fit(arguments.polnear, arguments.out)
    elif arguments.step == "export":
        from api.extraction.training.export import export

        export(arguments.polnear, arguments.trained, arguments.folder)
    elif arguments.step == "choose":
        from api.extraction.training.choose import choose

        choose(arguments.folders, MODEL)
    else:
        from api.extraction.training.calibrate import calibrate

        calibrate(arguments.polnear, MODEL)


if __name__ == "__main__":
    main()
