#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch
import TorchText

extension Case {
    /// Reviews in a Parquet file that Benchmarks/text.py has written. Empty if there is no such file.
    static func text() -> [String: Case] {
        guard let path = getenv("BENCH_REVIEWS").map({ String(cString: $0) }) else { return [:] }
        let read = Case {
            let reviews = load(path)
            return summary((0..<reviews.count).map { reviews[$0] })
        } loop: { count in
            for _ in 0..<count { precondition(load(path).count > 0) }
        }
        let reviews = load(path),
            places = Tensor.randperm(reviews.count, generator: Generator(seed: 0)).toArray(as: Int.self)
        let row = Case {
            summary(places.map { reviews[$0] })
        } loop: { count in
            for i in 0..<count { precondition(reviews[places[i % places.count]]["text"] != nil) }
        }
        return ["read_table": read, "read_table mapped": read, "row": row]
    }

    /// Returns the lengths of the texts, and the labels.
    private static func summary(_ rows: [Row]) -> Tensor {
        stack([
            Tensor(rows.map { row in if case .string(let text)? = row["text"] { text.utf8.count } else { -1 } }),
            Tensor(rows.map { row in if case .int(let label)? = row["label"] { label } else { -1 } })
        ])
    }

    private static func load(_ path: String) -> ArrowDataset {
        do { return try ArrowDataset.fromParquet(path) } catch { fatalError("\(error)") }
    }
}
