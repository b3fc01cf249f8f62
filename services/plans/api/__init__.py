"""The parts of the HTTP side, by area: what may be sent, what comes back, and the routes."""
