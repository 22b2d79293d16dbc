"""Fixtures of the proofs of least privilege."""

from tests.proofs.privileges import probes, removed

__all__ = ["probes", "removed"]
