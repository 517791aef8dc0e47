// The entry point of libFuzzer for folders of pretrained language models.

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif
import Torch
@testable import TorchText

/// The folder of a model whose file `FUZZED` is each time an input of the fuzzer, and that file's path.
private let folder = String(cString: getenv("FOLDER"))
private let path = "\(folder)/\(String(cString: getenv("FUZZED")))"

private let isBERT = String(cString: getenv("READER")) == "bert"

/// Reads the folder with one input of the fuzzer in it. A model that is accepted computes logits or raises an error.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let file = fopen(path, "w") else { fatalError("cannot write \(path)") }
    fwrite(start, 1, count, file)
    fclose(file)
    setWarnings(.ignore)
    do {
        let ids = Tensor([[0, 1, 2, 1]])
        if isBERT {
            let model = try BertModel.read(PretrainedFolder(folder), dtype: nil)
            try withError { noGrad { _ = model(ids) } }
        } else {
            let model = try loadCausalLanguageModel(folder)
            var cache: KeyValueCache? = try withError { model.makeCache() }
            try withError { noGrad { _ = model.logits(ids, cache: &cache) } }
        }
    } catch is TorchError {
        // A reader should throw this for bad input.
    } catch {
        fatalError("an error of the wrong kind: \(error)")
    }
    return 0
}
