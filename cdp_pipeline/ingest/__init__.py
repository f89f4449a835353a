"""Raw files as they were dropped -> batches of text rows, with everything unreadable kept beside them."""
