"""What is said of one object: the statements that make it, drop it, and alter it where it stands.

Must never know an order, nor what else changes.
"""
