import Torch

manualSeed(0)

let x = Tensor.zeros(5, 5)
let te = Tensor([[1, 3, 5, 7, 9], [1, 3, 5, 7, 9], [1, 3, 5, 7, 9]], dtype: .float32)
print("te shape: \(te.shape)\n")
let index0 = Tensor([0, 2, 4])

x.indexAdd_(dim: 0, index: index0, source: te) // adding tensor te to x along the rows of the given order
print("x:\n\(x)")
