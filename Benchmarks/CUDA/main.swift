import Foundation
import Torch

// The kit's program (`make cuda-kit`): `smoke` tries what everything else needs, `draws FILE` saves random numbers that
// draws.py compares with PyTorch's, `speed` measures, and `train` is a whole program to be timed. `--rehearse` makes
// sizes small enough for the simulated device.

let arguments = CommandLine.arguments.dropFirst()
let isRehearsal = arguments.contains("--rehearse")
guard cuda.isAvailable() else {
    print("FAILED no device: \(message { _ = Tensor.ones(1, device: .cuda) })")
    exit(1)
}

switch arguments.first {
case "smoke": exit(Smoke().run() ? 0 : 1)
case "draws":
    var draws = Draws(isRehearsal)
    try draws.save(to: arguments.dropFirst().first ?? "draws.pth")
case "speed": Speed(isRehearsal).run()
case "train": Speed(isRehearsal).train()
default:
    print("cuda-check smoke | draws FILE | speed | train [--rehearse]")
    exit(2)
}

/// Returns the message of the error that `body` raises.
func message(_ body: () throws -> Void) -> String {
    do {
        try withError(body)
        return "no error"
    } catch {
        return "\(error)"
    }
}
