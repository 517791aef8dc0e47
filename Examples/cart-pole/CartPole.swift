import Foundation
import Torch

/// A cart that carries an upright pole, to be balanced by pushing the cart to the left or to the right (Barto, Sutton
/// and Anderson, 1983). It moves as `CartPole-v1` of Gymnasium.
struct CartPole {
    /// The position of the cart, its speed, the angle of the pole, and its angular speed.
    private(set) var state: [Double] = [0, 0, 0, 0]
    private var steps = 0

    /// An average reward of so many steps counts as solved.
    static let rewardThreshold = 475.0
    private static let longestEpisode = 500

    /// Puts the cart in the middle, nearly at rest.
    mutating func reset() -> [Double] {
        state = Tensor.rand(4, dtype: .float64).mul(0.1).sub(0.05).toArray(as: Double.self)
        steps = 0
        return state
    }

    /// Pushes the cart, to the right if `action` is 1, for 0.02 s.
    /// - Returns: the new state, and whether the pole has fallen, the cart has left its track, or 500 steps are over.
    mutating func step(_ action: Int) -> (state: [Double], isDone: Bool) {
        let gravity = 9.8, cart = 1.0, pole = 0.1, length = 0.5, tau = 0.02
        let force = action == 1 ? 10.0 : -10
        let (cosine, sine) = (cos(state[2]), sin(state[2]))
        let push = (force + pole * length * state[3] * state[3] * sine) / (cart + pole)
        let angular =
            (gravity * sine - cosine * push) / (length * (4.0 / 3 - pole * cosine * cosine / (cart + pole)))
        let linear = push - pole * length * angular * cosine / (cart + pole)
        state = [
            state[0] + tau * state[1], state[1] + tau * linear, state[2] + tau * state[3], state[3] + tau * angular
        ]
        steps += 1
        let hasFallen = abs(state[0]) > 2.4 || abs(state[2]) > 12 * 2 * Double.pi / 360
        return (state, hasFallen || steps >= Self.longestEpisode)
    }
}
