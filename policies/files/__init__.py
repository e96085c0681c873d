"""Files as people write them: strict YAML, its slips, the folders of packs."""
