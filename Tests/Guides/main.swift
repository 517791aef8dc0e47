// Runs the guides that are named, in the working folder: guides LearnTheBasics.
import Foundation

let guides: [String: () async throws -> Void] = [
    "AutogradGuide": autogradGuide, "Checkpoints": checkpoints, "DatasetsAndLoaders": datasetsAndLoaders,
    "FromPyTorch": fromPyTorch, "LearnTheBasics": learnTheBasics, "Modules": modules, "Performance": performance,
    "Plots": plots, "ProfilerGuide": profilerGuide, "Swift6": swift6
]

for name in CommandLine.arguments.dropFirst() {
    guard let guide = guides[name] else { fatalError("\(name) is none of \(guides.keys.sorted())") }
    try await guide()
}
