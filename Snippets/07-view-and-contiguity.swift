import Torch

// 创建一个 2x3 张量
let a = Tensor.arange(6).reshape(2, 3)
print("原始 a:\n", a)

// 转置，得到非连续内存的张量
let b = a.t() // transpose
print("转置 b:\n", b)
print("b 是否连续:", b.isContiguous() ? "True" : "False") // False

// 尝试 view
do {
    let aaa = try withError { b.view(-1) }
    print("aaa: \(aaa)")
} catch {
    print("view 报错:", error)
}

// 使用 reshape 则没问题
let c = b.reshape(-1)
print("reshape 成功:", c)
