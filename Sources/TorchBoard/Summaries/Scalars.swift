import Torch

extension SummaryWriter {
    /// Adds a number to the chart of a tag. PyTorch: `add_scalar`.
    /// - Parameters:
    ///   - tag: the name of the chart.
    ///   - scalarValue: a number, or a tensor of one element. It is kept as a float32.
    ///   - globalStep: the step of the training run.
    ///   - walltime: the seconds since 1970; the default is now.
    ///   - newStyle: whether to write the value as a tensor, which TensorBoard may load faster. PyTorch: `new_style`.
    ///   - doublePrecision: whether `newStyle` writes a float64. PyTorch: `double_precision`.
    public func addScalar(
        _ tag: String, _ scalarValue: some TensorOperand, globalStep: Int? = nil, walltime: Double? = nil,
        newStyle: Bool = false, doublePrecision: Bool = false
    ) {
        let value = number(scalarValue)
        let summary =
            newStyle
            ? Summary(tag, plugin: Summary.Plugin(name: "scalars")) {
                $0.add(tensor: 8, doublePrecision ? .double : .float, shape: nil) {
                    if doublePrecision { $0.add(packed: 6, [value]) } else { $0.add(packed: 5, [Float(value)]) }
                }
            } : Summary(tag) { $0.add(2, Float(value), isOptional: true) }
        add(summary, globalStep, walltime)
    }

    /// Adds several numbers to one chart. Each has a file of its own, in a folder beside those of the other values,
    /// which TensorBoard shows as a run. PyTorch: `add_scalars`.
    /// - Parameters:
    ///   - mainTag: the name of the chart.
    ///   - values: the names of the curves, and numbers or tensors of one element. PyTorch: `tag_scalar_dict`.
    ///   - globalStep: the step of the training run.
    ///   - walltime: the seconds since 1970; the default is now.
    public func addScalars(
        _ mainTag: String, _ values: KeyValuePairs<String, any TensorOperand>, globalStep: Int? = nil,
        walltime: Double? = nil
    ) {
        for (name, value) in values { addScalar(mainTag, name, value, globalStep, walltime ?? Clock.now) }
    }

    /// Like the function that takes a literal, for a dictionary. The values are written in the order of the keys.
    @_disfavoredOverload
    public func addScalars(
        _ mainTag: String, _ values: [String: some TensorOperand], globalStep: Int? = nil, walltime: Double? = nil
    ) {
        let walltime = walltime ?? Clock.now
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            addScalar(mainTag, name, value, globalStep, walltime)
        }
    }

    private func addScalar(
        _ mainTag: String, _ name: String, _ value: any TensorOperand, _ step: Int?, _ walltime: Double
    ) {
        let value = number(value)
        add(
            Summary(mainTag) { $0.add(2, Float(value), isOptional: true) }, step, walltime,
            folder: "\(logDir)/\(mainTag.replacing("/", with: "_"))_\(name)")
    }
}

/// Returns the only element of a number or a tensor. Raises PyTorch's error if there are several.
func number(_ value: any TensorOperand) -> Double {
    let tensor = value.operand
    guard tensor.numel() == 1 else {
        raise(
            .assertion,
            "Tensor should contain one element (0 dimensions). Was given size: \(tensor.numel()) and \(tensor.squeeze().dim) dimensions."
        )
        return .nan
    }
    return tensor.detach().item()
}
