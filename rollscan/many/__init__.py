"""Owns many jobs: which clips, where their files go, and doing them on cores or on a cluster."""
