import CTorchKernels
import Locks

/// The CUDA devices of this process.
final class CUDADevices: Sendable {
    /// The devices, or the reason why none can be used.
    static let shared = Result { try CUDADevices(environment: CUDALibrary.environment) }
    /// More devices than these are not used: each thread notes its current stream on each.
    static let most = 16

    let driver: CUDADriver
    let compiler: NVRTC
    let count: Int
    private let contexts = Mutex<[Int: CUDAContext]>([:])
    private let backends = Mutex<[Int: any Backend]>([:])

    private convenience init(environment: [String: String]) throws {
        try self.init(CUDADriver.found(environment), environment: environment)
    }

    private init(_ library: CUDALibrary, environment: [String: String]) throws {
        driver = try CUDADriver(library)
        compiler = try NVRTC(environment: environment)
        count = min(driver.deviceCount, Self.most)
    }

    /// The reason why no CUDA device can be used, as a sentence.
    static var refusal: String {
        guard case .failure(let error) = shared else { return "" }
        return "\(error)"
    }

    /// Returns the reason why no device of this driver can be used; empty if one can.
    static func refusal(_ library: CUDALibrary, environment: [String: String]) -> String {
        do {
            _ = try CUDADevices(library, environment: environment)
            return ""
        } catch {
            return "\(error)"
        }
    }

    /// The number of this thread's current device.
    static var current: Int {
        get { Int(st_this_thread().pointee.cuda_device) }
        set { st_this_thread().pointee.cuda_device = Int32(newValue) }
    }

    /// Returns a device's context, which is made at first use.
    func context(_ device: Int) throws -> CUDAContext {
        try contexts.withLock { contexts in
            if let known = contexts[device] { return known }
            let context = try CUDAContext(driver, compiler, device: device)
            contexts[device] = context
            return context
        }
    }

    /// Returns whether an address is that of pinned host memory.
    func isPinned(_ pointer: UnsafeRawPointer) -> Bool {
        // CU_POINTER_ATTRIBUTE_MEMORY_TYPE is 2, CU_MEMORYTYPE_HOST is 1. The driver does not know other memory.
        var type: UInt32 = 0
        return driver.pointerAttribute(&type, 2, UInt64(UInt(bitPattern: pointer))) == 0 && type == 1
    }

    /// Returns the number of the device that has an address; nil if none has.
    func owner(of pointer: UnsafeRawPointer) -> Int? {
        // CU_POINTER_ATTRIBUTE_MEMORY_TYPE is 2, CU_MEMORYTYPE_DEVICE too; CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL is 9.
        let address = UInt64(UInt(bitPattern: pointer))
        var type: UInt32 = 0, device: Int32 = 0
        guard driver.pointerAttribute(&type, 2, address) == 0, type == 2,
            driver.pointerAttribute(&device, 9, address) == 0
        else { return nil }
        return Int(device)
    }

    /// Returns the number that a CUDA device stands for, or nil if there is no such device.
    func number(of device: Device) -> Int? {
        let number = device.index ?? Self.current
        return number < count ? number : nil
    }

    /// Returns a device's backend. Raises and returns nil if its context cannot be made.
    func backend(_ number: Int) -> (any Backend)? {
        if let known = backends.withLock({ $0[number] }) { return known }
        do {
            let backend = CUDABackend(try context(number))
            return backends.withLock {
                let kept = $0[number] ?? (Backends.areChecked ? CheckedBackend(backend) : backend)
                $0[number] = kept
                return kept
            }
        } catch {
            raise(error as? TorchError ?? TorchError(.runtime, "\(error)"))
            return nil
        }
    }
}
