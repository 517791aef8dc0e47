/// One value of a `Summary` message: what TensorBoard shows under one tag. The numbers are those of the fields in
/// tensorboard/compat/proto.
struct Summary {
    let message: ProtoMessage

    /// Creates a value.
    /// - Parameters:
    ///   - tag: the name.
    ///   - plugin: the part of TensorBoard that shows it, and what this part must know; nil for the oldest kinds.
    ///   - value: adds the field that holds the value, whose number is below 9.
    init(_ tag: String, plugin: Plugin? = nil, _ value: (inout ProtoMessage) -> Void = { _ in }) {
        var message = ProtoMessage()
        message.add(1, tag)
        var rest = ProtoMessage()
        value(&rest)
        // The plugin's data has the number 9, a tensor the number 8, and all other values smaller ones.
        message.append(rest)
        if let plugin { message.add(9) { $0.add(1, plugin.message) } }
        self.message = message
    }

    struct Plugin {
        let name: String
        var content = ProtoMessage()

        var message: ProtoMessage {
            ProtoMessage {
                $0.add(1, name)
                $0.add(2, content.bytes)
            }
        }
    }
}

/// The types of elements in a `TensorProto`.
enum TensorProtoType: Int {
    case float = 1, double, int32, uint8, int16, int8, string, complex64, int64, bool
    case bfloat16 = 14, complex128 = 18, half
}

extension ProtoMessage {
    /// Adds the shape of a tensor.
    mutating func add(_ field: Int, shape: [Int]) {
        add(field) { message in for size in shape { message.add(2) { $0.add(1, size) } } }
    }

    /// Adds a tensor whose elements `elements` adds.
    mutating func add(
        tensor field: Int, _ type: TensorProtoType, shape: [Int]?, _ elements: (inout ProtoMessage) -> Void
    ) {
        add(field) { message in
            message.add(1, type.rawValue)
            if let shape { message.add(2, shape: shape) }
            elements(&message)
        }
    }
}
