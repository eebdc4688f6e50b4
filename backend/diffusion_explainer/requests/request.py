"""A validated request: its canonical form and the model's fingerprint give its content id."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

from diffusion_explainer.errors import InvalidRequest

from .validation import Fields

SchedulerName = Literal["ddim", "pndm", "lms", "euler", "euler_ancestral", "dpmpp_2m", "unipc", "heun"]

MAX_STEPS = 300  # of a trace: Heun turns 150 steps into 299


def _not_blank(prompt: str) -> str:
    if not prompt.strip():
        raise ValueError("must not be empty")
    return prompt


class Guidance(BaseModel):
    """What guides the picture while it is drawn; a branch changes it at a step."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    prompt: Annotated[str, AfterValidator(_not_blank)] = Field(
        title="Prompt",
        min_length=1,
        max_length=1000,
        examples=["a cute rabbit in space, pixel art"],
        description="What the picture should show.",
    )
    negative_prompt: str = Field(
        title="Negative prompt",
        default="",
        max_length=1000,
        description="Replaces the empty prompt: the picture moves away from it.",
    )
    guidance_scale: float = Field(
        title="Guidance",
        default=7.0,
        ge=0,
        le=50,
        strict=True,
        description="w in unconditional + w · (conditional − unconditional); 0 ignores the prompt.",
    )

    @property
    def guidance(self) -> Guidance:
        """These fields alone."""
        return Guidance(**{name: getattr(self, name) for name in Guidance.model_fields})


class Origin(Guidance):
    """A run that another branched from: its guidance holds before `step`."""

    step: int = Field(
        title="Step of the branch",
        ge=1,
        le=MAX_STEPS,
        strict=True,
        description="The first step that no longer has this guidance.",
    )


def _in_order(origins: tuple[Origin, ...]) -> tuple[Origin, ...]:
    if any(later.step <= earlier.step for earlier, later in pairwise(origins)):
        raise ValueError("must be in the order of their steps, each once")
    return origins


class TraceRequest(Guidance):
    """One generation, completely described: with the model's fingerprint it determines every number of the trace.

    A run may have branched from another: `branched_from` holds the guidance of its earlier steps, oldest
    first. A branch that changes nothing is the run itself, with the same request and id.
    """

    seed: int = Field(
        title="Seed",
        default=0,
        ge=0,
        le=2**32 - 1,
        strict=True,
        description="Determines the starting noise, and the noise that ancestral samplers add.",
    )
    steps: int = Field(
        title="Number of steps", default=25, ge=1, le=150, strict=True, description="Steps asked of the sampler."
    )
    scheduler: SchedulerName = Field(
        title="Sampler", default="ddim", description="The sampler that turns noise into the next latent."
    )
    branched_from: Annotated[tuple[Origin, ...], FailFast(), AfterValidator(_in_order)] = Field(
        title="Earlier runs",
        default_factory=tuple,
        max_length=16,
        description="The runs that this one branched from, oldest first.",
    )

    @model_serializer(mode="wrap")
    def _without_no_branch(self, serialized: SerializerFunctionWrapHandler) -> dict[str, Any]:
        wire: dict[str, Any] = serialized(self)
        if not self.branched_from:
            del wire["branched_from"]  # so that plain runs keep the ids they had before there were branches
        return wire

    @classmethod
    def checked(cls, /, **fields: Any) -> TraceRequest:
        """A request of these fields; InvalidRequest names the first field that cannot be used."""
        try:
            return cls(**fields)
        except ValidationError as error:
            raise cls.fields().explained(error.errors())[0] from error

    @classmethod
    def fields(cls) -> Fields:
        """What each field may be."""
        return Fields(cls.model_json_schema())

    def check_num_steps(self, num_steps: int) -> None:
        """Raises InvalidRequest for a branch after the last of `num_steps`, which depends on steps and sampler."""
        for index, origin in enumerate(self.branched_from):
            if origin.step > num_steps:
                message = f"must be 1 to {num_steps}, the steps of this run ({self.steps} asked of {self.scheduler})"
                raise InvalidRequest(f"branched_from.{index}.step", origin.step, message, num_steps)

    def guidance_at(self, step: int) -> Guidance:
        """What guides that step."""
        return next((origin.guidance for origin in self.branched_from if step < origin.step), self.guidance)

    def branched(self, step: int, /, **changes: Any) -> TraceRequest:
        """The request of a run that is this one before `step`, and from there on has `changes` of guidance.

        Raises InvalidRequest for a change that is not of guidance, or that cannot be used.
        """
        for name, value in changes.items():
            if name not in Guidance.model_fields:
                fields = ", ".join(Guidance.model_fields)
                raise InvalidRequest(name, value, f"cannot change at a step; {fields} can")
        earlier = [origin.model_dump() for origin in self.branched_from if origin.step < step]
        if step > 0:
            earlier.append({"step": step, **self.guidance_at(step - 1).model_dump()})
        whole: dict[str, Any] = {**self.model_dump(), **changes, "branched_from": earlier}
        return TraceRequest.checked(**whole).simplified()

    def simplified(self) -> TraceRequest:
        """The same run without branches that change nothing."""
        kept: list[Origin] = []
        for origin in reversed(self.branched_from):
            following: Guidance = kept[0] if kept else self
            if origin.guidance != following.guidance:
                kept.insert(0, origin)
        return self.model_copy(update={"branched_from": tuple(kept)})

    def original(self, index: int) -> TraceRequest:
        """The whole run that `branched_from[index]` is the beginning of."""
        guidance = self.branched_from[index].guidance.model_dump()
        return self.model_copy(update={**guidance, "branched_from": self.branched_from[:index]})

    def canonical(self) -> str:
        """The one JSON text of this request: keys sorted, numbers in their shortest form."""
        return json.dumps(self.simplified().model_dump(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def id_for(self, fingerprint: str) -> str:
        """16 hex digits that name this request on the model with that fingerprint."""
        return hashlib.sha256(f"{self.canonical()}\n{fingerprint}".encode()).hexdigest()[:16]
