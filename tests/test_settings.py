import pytest

from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.settings import PREFIX, Settings


def test_without_being_told_it_serves_this_machine_only() -> None:
    settings = Settings.read()
    assert (settings.host, settings.port, settings.concurrency) == ("127.0.0.1", 8000, 1)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}PORT", "8123")
    assert Settings.read().port == 8123


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}PORT", "8123")
    assert Settings.read(port="8124", host=None).port == 8124


@pytest.mark.parametrize(
    ("name", "value"),
    [("port", "65536"), ("concurrency", "0"), ("device", "tpu"), ("queue_limit", "many"), ("frame_ancestors", "a; b")],
)
def test_a_value_that_cannot_be_used_names_its_key(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(PREFIX + name.upper(), value)
    with pytest.raises(InvalidRequest, match=f"{name} is '{value}'.*{PREFIX}{name.upper()}"):
        Settings.read()


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_says_what_it_does(name: str) -> None:
    assert (Settings.model_fields[name].description or "").endswith(".")
