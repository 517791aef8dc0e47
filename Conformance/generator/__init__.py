"""Writes PyTorch's results as the cases that Conformance/Cases/FORMAT.md describes."""
