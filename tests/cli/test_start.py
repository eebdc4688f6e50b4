"""What a command does not need is not imported: who asks for help should not wait for a model's libraries."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_no_library_of_models_or_servers(option: str) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "diffusion_explainer", option]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = {line.rsplit("|", 1)[-1].strip() for line in ended.stderr.splitlines() if line.startswith("import time")}
    assert "diffusion_explainer.cli.app" in imported
    assert not imported & {"numpy", "torch", "diffusers", "fastapi", "pydantic", "diffusion_explainer.api"}


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    from typer.main import get_command

    from diffusion_explainer.cli.app import COMMANDS, Commands, app

    group = get_command(app)
    assert isinstance(group, Commands)
    for name, help_text in COMMANDS.items():
        _, command, _ = group.resolve_command(group.make_context("diffusion-explainer", [name]), [name])
        assert (command.help or "").startswith(help_text), name
