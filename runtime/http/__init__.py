"""HTTP as every door here speaks it: reading a body, saying no, what a host lends to a door."""
