"""Measurements against peers, as paired ratios."""
