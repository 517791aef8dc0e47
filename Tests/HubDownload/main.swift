import TorchText

// Downloads files as a process of its own: hub-download NAME FILE...; prints the paths. The environment says from where
// and to where.
let arguments = CommandLine.arguments.dropFirst()
guard arguments.count >= 2, let name = arguments.first else { fatalError("hub-download NAME FILE...") }
let hub = HubClient()
let repository = try await hub.info(name)
print(try await hub.download(Array(arguments.dropFirst()), from: repository).joined(separator: "\n"))
