"""A stand-in for the carrier's back office: CRM, charging, provisioning and messaging behind one real HTTP server."""
