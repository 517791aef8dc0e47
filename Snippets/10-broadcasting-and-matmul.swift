import Torch

let tensorA = Tensor([[1, 2, 3], [4, 5, 6]])
print("tensor a shape: \(tensorA.shape)")

let tensorB = Tensor([[10, 20, 30]])
print("tensor b shape: \(tensorB.shape)")

let broadcastedResult = tensorA + tensorB
print("Broadcasted Addition Result: \n\(broadcastedResult)")

let matrixMultiplicationResult = tensorA.matmul(tensorA.T)
print("Matrix Multiplication Result (tensor_a * tensor_a^T): \n\(matrixMultiplicationResult)")
