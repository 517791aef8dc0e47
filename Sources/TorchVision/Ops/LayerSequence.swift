import Torch

/// Runs layers with any names one after the other. Unlike `Sequential`, it is the base class of blocks that print under
/// their own names. PyTorch: `torch.nn.Sequential`, as a superclass.
public class LayerSequence: Module, Layer {
    private var entries: [(name: String, layer: any Layer)]

    /// Creates a sequence of layers with names.
    init(named layers: [(name: String, layer: any Layer)]) { entries = layers }

    /// Creates a sequence of layers that are named by their index.
    init(_ layers: [any Layer]) { entries = layers.enumerated().map { (String($0.offset), $0.element) } }

    /// Passes the input through all layers, in order.
    public final func forward(_ input: Tensor) -> Tensor {
        var x = input
        for entry in entries { x = entry.layer(x) }
        return x
    }

    /// The layers' names are those in the state dict.
    public final override class func stateName(of property: String) -> String { property }

    /// The name of the class in print: `Sequential`, or the name of the subclass.
    public override var typeName: String { type(of: self) == LayerSequence.self ? "Sequential" : super.typeName }
}

extension LayerSequence: RandomAccessCollection {
    public final var startIndex: Int { 0 }
    public final var endIndex: Int { entries.count }

    /// The layer at an index. A negative index counts from the end.
    /// - Precondition: -count ≤ `position` < count.
    public final subscript(position: Int) -> any Layer {
        get { wrapped(position).map { entries[$0].layer } ?? Identity() }
        set { if let i = wrapped(position) { entries[i].layer = newValue } }
    }

    private func wrapped(_ position: Int) -> Int? {
        guard position >= -count, position < count else {
            raise(.index, "index \(position) is out of range")
            return nil
        }
        return position < 0 ? position + count : position
    }
}

extension LayerSequence: CustomReflectable {
    /// The layers under their names. The state dict and the printed form follow from it.
    public final var customMirror: Mirror {
        Mirror(
            self, children: entries.map { (label: $0.name, value: $0.layer as Any) },
            displayStyle: .class, ancestorRepresentation: .suppressed)
    }
}
