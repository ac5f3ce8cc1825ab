"""Tests of examples/fastapi_service: a package, so that its conftest is its own."""
