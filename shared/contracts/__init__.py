"""What travels between services: a model per event version, one catalog, and the gates that keep them stable."""
