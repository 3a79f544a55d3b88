"""Loops: frames and sound that are made cyclic, and the search for the part that loops best."""
