import Torch

manualSeed(0)

let y = Tensor.ones(5, 5) // unit matrix
let index2 = Tensor([0, 1, 1, 1, 2])
var ten = Tensor.randn(1, 5)
ten = ten.expand(5, 5)
print("ten is: \(ten)")

// adding values to y along the columns in the given order
y.indexAdd_(dim: 1, index: index2, source: ten)
print("y is: \(y)")
