"""The parts of the HTTP side: what may be sent, what comes back, reading, paging, and carrying out commands."""
