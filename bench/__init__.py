"""How fast, at what cost, and whether it is still right: the measurements of `make bench`. See README.md."""
