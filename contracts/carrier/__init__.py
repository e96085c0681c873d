"""What a carrier's systems know, are asked and must answer."""
