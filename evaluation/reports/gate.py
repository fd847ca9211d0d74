"""Reports bring nothing of their own to the record's frame: they are read from the reviews."""
