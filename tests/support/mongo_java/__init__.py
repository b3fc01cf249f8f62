"""mongo-java-server: a MongoDB in memory with exact semantics, written independently of the embedded engine."""
