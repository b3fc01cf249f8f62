"""What travels between services: one model per event version, one catalog of them all, and the gates that keep them stable."""
