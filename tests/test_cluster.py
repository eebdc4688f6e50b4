"""Ray listens on every interface it finds, so tests/cluster runs where there is none but loopback: here."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALONE = ("unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")
WAYS = ((*ALONE,), (*ALONE, "--map-root-user"))  # as root, and where users may have namespaces


def own_network() -> tuple[str, ...] | None:
    """The command that gives another one a network of its own; None where that is not permitted."""
    permitted = (way for way in WAYS if shutil.which("unshare") and not subprocess.run([*way, "true"]).returncode)
    return next(permitted, None)


@pytest.mark.cluster
def test_the_cluster_draws_what_one_computer_draws() -> None:
    way = own_network()
    if way is None:
        pytest.skip("a network namespace of its own is not permitted here (unshare --net)")
    pytest.importorskip("ray")
    command = [*way, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/cluster"]
    ran = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=1200)
    assert ran.returncode == 0, ran.stdout + ran.stderr
