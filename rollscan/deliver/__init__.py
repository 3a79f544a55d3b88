"""Owns how composed frames become files: formats, targets, platforms, byte budgets, checks."""
