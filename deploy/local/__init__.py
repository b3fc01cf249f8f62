"""The embedded stack: Kafka, a MongoDB engine and every service as processes of one machine, without containers."""
