// The entry point of libFuzzer for the IDX reader (run-idx.sh).

@testable import Torch
@testable import TorchVision

/// Runs the reader on one input of the fuzzer.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    check { try IDX.decode(bytes, name: "input") }
    check { try IDX.decode(gzipped: bytes, name: "input") }
    return 0
}

/// Checks that the reader throws, or returns a tensor whose memory is complete.
private func check(_ read: () throws -> Tensor) {
    do {
        let tensor = try read()
        precondition(tensor.numel() * tensor.itemSize == tensor.storage.byteCount)
        let bytes = UnsafeRawBufferPointer(start: tensor.storage.pointer, count: tensor.storage.byteCount)
        precondition(bytes.reduce(0) { $0 + Int($1) } <= 255 * bytes.count)
    } catch is TorchError {
        // A reader should throw this for bad input.
    } catch {
        fatalError("an error of the wrong kind: \(error)")
    }
}
