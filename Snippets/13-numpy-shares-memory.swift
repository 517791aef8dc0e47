import Torch
import TorchPython

let np = try Python.import("numpy")

// 创建 NumPy 数组
let numpyArray = try np.array([1, 2, 3, 4, 5])

// 转换为 Torch Tensor
var torchTensor = try Tensor(sharing: numpyArray)

print("NumPy 数组:", numpyArray)
print("Torch Tensor:", torchTensor)
print("Tensor 类型:", torchTensor.dtype)
numpyArray[0] = 42
print("after numpy_array[0] = 42:", torchTensor)
torchTensor[1] = -7
print("after torch_tensor[1] = -7:", numpyArray)
torchTensor = try asTensor(numpyArray)
numpyArray[2] = 99
print("as_tensor:", torchTensor)
torchTensor = try Tensor(copying: numpyArray)
numpyArray[3] = 1000
print("tensor (a copy):", torchTensor)
