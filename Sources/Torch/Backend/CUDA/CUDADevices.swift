/// Explains why this process cannot use a CUDA device.
enum CUDADevices {
    /// The reason why no CUDA device can be used, as a sentence.
    static let refusal: String = refusal(environment: CUDALibrary.environment)

    private static func refusal(environment: [String: String]) -> String {
        do {
            return try refusal(CUDALibrary(.driver, environment: environment), environment: environment)
        } catch {
            return "\(error)"
        }
    }

    static func refusal(_ driver: CUDALibrary, environment: [String: String]) -> String {
        do {
            let start: @convention(c) (UInt32) -> Int32 = try driver.function("cuInit")
            let status = start(0)
            guard status == 0 else { return "\(driver.path): cuInit gives \(status)\(describe(status, driver))" }
            let countDevices: @convention(c) (UnsafeMutablePointer<Int32>) -> Int32 = try driver.function(
                "cuDeviceGetCount")
            var count: Int32 = 0
            let counted = countDevices(&count)
            guard counted == 0 else {
                return "\(driver.path): cuDeviceGetCount gives \(counted)\(describe(counted, driver))"
            }
            guard count > 0 else { return "\(driver.path) knows no device" }
            let compiler = try NVRTC(environment: environment)
            return
                "\(driver.path) has \(count) and \(compiler.library.path) can compile for it, but the operators of this version run on the CPU only"
        } catch {
            return "\(error)"
        }
    }

    private static func describe(_ status: Int32, _ driver: CUDALibrary) -> String {
        guard
            let describe: @convention(c) (Int32, UnsafeMutablePointer<UnsafePointer<CChar>?>) -> Int32 =
                try? driver.function("cuGetErrorString")
        else { return "" }
        var text: UnsafePointer<CChar>?
        guard describe(status, &text) == 0, let text else { return "" }
        return " (\(String(cString: text)))"
    }
}
