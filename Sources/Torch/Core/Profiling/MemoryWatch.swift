import CTorchKernels

/// Notes in a profile that a storage's memory was allocated, and when it is freed or changes its size.
final class MemoryWatch {
    private let recorder: ProfileRecorder
    private let device: Device
    private let address: UInt
    private var bytes: Int

    private init(_ storage: Storage, _ recorder: ProfileRecorder) {
        self.recorder = recorder
        (device, address, bytes) = (storage.device, UInt(bitPattern: storage.address), storage.byteCount)
    }

    /// Begins to watch new memory if a profile of memory runs.
    @inline(never)
    static func begin(_ storage: Storage) {
        guard let profile = ThreadProfile.current, profile.options.recordsMemory, storage.byteCount > 0 else { return }
        let watch = MemoryWatch(storage, profile.recorder)
        StorageAttachments.lock.withLock { _ in storage.makeAttachments().memoryWatch = watch }
        watch.note(watch.bytes, in: profile)
    }

    /// Notes that the memory has another size.
    func resize(to count: Int) {
        if let profile = ThreadProfile.current, profile.recorder === recorder { note(count - bytes, in: profile) }
        bytes = count
    }

    private func note(_ change: Int, in profile: ThreadProfile) {
        if change == 0 { return }
        profile.add(
            ProfiledMemory(
                time: ProfileRecorder.now, device: device, address: address, bytes: change,
                total: recorder.add(bytes: change, on: device)))
    }

    deinit { resize(to: 0) }
}
