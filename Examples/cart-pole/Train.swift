import ArgumentParser
import ExampleShared
import Torch

/// Learns to balance a pole by trying. These are the two programs `reinforcement_learning` of pytorch/examples.
@main
struct TrainCartPole: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cart-pole", abstract: "Trains a network to balance a pole by reinforcement learning.")

    enum Method: String, ExpressibleByArgument, CaseIterable {
        case reinforce, actorCritic = "actor-critic"
    }

    @Option(help: "reinforce (Williams, 1992) or actor-critic.") var method = Method.reinforce
    @Option(help: "The factor by which a later reward counts less.") var gamma = 0.99
    @Option(help: "Seeds the random numbers.") var seed = 543
    @Option(help: "Episodes between two printed lines.") var logInterval = 10
    @Option(help: "The most episodes; by default as many as it takes.") var episodes: Int?
    @OptionGroup var threads: ThreadOption

    func validate() throws {
        guard (0...1).contains(gamma) else { throw ValidationError("--gamma must lie between 0 and 1.") }
        guard logInterval > 0 else { throw ValidationError("--log-interval must be positive.") }
        guard episodes ?? 0 >= 0 else { throw ValidationError("--episodes must not be negative.") }
    }

    func run() {
        threads.apply()
        let console = Console(quiet: false)
        manualSeed(seed)
        let agent: any Agent = method == .reinforce ? Reinforce(gamma: gamma) : ActorCritic(gamma: gamma)
        var environment = CartPole(), runningReward = 10.0, episode = 0
        while episode < episodes ?? .max {
            episode += 1
            var state = environment.reset(), isDone = false, reward = 0.0
            while !isDone {
                (state, isDone) = environment.step(agent.act(state))
                agent.rewards.append(1)
                reward += 1
            }
            runningReward = 0.05 * reward + 0.95 * runningReward
            agent.finishEpisode()
            if episode % logInterval == 0 {
                console.print(
                    "Episode \(episode)\tLast reward: \(reward, ".2f")\tAverage reward: \(runningReward, ".2f")")
            }
            if runningReward > CartPole.rewardThreshold {
                console.print(
                    "Solved! Running reward is now \(runningReward, ".2f") and the last episode runs to \(Int(reward)) time steps!"
                )
                break
            }
        }
    }
}
