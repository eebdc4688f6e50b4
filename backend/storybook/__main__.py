"""`python -m storybook make [stage …]`: trains and exports the embedded model; an interrupted run resumes."""

import argparse
import os
from pathlib import Path

import torch

from storybook.make import STAGES, Recipe, make


def main() -> None:
    parser = argparse.ArgumentParser(prog="storybook", description=__doc__)
    parser.add_argument("command", choices=["make"])
    parser.add_argument("stages", nargs="*", help=f"some of {', '.join(STAGES)} (default: all, in this order)")
    work = Path(__file__).resolve().parents[2] / ".storybook"
    parser.add_argument("--work", type=Path, default=work, help="folder for everything but the exported model")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="PyTorch's threads")
    defaults = Recipe()
    for part in ("autoencoder", "decoder", "clip", "denoiser", "classifier"):
        default = getattr(defaults, f"{part}_minutes")
        minutes_help = f"minutes to train the {part} (default {default:g})"
        parser.add_argument(f"--{part}-minutes", type=float, default=default, metavar="M", help=minutes_help)
    shards_help = f"number of shards of 2,000 renders (default {defaults.shards})"
    parser.add_argument("--shards", type=int, default=defaults.shards, help=shards_help)
    parser.add_argument("--start", type=Path, help="an exported model whose weights the trainings start from")
    options = vars(parser.parse_args())
    unknown = [stage for stage in options["stages"] if stage not in STAGES]
    if unknown:
        parser.error(f"unknown stage {unknown[0]!r}: choose from {', '.join(STAGES)}")
    torch.set_num_threads(options["threads"])
    recipe = {key: value for key, value in options.items() if key.endswith("_minutes") or key in ("shards", "start")}
    make(options["work"], Recipe(**recipe), tuple(options["stages"]))


if __name__ == "__main__":
    main()
