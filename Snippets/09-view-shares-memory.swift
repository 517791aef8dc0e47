import Torch

// 原始张量
let originalTensor = Tensor.arange(6) // tensor([0, 1, 2, 3, 4, 5])
let reshapedTensor = originalTensor.view(2, 3)

// 修改reshape后的张量
reshapedTensor[0, 0] = 100

print(originalTensor) // tensor([100,   1,   2,   3,   4,   5])
print(reshapedTensor) // tensor([[100,   1,   2],
//         [  3,   4,   5]])

// 转置操作会创建不连续的张量
let nonContiguous = originalTensor.t() // 转置

// 可能会报错
var reshaped = nonContiguous.view(2, 3)
print("view reshaped: \(reshaped)")

// 应该使用reshape()
reshaped = nonContiguous.reshape(2, 3) // 同样也是浅拷贝
print("reshape reshaped: \(reshaped)")

// 创建真正的深拷贝
let deepCopy = originalTensor.view(2, 3).clone()

// 修改深拷贝不会影响原始张量
deepCopy[0, 0] = 999
print(originalTensor) // 不会被修改
print("deep_copy: \(deepCopy)")
