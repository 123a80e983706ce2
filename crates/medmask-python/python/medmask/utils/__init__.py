"""Helpers."""

from .utils import match_allowed_values

__all__ = ["match_allowed_values"]
