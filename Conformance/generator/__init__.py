"""What PyTorch computes, written down as the cases that Conformance/Cases/FORMAT.md describes."""
