"""Tests of database_api: a package, since some names are those of files beside it."""
