"""What is in the way of recording, and what takes it away."""

from gittrack.doctor.ailment import Ailment
from gittrack.doctor.diagnosis import TITLES, cure, diagnose

__all__ = ["TITLES", "Ailment", "cure", "diagnose"]
