// The entry point of libFuzzer for the decoders of images (run-images.sh).

import Torch
import TorchVision

/// Decodes one input of the fuzzer in each mode. The format is found by the first bytes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    for mode in ImageReadMode.allCases {
        do {
            let image = try decodeImage(bytes, mode: mode, applyExifOrientation: true)
            precondition(image.dim == 3 || image.dim == 4)
            // Reads all memory.
            precondition(image.to(.int32).max().item(as: Int.self) <= 65535)
        } catch is TorchError {
            // A reader should throw this for bad input.
        } catch {
            fatalError("an error of the wrong kind: \(error)")
        }
    }
    return 0
}
