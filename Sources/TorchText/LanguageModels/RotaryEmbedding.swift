import Foundation
import Torch

/// Rotates pairs of numbers of queries and keys by angles that grow with the position (Su et al., 2021).
/// `transformers`: `LlamaRotaryEmbedding` and `apply_rotary_pos_emb`.
///
/// A pair is the number i and the number size / 2 + i of a head. Its angle at position p is p / base^(2i / size).
public struct RotaryEmbedding: Sendable {
    /// How the angles are changed for texts longer than those of the training.
    public enum Scaling: Sendable, Equatable {
        /// Not at all.
        case none
        /// All angles are divided by a factor.
        case linear(factor: Double)
        /// Llama 3: slow rotations are divided by `factor`, fast ones stay, and those between are interpolated. The
        /// limits are numbers of rotations in `originalLength` positions.
        case llama3(factor: Double, lowFrequency: Double, highFrequency: Double, originalLength: Int)
    }

    /// The numbers of a head that are rotated.
    public let size: Int
    private let frequencies: [Float]

    /// Creates a rotation.
    /// - Parameters:
    ///   - size: the numbers of a head; even.
    ///   - base: the base of the angles (`rope_theta`).
    ///   - scaling: how the angles are changed.
    public init(size: Int, base: Double = 10000, scaling: Scaling = .none) {
        self.size = max(0, size)
        if size <= 0 || size % 2 != 0 { raise(.value, "size must be positive and even, but got \(size)") }
        frequencies = (0..<max(0, size) / 2).map { i in
            let plain = 1 / Float(pow(base, Double(2 * i) / Double(size)))
            switch scaling {
            case .none: return plain
            case .linear(let factor): return plain / Float(factor)
            case .llama3(let factor, let low, let high, let length):
                let turns = Double(length) * Double(plain) / (2 * Double.pi)
                if turns < low { return plain / Float(factor) }
                if turns > high { return plain }
                let share = Float((turns - low) / (high - low))
                return (1 - share) * plain / Float(factor) + share * plain
            }
        }
    }

    /// Computes the cosines and sines of positions from `start` on, each [count, size].
    public func tables(start: Int, count: Int, dtype: DType, device: Device = .default) -> (cos: Tensor, sin: Tensor) {
        let positions = Tensor.arange(start, start + count, dtype: .float32, device: device)
        let half = positions.outer(Tensor(frequencies, device: device)), angles = cat([half, half], dim: 1)
        return (angles.cos().to(dtype), angles.sin().to(dtype))
    }

    /// Rotates queries or keys [N, heads, L, size] by tables [L, size].
    public static func rotate(_ x: Tensor, _ cos: Tensor, _ sin: Tensor) -> Tensor {
        let halves = x.chunk(2, dim: -1)
        return x * cos + cat([-halves[1], halves[0]], dim: -1) * sin
    }
}
