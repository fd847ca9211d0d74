"""The demo world: stories in YAML, told through the same actions as the browser uses.

`people.yaml` says who is there; every other file is one partnership, a list of steps. A step has a `day` (relative to
the day of loading; it holds until another one is given), usually a `by`, and one verb with what it takes. Verbs are
the functions marked `@verb` in this package; each calls the actions that a form or button of that page calls.
"""
