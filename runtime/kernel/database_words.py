"""Why the database does not let us work, as one sentence: its own words, the setting, and the remedy."""

import re

LONGEST = 240
AT = re.compile(r"connection (?:failed|is bad): (?:connection to server at [^:]*failed: )?")
USER = "give TUIDING_DATABASE the user and password that were made by: tuiding database users"
RIGHTS = "give the user of TUIDING_DATABASE its rights again: tuiding database users --apply"
CA = "name the CA that signed its certificate: sslrootcert=<file> in TUIDING_DATABASE"
ROOM = "make room there"
PLACES = "let fewer workers run, or raise its limit (max_connections, or the user's or database's own)"
PRIMARY = (
    "name the primary in TUIDING_DATABASE (with several hosts: target_session_attrs=read-write), or promote the standby"
)
WAITS = "wait for it"
LIMITS = "{} there is too short for us: raise it for its user (alter role ... set), or end what locks"
QUOTED = re.compile(r"\"[^\"]*\"|(?<!\w)'[^']*'")
REMEDIES = (  # the first whose words it says
    ("password", USER),
    ("does not match host name", "use the name that its certificate is for in TUIDING_DATABASE"),
    ("root certificate file", CA),
    ("certificate verify failed", f"{CA}; or renew it, should it have expired"),
    ("signature failure", CA),
    ("root.crt", CA),
    ("does not support SSL", "switch TLS on there, or take sslmode out of TUIDING_DATABASE"),
    (
        "valid client certificate",
        "it wants a certificate of ours: sslcert=<file> and sslkey=<file> in TUIDING_DATABASE",
    ),
    ("certificate required", "it wants a certificate of ours: sslcert=<file> and sslkey=<file> in TUIDING_DATABASE"),
    ("certificate file", "sslcert and sslkey in TUIDING_DATABASE name files: look at their names and rights"),
    ("private key file", "sslcert and sslkey in TUIDING_DATABASE name files: look at their names and rights"),
    (
        "pg_hba.conf",
        "let this machine and user in there; where it wants TLS, write sslmode=verify-full in TUIDING_DATABASE",
    ),
    ("invalid sslmode", "sslmode in TUIDING_DATABASE is disable, allow, prefer, require, verify-ca or verify-full"),
    ("invalid connection option", "take that option out of TUIDING_DATABASE: libpq knows none of that name"),
    ("startup parameter", "a pooler stands before it: name PostgreSQL itself in TUIDING_DATABASE"),
    ("read-only", PRIMARY),
    ("session is not", PRIMARY),
    ("recovery mode", WAITS),
    ("not yet accepting", WAITS),
    ("not currently accepting", "let it take connections again: alter database ... allow_connections true"),
    ("statement timeout", LIMITS.format("statement_timeout")),
    ("lock timeout", LIMITS.format("lock_timeout")),
    ("idle-session timeout", LIMITS.format("idle_session_timeout")),
    ("idle-in-transaction", WAITS),
    ("transaction timeout", LIMITS.format("transaction_timeout")),
    ("too many connections", PLACES),
    ("too many clients", PLACES),
    ("connection slots", PLACES),
    ("No space left", ROOM),
    ("database or disk is full", ROOM),
    ("disk I/O error", ROOM),
    ("permission denied", RIGHTS),
    ("must be owner", RIGHTS),
    ("not permitted to log in", "let that user log in: alter role ... login"),
    ("starting up", WAITS),
    ("shutting down", WAITS),
    ("terminating connection", WAITS),
    ("closed the connection", WAITS),
    ("connection is lost", WAITS),
    ("connection is closed", WAITS),
    ("deadlock detected", WAITS),
    ("is locked", "whoever else writes there has to end: a backup, a shell, a second start"),
    ("resolve host", "correct the host in TUIDING_DATABASE"),
    ("refused", "start it, or correct host and port in TUIDING_DATABASE"),
    ("timeout", "correct host and port in TUIDING_DATABASE, or look at the network in between"),
    ("role ", USER),
    ("database ", "make it, restore it, or correct its name in TUIDING_DATABASE"),
    ("relation ", "restore the database, or let a service that is restarted make its tables: docs/runbooks/restore.md"),
    ("not a database", "that file is no store, or a damaged one: docs/runbooks/restore.md"),
    ("malformed", "that file is no store, or a damaged one: docs/runbooks/restore.md"),
    ("unable to open", "look at the folder of TUIDING_DATA and its rights"),
    ("readonly database", "look at the folder of TUIDING_DATA and its rights"),
)


def said(error: BaseException) -> str:
    """In its own words, the first line of them: further ones repeat what was to be written, or guess."""
    told = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return AT.sub("", " ".join(told.split()))[:LONGEST]


def why_not(error: BaseException) -> str:
    words = said(error)
    return f"{words}: {remedy(words)}"


def unnamed(told: str) -> str:
    """For whoever asks without signing in: nobody's name, no address, no table."""
    return QUOTED.sub("...", told)


def remedy(words: str) -> str:
    return next((told for part, told in REMEDIES if part in words), "look at the database, and at TUIDING_DATABASE")
