"""Pure rules: what answers add up to, and which of them no person gave."""
