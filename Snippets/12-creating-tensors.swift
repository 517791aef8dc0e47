import Torch

manualSeed(0)

let tensor1D = Tensor([1, 2, 3])
print("1D Tensor (Vector):")
print(tensor1D)
print()

let tensor2D = Tensor([[1, 2], [3, 4]])
print("2D Tensor (Matrix):")
print(tensor2D)
print()

let randomTensor = Tensor.rand(2, 3)
print("Random Tensor (2x3):")
print(randomTensor)
print()

let zerosTensor = Tensor.zeros(2, 3)
print("Zeros Tensor (2x3):")
print(zerosTensor)
print()

let onesTensor = Tensor.ones(2, 3)
print("Ones Tensor (2x3):")
print(onesTensor)
