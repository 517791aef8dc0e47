import Torch

manualSeed(0)

let y = Tensor.ones(5, 5)
let index2 = Tensor([0, 1, 1, 1, 2])
let ten = Tensor.randn(5, 5)

print("Indexed Matrix:\n", y.indexAdd(dim: 1, index: index2, source: ten))
print("Printing Indexed Matrix again:\n", y)
