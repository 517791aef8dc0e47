import Torch

// The arithmetic of Python on numbers of channels. What Python refuses raises; nothing overflows.

/// Returns the nearest multiple of `divisor` to `v`, but at least `minValue` (default: `divisor`) and at least 0.9 · v.
/// PyTorch: `torchvision.models._utils._make_divisible`.
func makeDivisible(_ v: Double, _ divisor: Int, minValue: Int? = nil) -> Int {
    let multiple = floorDivide(truncate(v + Double(divisor) / 2), divisor) &* divisor
    let result = max(minValue ?? divisor, multiple)
    return Double(result) < 0.9 * v ? result &+ divisor : result
}

/// Returns the whole part of a number. Python: `int(x)`, up to 2⁵³.
func truncate(_ x: Double) -> Int {
    guard x.isFinite else {
        raise(.value, "cannot convert float \(x.isNaN ? "NaN" : "infinity") to integer")
        return 1
    }
    return Int(min(max(x, -0x1p53), 0x1p53))
}

/// Returns the quotient, rounded down. Python: `a // b`.
func floorDivide(_ a: Int, _ b: Int) -> Int {
    guard b != 0 else {
        raise(.value, "integer division or modulo by zero")
        return 1
    }
    if b == -1 { return 0 &- a }
    let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
    return remainder != 0 && (remainder < 0) != (b < 0) ? quotient - 1 : quotient
}

/// Returns the remainder, whose sign is the divisor's. Python: `a % b`.
func modulo(_ a: Int, _ b: Int) -> Int {
    guard b != 0 else {
        raise(.value, "integer modulo by zero")
        return 0
    }
    return a &- floorDivide(a, b) &* b
}

extension Module {
    /// Draws the weights of all convolutions from normal(0, √(2 / fanOut)). Sets all biases to 0, and the weights of
    /// normalizations to 1. `linear` draws the weights of linear layers.
    func initializeAsMobileNet(linear: (Tensor) -> Void) {
        for module in modules() {
            switch module {
            case let conv as Conv2d:
                Init.kaimingNormal_(conv.weight, mode: .fanOut)
                if let bias = conv.bias { Init.zeros_(bias) }
            case is BatchNorm2d, is GroupNorm: Init.resetNorm(module)
            case let layer as Linear:
                linear(layer.weight)
                if let bias = layer.bias { Init.zeros_(bias) }
            default: break
            }
        }
    }
}
