/// Memory of a device that the host cannot address. Its allocator gets it back when the last reference is gone.
package class DeviceMemory: @unchecked Sendable {
    /// The address on the device.
    package let address: UInt64
    package let device: Device

    package init(address: UInt64, device: Device) {
        self.address = address
        self.device = device
    }

    /// Returns other memory of `byteCount` bytes that begins with the first `kept` bytes of this one; nil if the device
    /// has none.
    package func resized(to byteCount: Int, keeping kept: Int) -> DeviceMemory? { nil }

    /// Notes that work on the current stream uses the memory.
    package func recordCurrentStream() {}
}
