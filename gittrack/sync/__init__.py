"""Many machines, one history: what other repositories recorded, merged with what is here."""
