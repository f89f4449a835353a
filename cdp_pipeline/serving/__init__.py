"""The serving database: publishing the finished tables and reading them back for the command line."""
