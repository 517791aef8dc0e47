import Foundation
import Torch

/// An operation of the augmentation policies.
enum AugmentOperation: String {
    case identity, shearX, shearY, translateX, translateY, rotate, brightness, color, contrast, sharpness
    case posterize, solarize, autoContrast, equalize, invert

    /// Whether a strength may be negative.
    var isSigned: Bool {
        switch self {
        case .shearX, .shearY, .translateX, .translateY, .rotate, .brightness, .color, .contrast, .sharpness: true
        default: false
        }
    }

    /// Applies the operation to an image.
    func apply(_ image: Tensor, _ strength: Double, _ interpolation: ImageInterpolation, _ fill: [Double]?) -> Tensor {
        func affine(_ translate: [Double], _ shear: [Double], _ center: [Double]?) -> Tensor {
            TF.affine(
                image, angle: 0, translate: translate, scale: 1, shear: shear, interpolation: interpolation,
                fill: fill, center: center)
        }
        switch self {
        case .identity: return image
        case .shearX: return affine([0, 0], [degrees(strength), 0], [0, 0])
        case .shearY: return affine([0, 0], [0, degrees(strength)], [0, 0])
        case .translateX: return affine([strength.rounded(.towardZero), 0], [0, 0], nil)
        case .translateY: return affine([0, strength.rounded(.towardZero)], [0, 0], nil)
        case .rotate: return TF.rotate(image, strength, interpolation: interpolation, fill: fill)
        case .brightness: return TF.adjustBrightness(image, 1 + strength)
        case .color: return TF.adjustSaturation(image, 1 + strength)
        case .contrast: return TF.adjustContrast(image, 1 + strength)
        case .sharpness: return TF.adjustSharpness(image, 1 + strength)
        case .posterize: return TF.posterize(image, bits: Int(strength))
        case .solarize: return TF.solarize(image, threshold: strength)
        case .autoContrast: return TF.autocontrast(image)
        case .equalize: return TF.equalize(image)
        case .invert: return TF.invert(image)
        }
    }
}

/// The strengths that a policy can give an operation, weakest first. Empty for one without a strength.
struct AugmentStrengths {
    let operation: AugmentOperation
    let strengths: [Double]

    /// Strengths from `low` to `high`, in float32 with fused products, as PyTorch's `linspace` computes them.
    init(_ operation: AugmentOperation, _ low: Double, _ high: Double, _ count: Int) {
        self.operation = operation
        let (low, high) = (Float(low), Float(high))
        let step = (high - low) / Float(count - 1)
        strengths = (0..<count).map { i in
            Double(
                i < count / 2
                    ? low.addingProduct(step, Float(i)) : high.addingProduct(-step, Float(count - 1 - i)))
        }
    }

    /// Numbers of bits from `most` down to `most` - `range`.
    init(bits most: Double, minus range: Double, _ count: Int) {
        operation = .posterize
        strengths = (0..<count).map { i in
            let step = Float(i) / Float(Double(count - 1) / range)
            return most - Double(step.rounded(.toNearestOrEven))
        }
    }

    init(_ operation: AugmentOperation) {
        self.operation = operation
        strengths = []
    }

    /// The operations of AutoAugment without `invert`, and of RandAugment without `identity`, in torchvision's order.
    static func common(_ count: Int, _ size: ImageSize) -> [AugmentStrengths] {
        func linear(_ operation: AugmentOperation, _ high: Double) -> AugmentStrengths {
            AugmentStrengths(operation, 0, high, count)
        }
        return [
            linear(.shearX, 0.3), linear(.shearY, 0.3),
            linear(.translateX, 150.0 / 331.0 * Double(size.width)),
            linear(.translateY, 150.0 / 331.0 * Double(size.height)), linear(.rotate, 30), linear(.brightness, 0.9),
            linear(.color, 0.9), linear(.contrast, 0.9), linear(.sharpness, 0.9),
            AugmentStrengths(bits: 8, minus: 4, count), AugmentStrengths(.solarize, 255, 0, count),
            AugmentStrengths(.autoContrast), AugmentStrengths(.equalize)
        ]
    }

    /// The operations of TrivialAugmentWide.
    static func wide(_ count: Int) -> [AugmentStrengths] {
        func linear(_ operation: AugmentOperation, _ high: Double) -> AugmentStrengths {
            AugmentStrengths(operation, 0, high, count)
        }
        return [
            AugmentStrengths(.identity), linear(.shearX, 0.99), linear(.shearY, 0.99), linear(.translateX, 32),
            linear(.translateY, 32), linear(.rotate, 135), linear(.brightness, 0.99), linear(.color, 0.99),
            linear(.contrast, 0.99), linear(.sharpness, 0.99), AugmentStrengths(bits: 8, minus: 6, count),
            AugmentStrengths(.solarize, 255, 0, count), AugmentStrengths(.autoContrast), AugmentStrengths(.equalize)
        ]
    }

    /// The operations of AugMix.
    static func mix(_ count: Int, _ size: ImageSize, all: Bool) -> [AugmentStrengths] {
        func linear(_ operation: AugmentOperation, _ high: Double) -> AugmentStrengths {
            AugmentStrengths(operation, 0, high, count)
        }
        let always = [
            linear(.shearX, 0.3), linear(.shearY, 0.3), linear(.translateX, Double(size.width) / 3),
            linear(.translateY, Double(size.height) / 3), linear(.rotate, 30),
            AugmentStrengths(bits: 4, minus: 4, count), AugmentStrengths(.solarize, 255, 0, count),
            AugmentStrengths(.autoContrast), AugmentStrengths(.equalize)
        ]
        return all
            ? always + [
                linear(.brightness, 0.9), linear(.color, 0.9), linear(.contrast, 0.9), linear(.sharpness, 0.9)
            ] : always
    }
}

/// An operation with its place in a policy's list, and its strength.
struct AugmentStep {
    let place: Int
    let strength: Double

    /// Steps as choices, and back.
    static func choices(_ steps: [AugmentStep]) -> [Double] { steps.flatMap { [Double($0.place), $0.strength] } }

    static func steps(_ choices: some RandomAccessCollection<Double>) -> [AugmentStep] {
        let list = Array(choices)
        return stride(from: 0, to: list.count - 1, by: 2).map {
            AugmentStep(place: Int(list[$0]), strength: list[$0 + 1])
        }
    }
}

private func degrees(_ slope: Double) -> Double { atan(slope) * (180 / Double.pi) }
