"""How strong a spec is: mutations of a graph that conforms to it, and which of them it notices."""

from archcheck.mutate.mutations import MUTATIONS, mutants
from archcheck.mutate.strength import Strength, StrengthReport, Survivor, strength

__all__ = ["MUTATIONS", "Strength", "StrengthReport", "Survivor", "mutants", "strength"]
