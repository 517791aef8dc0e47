extension DType {
    /// The name of the C++ type in PyTorch's messages.
    var cName: String {
        switch self {
        case .bool: "bool"
        case .uint8: "unsigned char"
        case .int8: "signed char"
        case .int16: "short"
        case .int32: "int"
        case .int64: "long int"
        case .float16: "c10::Half"
        case .bfloat16: "c10::BFloat16"
        case .float32: "float"
        case .float64: "double"
        case .complex64: "c10::complex<float>"
        case .complex128: "c10::complex<double>"
        case .complex32: "c10::complex<c10::Half>"
        case .uint16: "short unsigned int"
        case .uint32: "unsigned int"
        case .uint64: "long unsigned int"
        case .float8_e4m3fn: "c10::Float8_e4m3fn"
        case .float8_e5m2: "c10::Float8_e5m2"
        }
    }
}
