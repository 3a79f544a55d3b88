"""Owns batches of jobs: their clips, the names of their files, the work on cores or a cluster."""
