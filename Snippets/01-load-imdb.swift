import TorchText

let dataset = try await loadDataset("imdb")
print(dataset["train"][0])
