import runpy
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def test_the_tables_of_the_docs_are_those_that_the_script_prints() -> None:
    printed = subprocess.run([sys.executable, DOCS / "sizing.py"], capture_output=True, text=True, check=True).stdout
    assert printed.count("\n| --- |") == 2
    assert printed in (DOCS / "scaling.md").read_text()


def test_twice_the_visitors_take_twice_the_machines_that_draw() -> None:
    sizing = runpy.run_path(str(DOCS / "sizing.py"))
    plan = sizing["Plan"]
    assert plan(visitors=2_000_000).drawn == 2 * plan().drawn
