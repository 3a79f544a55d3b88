"""A campaign against rollscan: damaged videos, odd command lines, signals, faults, clocks."""
