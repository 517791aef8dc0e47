import Torch

/// `Extremes` on a CUDA device. The device's memory is the limit.
enum CudaExtremes: Property {
    static let name = "cudaextremes"
    static let usualCases = 1
    static let patience: UInt32 = 100

    static func variants(of operatorCase: OperatorCase) throws -> [Variant] {
        Cuda.isHere ? try Extremes.variants(of: operatorCase, on: .cuda) : []
    }

    static func variants(of moduleCase: ModuleCase) throws -> [Variant] {
        Cuda.isHere ? Extremes.variants(of: moduleCase, on: .cuda) : []
    }
}
