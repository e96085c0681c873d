"""One file a request: what was asked, shown, agreed, decided, charged and told, provable to a third party (N2)."""
