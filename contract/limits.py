"""Bounds that every request keeps."""

MAX_BODY_BYTES = 16 * 1024
