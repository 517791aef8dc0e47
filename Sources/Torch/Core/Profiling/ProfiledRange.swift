/// A stretch of one thread's time in a profile: an operator, what the engine does for a node and the node's own step, a
/// block that the program named, or the call of a module.
struct ProfiledRange: Sendable {
    /// What a range is of.
    enum Kind: UInt8, Sendable {
        case function, evaluation, backward, user, module
    }

    let kind: Kind
    let name: String
    /// Nanoseconds of `ProfileRecorder.now`. The end is 0 until the range has ended.
    var begin: UInt64 = 0
    var end: UInt64 = 0
    /// Whether the range ends before those around it, and on their thread.
    var nests = true
    /// The thread on which the range ended, if it is another one.
    var endThread: UInt64?
    /// The tape's number of the node that the range runs, or of the next node; nil if nothing is recorded.
    var sequence: UInt64?
    /// The tape's next number at the end of a module's call.
    var sequenceAtEnd: UInt64?
    /// The operands; nil in the place of one that is not a tensor.
    var inputs: [Operand?] = []
    var flops = 0
    /// The name of the module: its path below the outermost module that was called, and the class of that one.
    var module: ModulePath?
    var stack: CallStack?
    /// The work that was given to a device.
    var launches: [DeviceLaunch] = []

    /// The form of an operand.
    struct Operand: Sendable {
        let sizes: [Int], strides: [Int]
        let dtype: DType

        init(_ layout: Layout, _ dtype: DType) {
            (sizes, strides, self.dtype) = (layout.sizes, layout.strides, dtype)
        }
    }

    /// A module's place.
    struct ModulePath: Hashable, Sendable {
        /// The outermost module whose call this one is in.
        let rootModule: ObjectIdentifier
        /// The class of the outermost module.
        let root: String
        /// The names of members that lead from the outermost module to this one, such as `layers.0.attention`; empty
        /// for the outermost.
        let path: String
        /// The class of the module itself.
        let type: String

        /// The class of the outermost module and the path.
        var full: String { path.isEmpty ? root : "\(root).\(path)" }
    }

    /// Work on a stream of a device, between two events.
    struct DeviceLaunch: Sendable {
        let device: Device, stream: Int
        /// Waits for the work. Returns its begin and end, in nanoseconds of `ProfileRecorder.now`; nil if there was no
        /// time to measure.
        let measure: @Sendable () -> Range<UInt64>?
    }
}

/// Memory that was allocated or freed during a profile.
struct ProfiledMemory: Sendable {
    let time: UInt64
    let device: Device
    let address: UInt
    /// Negative if the memory was freed.
    let bytes: Int
    /// The bytes on this device that the profile knows of, with this change.
    let total: Int
}
