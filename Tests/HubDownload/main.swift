import TorchText

// Downloads files in its own process: hub-download NAME FILE... Prints the paths. The environment gives the hub and the
// cache.
let arguments = CommandLine.arguments.dropFirst()
guard arguments.count >= 2, let name = arguments.first else { fatalError("hub-download NAME FILE...") }
let hub = HubClient()
let repository = try await hub.info(name)
print(try await hub.download(Array(arguments.dropFirst()), from: repository).joined(separator: "\n"))
