#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch
import TorchVision

extension Case {
    /// JPEG files in a folder of classes, which Benchmarks/pictures.py has written. Empty if there is no such folder.
    static func pictures() -> [String: Case] {
        guard let root = getenv("BENCH_PICTURES").map({ String(cString: $0) }) else { return [:] }
        let file = expecting { try readFile("\(root)/0/0.jpg") }
        let image = expecting { try decodeImage(file) }
        let prepare = Compose {
            Resize(256); CenterCrop(224); ConvertImageDtype(.float32)
        }
        let augment = Compose {
            RandomResizedCrop(224); ToTensor()
        }
        let folder = expecting { try ImageFolder(root: root, transform: augment) }
        let loader = DataLoader(folder, batchSize: 64, numWorkers: 2)
        return [
            "decode": Case { expecting { try decodeImage(file) } },
            "resize and crop": Case { prepare(image) },
            "image folder": Case {
                cat(loader.map { x, y in y + x.size(0) }, dim: 0)
            }
        ]
    }

    private static func expecting<Value>(_ body: () throws -> Value) -> Value {
        do { return try body() } catch { fatalError("\(error)") }
    }
}
