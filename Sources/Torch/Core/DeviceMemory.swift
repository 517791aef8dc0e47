/// Memory of a device that the host cannot address. Its allocator gets it back when the last reference is gone.
package protocol DeviceMemory: AnyObject, Sendable {
    /// The address on the device.
    var address: UInt64 { get }
    var device: Device { get }

    /// Returns other memory of `byteCount` bytes that begins with the first `kept` bytes of this one; nil if the device
    /// has none.
    func resized(to byteCount: Int, keeping kept: Int) -> (any DeviceMemory)?
}
