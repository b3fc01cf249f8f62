"""What every service shares: contracts, the runtime, and thin adapters; no rule of care lives here."""
