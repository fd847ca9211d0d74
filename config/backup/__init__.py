"""One archive of an installation: database, files, keys. bin/backup makes it, bin/restore brings it back.

A zip file that any machine opens. Tables are lines of JSON in a form that belongs to no engine, so that what was kept
in SQLite comes back in PostgreSQL; files lie in it as they are; manifest.json says what everything is, with its hash.
"""
