import Torch

/// What learns: it acts, and after an episode it learns from the rewards.
protocol Agent: AnyObject {
    var rewards: [Double] { get set }
    var gamma: Double { get }
    func act(_ state: [Double]) -> Int
    func finishEpisode()
}

extension Agent {
    /// The sum of the rewards from each step on, later ones weighted by powers of gamma, with mean 0 and deviation 1.
    func returns() -> Tensor {
        var later = 0.0, sums: [Double] = []
        for reward in rewards.reversed() {
            later = reward + gamma * later
            sums.append(later)
        }
        let returns = Tensor(sums.reversed(), dtype: .float32)
        return (returns - returns.mean()) / (returns.std() + Double(Float.ulpOfOne))
    }
}

/// The policy gradient method of Williams (1992): what preceded good rewards becomes more likely.
final class Reinforce: Agent {
    final class Policy: Module, Layer {
        let affine1 = Linear(4, 128)
        let dropout = Dropout(0.6)
        let affine2 = Linear(128, 2)

        func forward(_ x: Tensor) -> Tensor {
            F.softmax(affine2(F.relu(dropout(affine1(x)))), dim: 1)
        }
    }

    let gamma: Double
    var rewards: [Double] = []
    private var savedLogProbs: [Tensor] = []
    private let policy = Policy()
    private lazy var optimizer = Adam(policy.parameters(), lr: 1e-2)

    init(gamma: Double) { self.gamma = gamma }

    func act(_ state: [Double]) -> Int {
        let m = Categorical(probs: policy(Tensor(state, dtype: .float32).unsqueeze(0)))
        let action = m.sample()
        savedLogProbs.append(m.logProb(action))
        return action.item(as: Int.self)
    }

    func finishEpisode() {
        optimizer.zeroGrad()
        let policyLoss = zip(savedLogProbs, returns()).map { -$0 * $1 }
        cat(policyLoss).sum().backward()
        optimizer.step()
        rewards = []
        savedLogProbs = []
    }
}

/// A network with two heads: the actor chooses, and the critic says what reward to expect.
final class ActorCritic: Agent {
    final class Policy: Module, UnaryModule {
        let affine1 = Linear(4, 128)
        let actionHead = Linear(128, 2)
        let valueHead = Linear(128, 1)

        func forward(_ x: Tensor) -> (actions: Tensor, value: Tensor) {
            let x = F.relu(affine1(x))
            return (F.softmax(actionHead(x), dim: -1), valueHead(x))
        }
    }

    let gamma: Double
    var rewards: [Double] = []
    private var saved: [(logProb: Tensor, value: Tensor)] = []
    private let model = Policy()
    private lazy var optimizer = Adam(model.parameters(), lr: 3e-2)

    init(gamma: Double) { self.gamma = gamma }

    func act(_ state: [Double]) -> Int {
        let (probs, value) = model(Tensor(state, dtype: .float32))
        let m = Categorical(probs: probs)
        let action = m.sample()
        saved.append((m.logProb(action), value))
        return action.item(as: Int.self)
    }

    func finishEpisode() {
        var policyLosses: [Tensor] = [], valueLosses: [Tensor] = []
        for ((logProb, value), target) in zip(saved, returns()) {
            policyLosses.append(-logProb * (target.item() - value.item()))
            valueLosses.append(F.smoothL1Loss(value, target.unsqueeze(0)))
        }
        optimizer.zeroGrad()
        let loss = stack(policyLosses).sum() + stack(valueLosses).sum()
        loss.backward()
        optimizer.step()
        rewards = []
        saved = []
    }
}
