"""What is asked of the model: validated, canonical, with a content id."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from .validation import Fields

SchedulerName = Literal["ddim", "pndm", "lms", "euler", "euler_ancestral", "dpmpp_2m", "unipc", "heun"]


def _not_blank(prompt: str) -> str:
    if not prompt.strip():
        raise ValueError("must not be empty")
    return prompt


class TraceRequest(BaseModel):
    """One generation, completely described: with the model's fingerprint it decides every number of the trace."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    prompt: Annotated[str, AfterValidator(_not_blank)] = Field(
        min_length=1,
        max_length=1000,
        examples=["a cute rabbit in space, pixel art"],
        description="What the picture should show.",
    )
    negative_prompt: str = Field(
        default="", max_length=1000, description="Replaces the empty prompt: the picture moves away from it."
    )
    seed: int = Field(default=0, ge=0, le=2**32 - 1, strict=True, description="Generates the starting noise.")
    guidance_scale: float = Field(
        default=7.0,
        ge=0,
        le=50,
        strict=True,
        description="w in generic + w · (conditional − generic); 0 ignores the prompt.",
    )
    steps: int = Field(default=25, ge=1, le=150, strict=True, description="Steps asked of the scheduler.")
    scheduler: SchedulerName = Field(default="ddim", description="The sampler that turns noise into the next latent.")

    @classmethod
    def checked(cls, **fields: Any) -> TraceRequest:
        """A request of these fields; InvalidRequest names the first field that cannot be used."""
        try:
            return cls(**fields)
        except ValidationError as error:
            raise cls.fields().explained(error.errors())[0] from error

    @classmethod
    def fields(cls) -> Fields:
        """What each field may be."""
        return Fields(cls.model_json_schema())

    def canonical(self) -> str:
        """The one JSON text of this request: keys sorted, numbers in their shortest form."""
        return json.dumps(self.model_dump(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def id_for(self, fingerprint: str) -> str:
        """16 hex digits that name this request on the model with that fingerprint."""
        return hashlib.sha256(f"{self.canonical()}\n{fingerprint}".encode()).hexdigest()[:16]
