import Torch

extension Table {
    mutating func addIndexing() {
        op("index_select", "input dim index") { try $0.input.indexSelect(dim: $0.int("dim"), index: $0.tensor("index")) }
        op("index_add", "input dim index source alpha", inPlace: {
            try $0.input.indexAdd_(dim: $0.int("dim"), index: $0.tensor("index"), source: $0.tensor("source"), alpha: $0.scalar("alpha", 1))
        }) {
            try $0.input.indexAdd(dim: $0.int("dim"), index: $0.tensor("index"), source: $0.tensor("source"), alpha: $0.scalar("alpha", 1))
        }
        op("gather", "input dim index") { try $0.input.gather(dim: $0.int("dim"), index: $0.tensor("index")) }
        op("scatter", "input dim index src", inPlace: { try $0.input.scatter_(dim: $0.int("dim"), index: $0.tensor("index"), source: $0.operand("src")) }) {
            try $0.input.scatter(dim: $0.int("dim"), index: $0.tensor("index"), source: $0.operand("src"))
        }
        op("scatter_add", "input dim index src", inPlace: { try $0.input.scatterAdd_(dim: $0.int("dim"), index: $0.tensor("index"), source: $0.tensor("src")) }) {
            try $0.input.scatterAdd(dim: $0.int("dim"), index: $0.tensor("index"), source: $0.tensor("src"))
        }
    }
}
