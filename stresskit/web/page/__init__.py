"""The upload page as HTML: plain data in, text out; no request, queue or file."""

from stresskit.web.page.given import (
    Choice,
    Choices,
    Chosen,
    Correction,
    Example,
    Limits,
    Problem,
    RunShown,
    Segment,
    Step,
    User,
    View,
)
from stresskit.web.page.render import Pages

__all__ = [
    "Choice",
    "Choices",
    "Chosen",
    "Correction",
    "Example",
    "Limits",
    "Pages",
    "Problem",
    "RunShown",
    "Segment",
    "Step",
    "User",
    "View",
]
