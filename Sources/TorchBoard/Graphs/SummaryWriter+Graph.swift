import Torch

extension SummaryWriter {
    /// Adds the graph of a module. PyTorch: `add_graph`.
    ///
    /// The module runs once, in evaluation mode. Its modules are the boxes of the graph, the operators of the tape are
    /// its nodes, with the shapes of their results. PyTorch takes the operators from a trace of TorchScript instead, so
    /// what has no derivative, such as `argmax`, is a node only if a module computes it.
    /// - Parameters:
    ///   - model: the module.
    ///   - inputToModel: its input.
    public func addGraph(_ model: some Layer, _ inputToModel: Tensor) { addGraph(model) { model(inputToModel) } }

    /// Adds the graph of a module that has other inputs or outputs than one tensor: `call` calls it.
    ///
    ///     writer.addGraph(model) { model(source, mask) }
    /// - Precondition: the module runs its hooks when it is called (`withHooks`).
    public func addGraph<Output>(_ model: Module, _ call: () -> Output) {
        let trace = ModuleTrace(model)
        trace.run(call)
        if (try? throwIfFailed()) == nil { return }
        guard trace.hasRun else {
            return raise(.value, "addGraph: \(model.typeName) was not called, or does not run its hooks")
        }
        let graph = ProtoMessage {
            for node in trace.nodes { $0.add(1, node.message) }
            // VersionDef.producer, PyTorch's.
            $0.add(4) { $0.add(1, 22) }
        }
        add(Event(step: nil, walltime: nil) { $0.add(4, graph.bytes, isOptional: true) })
        // TensorBoard wants statistics of a step with the graph, if only the device.
        let metadata = ProtoMessage { $0.add(1) { $0.add(1) { $0.add(1, "/device:CPU:0") } } }
        add(
            Event(step: nil, walltime: nil) {
                $0.add(8) {
                    $0.add(1, "step1")
                    $0.add(2, metadata.bytes)
                }
            })
    }
}

/// A node of TensorBoard's graphs.
struct GraphNode {
    let name, operation: String
    var inputs: [String]
    var shapes: [[Int]]
    var attributes = ""

    /// A `NodeDef`.
    var message: ProtoMessage {
        ProtoMessage {
            $0.add(1, name)
            $0.add(2, operation)
            for input in inputs { $0.add(3, input) }
            attribute("attr", &$0) { $0.add(2, attributes, isOptional: true) }
            if !shapes.isEmpty {
                attribute("_output_shapes", &$0) {
                    $0.add(1) { list in for shape in shapes { list.add(7, shape: shape) } }
                }
            }
        }
    }

    private func attribute(_ name: String, _ node: inout ProtoMessage, _ value: (inout ProtoMessage) -> Void) {
        node.add(5) {
            $0.add(1, name)
            $0.add(2, ProtoMessage(value))
        }
    }
}
