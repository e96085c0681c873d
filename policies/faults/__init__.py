"""What is wrong with a pack: keys that nothing uses, citations, conflicts with the law."""
