"""Nothing here starts a container: what can be known of the images and manifests without."""

import importlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from diffusion_explainer.settings import PREFIX, Settings

DOCKER = Path(__file__).parents[1] / "docker"
COMPOSE = yaml.safe_load((DOCKER / "compose.yaml").read_text())
RAY_SERVICE = yaml.safe_load((DOCKER / "rayservice.yaml").read_text())["spec"]


def settings_in(environment: dict[str, str]) -> dict[str, str]:
    """Names and values of ours in an environment, shell variables as their defaults."""
    ours = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
    return {name.removeprefix(PREFIX).lower(): re.sub(r"\$\{\w+:-(.*)\}", r"\1", value) for name, value in ours.items()}


def pods() -> list[dict[str, Any]]:
    cluster = RAY_SERVICE["rayClusterConfig"]
    return [group["template"]["spec"] for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])]


@pytest.mark.parametrize("service", COMPOSE["services"].values(), ids=COMPOSE["services"])
def test_every_setting_of_a_service_is_one(service: dict[str, Any]) -> None:
    settings = settings_in(service.get("environment", {}))
    assert set(settings) <= set(Settings.model_fields)
    Settings.read(**settings)


def test_every_setting_of_the_pods_is_one_and_all_have_the_same() -> None:
    settings = [settings_in({pair["name"]: pair["value"] for pair in pod["containers"][0]["env"]}) for pod in pods()]
    assert settings[0]
    assert settings[1:] == settings[:-1]
    assert set(settings[0]) <= set(Settings.model_fields)
    Settings.read(engine="ray", **settings[0])


def test_the_application_of_the_pods_is_what_ray_serve_takes() -> None:
    pytest.importorskip("ray")
    from ray.serve.schema import ServeDeploySchema

    config = ServeDeploySchema.model_validate(yaml.safe_load(RAY_SERVICE["serveConfigV2"]))
    module, _, name = config.applications[0].import_path.partition(":")
    application = getattr(importlib.import_module(module), name)({})
    assert {deployment.name for deployment in config.applications[0].deployments} == set(deployments(application))


def deployments(application: Any) -> Iterator[str]:
    """Names of an application's deployments, itself first."""
    bound = application._bound_deployment
    yield bound.name
    for argument in bound.init_args:
        if isinstance(argument, type(application)):
            yield from deployments(argument)


def test_pods_run_as_somebody_who_is_not_root() -> None:
    assert all(pod["securityContext"]["runAsNonRoot"] for pod in pods())


def test_the_dockerfile_is_clean() -> None:
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if hadolint is None:
        pytest.skip("hadolint is not here: pip has it for Linux on x86")
    ran = subprocess.run([hadolint, str(DOCKER / "Dockerfile")], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("target", ["cpu", "cuda"])
def test_what_is_shipped_is_built_from_the_stage_that_has_nothing_to_build_with(target: str) -> None:
    stages = re.findall(r"^FROM (\S+) AS (\S+)$", (DOCKER / "Dockerfile").read_text(), re.MULTILINE)
    assert {name: parent for parent, name in stages}[target] == "runtime"
