"""`python -m storybook make [stage …]`: makes the embedded model from nothing, or goes on where it stopped."""

import argparse
import os
from pathlib import Path

from storybook.make import STAGES, Recipe, make, set_threads


def main() -> None:
    parser = argparse.ArgumentParser(prog="storybook", description=__doc__)
    parser.add_argument("command", choices=["make"])
    parser.add_argument("stages", nargs="*", help=f"only these of {', '.join(STAGES)} (default: all, in this order)")
    parser.add_argument("--work", type=Path, default=Path(__file__).resolve().parents[2] / ".storybook")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    defaults = Recipe()
    for part in ("autoencoder", "decoder", "clip", "denoiser", "judge"):
        default = getattr(defaults, f"{part}_minutes")
        parser.add_argument(f"--{part}-minutes", type=float, default=default, help=f"default {default:g}")
    parser.add_argument(
        "--shards", type=int, default=defaults.shards, help=f"of 2,000 renders, default {defaults.shards}"
    )
    parser.add_argument("--start", type=Path, help="an exported model to go on from, for instance the shipped one")
    options = vars(parser.parse_args())
    unknown = [stage for stage in options["stages"] if stage not in STAGES]
    if unknown:
        parser.error(f"unknown stage {unknown[0]!r}: choose from {', '.join(STAGES)}")
    set_threads(options["threads"])
    recipe = Recipe(
        **{key: value for key, value in options.items() if key.endswith("_minutes") or key in ("shards", "start")}
    )
    make(options["work"], recipe, tuple(options["stages"]))


if __name__ == "__main__":
    main()
