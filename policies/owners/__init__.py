"""What owners of rules work with: the check, vectors, the book of cases, new packs, every rule described."""
