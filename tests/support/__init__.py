"""What tests share: fakes that pass the real ones' suites, builders, launchers."""
