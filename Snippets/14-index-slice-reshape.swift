import Torch

let tensor = Tensor([[1, 2], [3, 4], [5, 6]])

let element = tensor[1, 0]
print("Indexed Element (Row 1, Column 0): \(element)")

let sliceTensor = tensor[..<2, .all]
print("Sliced Tensor (First two rows): \n\(sliceTensor)")

let reshapedTensor = tensor.view(2, 3)
print("Reshaped Tensor (2x3): \n\(reshapedTensor)")
