"""Fee rules as pure functions over exact whole amounts; no clock, no file, no chance. Names: `registry.RULES`."""
