"""terminal: what the command line prints, masked unless asked otherwise; reads the database, writes nothing."""
