"""One installation of every release, as its own bin/backup wrote it: what later releases must be able to take over."""
