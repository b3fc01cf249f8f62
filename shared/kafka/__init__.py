"""Kafka: partitioning, topics, the keyed publisher and the batch subscriber."""
