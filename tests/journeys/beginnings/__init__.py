"""Where a story begins: a record that has gone part of its way, told by the actions as the demo's stories are."""
