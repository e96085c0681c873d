"""Takes requests in from every channel, checks that they are complete and true, keeps the public status."""
