"""Whatever a client sends, as the OpenAPI describes it or not, no answer is an error of the server's.

Ten thousand requests: CONTRIBUTING.md has the command.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok

import pipelines
from diffusion_explainer.server import create_app
from diffusion_explainer.server.runner import serving
from diffusion_explainer.settings import Settings
from diffusion_explainer.tracing.models import load_model

BUSY = "retry-after"  # of 503, which is no error


@pytest.fixture(scope="module")
def operations(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Any]]:
    """What a live server with a tiny model says that it answers."""
    store = str(tmp_path_factory.mktemp("store"))
    app = create_app(Settings.read(store=store), load=lambda: load_model(pipelines.stable_diffusion_1()))
    with serving(app) as url:
        schema = schemathesis.openapi.from_url(f"{url}/api/openapi.json", config=SchemathesisConfig())
        yield [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


@pytest.mark.parametrize("mode", GenerationMode)
def test_no_request_is_answered_with_an_error_of_the_server(operations: list[Any], mode: GenerationMode) -> None:
    assert len(operations) > 20
    for operation in operations:
        with suppress(Unsatisfiable):  # nothing that it takes can be wrong
            send_requests(operation, mode)


def send_requests(operation: Any, mode: GenerationMode) -> None:
    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        answer = case.call(timeout=60)
        assert answer.status_code < 500 or BUSY in answer.headers, f"{case.as_curl_command()}: {answer.text}"

    send()
