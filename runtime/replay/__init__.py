"""Every decision taken again from the topics, and stores compared with what comes out."""
