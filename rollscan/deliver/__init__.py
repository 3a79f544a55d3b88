"""Composed frames to files within limits: targets, platforms, budgets, formats, checks."""
