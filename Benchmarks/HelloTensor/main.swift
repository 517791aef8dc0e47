import Torch

print(Tensor([1.5, 2.5, 3.5] as [Float]))
