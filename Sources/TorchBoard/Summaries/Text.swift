import Torch

extension SummaryWriter {
    /// Adds a text, which TensorBoard reads as Markdown. PyTorch: `add_text`.
    /// - Parameters:
    ///   - tag: the name.
    ///   - textString: the text.
    ///   - globalStep: the step of the training run.
    ///   - walltime: the seconds since 1970; the default is now.
    public func addText(_ tag: String, _ textString: String, globalStep: Int? = nil, walltime: Double? = nil) {
        let summary = Summary("\(tag)/text_summary", plugin: Summary.Plugin(name: "text")) {
            $0.add(tensor: 8, .string, shape: [1]) { $0.add(8, textString, isOptional: true) }
        }
        add(summary, globalStep, walltime)
    }

    /// A chart of several scalars. PyTorch: the lists `['Multiline', tags]` and `['Margin', tags]`.
    public enum CustomChart: Sendable {
        /// The curves of all scalars with these tags, in one chart. A tag may be a regular expression.
        case multiline([String])
        /// A curve, and the area between two others.
        case margin(value: String, lower: String, upper: String)
    }

    /// Arranges scalars in charts of their own: a chart has a title and belongs to a category. It may be called once
    /// for a run, before or after the scalars are added. PyTorch: `add_custom_scalars`.
    ///
    /// ```swift
    /// writer.addCustomScalars([
    ///     "Loss": ["both": .multiline(["loss/train", "loss/test"])],
    ///     "Speed": ["images": .margin(value: "mean", lower: "least", upper: "most")],
    /// ])
    /// ```
    public func addCustomScalars(_ layout: KeyValuePairs<String, KeyValuePairs<String, CustomChart>>) {
        let content = ProtoMessage { message in
            for (category, charts) in layout {
                message.add(2) {
                    $0.add(1, category)
                    for (title, chart) in charts { $0.add(2, chart.message(title)) }
                }
            }
        }
        let summary = Summary("custom_scalars__config__", plugin: Summary.Plugin(name: "custom_scalars")) {
            $0.add(tensor: 8, .string, shape: []) { $0.add(8, content) }
        }
        add(summary, nil, nil)
    }

    /// Arranges scalars in one chart. PyTorch: `add_custom_scalars_multilinechart`.
    public func addCustomScalarsMultilineChart(
        _ tags: [String], category: String = "default", title: String = "untitled"
    ) {
        addCustomScalars([category: [title: .multiline(tags)]])
    }

    /// Arranges three scalars in one chart: a curve, and the lower and upper bound of the area around it.
    /// PyTorch: `add_custom_scalars_marginchart`.
    /// - Precondition: there are three tags.
    public func addCustomScalarsMarginChart(
        _ tags: [String], category: String = "default", title: String = "untitled"
    ) {
        guard tags.count == 3 else { return raise(.assertion, "Expected 3 tags, got \(tags.count).") }
        addCustomScalars([category: [title: .margin(value: tags[0], lower: tags[1], upper: tags[2])]])
    }
}

extension SummaryWriter.CustomChart {
    fileprivate func message(_ title: String) -> ProtoMessage {
        ProtoMessage {
            $0.add(1, title)
            switch self {
            case .multiline(let tags):
                $0.add(2) { content in for tag in tags { content.add(1, tag, isOptional: true) } }
            case .margin(let value, let lower, let upper):
                $0.add(3) {
                    $0.add(1) {
                        $0.add(1, value)
                        $0.add(2, lower)
                        $0.add(3, upper)
                    }
                }
            }
        }
    }
}
