/// Linear algebra. PyTorch: `torch.linalg`; what is a method of a tensor too stands there.
public enum linalg {}
