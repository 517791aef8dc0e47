// PyTorch's alternative names of dtypes.

extension DType {
    /// `float16`. PyTorch: `torch.half`.
    public static var half: DType { .float16 }
    /// `float32`. PyTorch: `torch.float`.
    public static var float: DType { .float32 }
    /// `float64`. PyTorch: `torch.double`.
    public static var double: DType { .float64 }
    /// `int16`. PyTorch: `torch.short`.
    public static var short: DType { .int16 }
    /// `int32`. PyTorch: `torch.int`.
    public static var int: DType { .int32 }
    /// `int64`. PyTorch: `torch.long`.
    public static var long: DType { .int64 }
    /// `complex32`. PyTorch: `torch.chalf`.
    public static var chalf: DType { .complex32 }
    /// `complex64`. PyTorch: `torch.cfloat`.
    public static var cfloat: DType { .complex64 }
    /// `complex128`. PyTorch: `torch.cdouble`.
    public static var cdouble: DType { .complex128 }
}
