"""The whole system under a seeded scheduler and a virtual clock: the same seed, the same run, byte for byte."""
