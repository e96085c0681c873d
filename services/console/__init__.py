"""Shows operators where every request is and carries their decisions."""
