import Torch

manualSeed(0)

do {
    let y = Tensor.ones(5, 5) // unit matrix
    let index2 = Tensor([0, 1, 1, 1, 2])
    let ten = Tensor.randn(1, 5)

    // adding values to y along the columns in the given order
    try withError { y.indexAdd_(dim: 1, index: index2, source: ten) }
    print("y is: \(y)")
} catch {
    print("RuntimeError:", error)
}
