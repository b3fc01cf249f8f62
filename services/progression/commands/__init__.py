"""Programs beside the service: a decision explained, a rule set in the shadow, a diary stepped through the rules."""
