"""The templates of reviews."""
