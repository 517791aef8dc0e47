import Foundation
import Testing

@testable import Torch

/// Anomaly detection: the sentences are those of PyTorch 2.15.0 for the same calls.
@Suite(.serialized) struct AnomalyTests {
    /// Returns the message of the error that `body` raises while warnings are ignored.
    private func error(_ body: () -> Void) -> String? {
        setWarnings(.ignore)
        defer { setWarnings(.once) }
        do {
            try withError(body)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private static let zeroAndFour = [0.0, 4.0]

    @inline(never)
    private func squareRootOf(_ x: Tensor) -> Tensor { x.sqrt() }

    /// The derivative of the root is infinite at 0, and the gradient that arrives is 0.
    private func loss(_ x: Tensor) -> (root: Tensor, loss: Tensor) {
        let root = squareRootOf(x)
        return (root, (root * Tensor([0.0, 1.0])).sum())
    }

    @Test func aStepThatGivesNaN() throws {
        let x = Tensor(Self.zeroAndFour, requiresGrad: true), z = Tensor([0.0, 1.0], requiresGrad: true)
        #expect(
            error { detectAnomaly { loss(x).loss.backward() } }
                == "Function 'SqrtBackward0' returned nan values in its 0th output.")
        #expect(x.accumulatedGrad == nil)
        #expect(error { setDetectAnomaly(true) { (z / z.detach()).sum().backward() } } == nil)
        #expect(
            error { setDetectAnomaly(true) { (Tensor([0.0, 1.0]) / z).sum().backward() } }
                == "Function 'DivBackward0' returned nan values in its 1th output.")
        #expect(
            error {
                setDetectAnomaly(true) {
                    let y = x * 2
                    y.registerHook { $0 * Double.nan }
                    y.sum().backward()
                }
            } == "Function 'MulBackward0' returned nan values in its 0th output.")
        #expect(
            error {
                setDetectAnomaly(true) {
                    let h = x * 1
                    _ = grad(loss(h).loss, h)
                }
            } == "Function 'SqrtBackward0' returned nan values in its 0th output.")
        #expect(!isAnomalyEnabled())
    }

    @Test func withoutALookAtNumbers() {
        let x = Tensor(Self.zeroAndFour, requiresGrad: true)
        #expect(error { setDetectAnomaly(true, checkNan: false) { loss(x).loss.backward() } } == nil)
        #expect(x.grad!.description == "tensor([   nan, 0.2500])")
        let found = error {
            setDetectAnomaly(true, checkNan: false) {
                let e = x.exp()
                e.mul_(2)
                e.sum().backward()
            }
        }
        #expect(
            found
                == "one of the variables needed for gradient computation has been modified by an inplace operation: "
                + "[torch.FloatTensor [2]], which is output 0 of Exp, is at version 1; expected version 0 instead. "
                + "Hint: the backtrace further above shows the operation that failed to compute its gradient. "
                + "The variable in question was changed in there or anywhere later. Good luck!")
    }

    @Test func theForwardCallIsNamed() {
        let x = Tensor(Self.zeroAndFour, requiresGrad: true)
        let step = setDetectAnomaly(true) { loss(x).root.gradFn! }
        let warnings = ForwardCall.warnings(of: step)
        #expect(warnings.count == 1)
        let start = "Error detected in SqrtBackward0. Traceback of forward call that caused the error:\n"
        #expect(warnings[0].hasPrefix(start))
        let lines = warnings[0].dropFirst(start.count).split(separator: "\n")
        let root = lines.lastIndex { $0.contains("AnomalyTests.squareRootOf(") }
        let caller = lines.lastIndex { $0.contains("AnomalyTests.loss(") }
        #expect(root != nil && caller != nil && caller! < root!, "\(warnings[0])")
        #expect(!lines.contains { $0.contains("Torch.ForwardCall") || $0.contains("Torch.CallStack") })

        let unknown = loss(x).root.gradFn!
        #expect(
            ForwardCall.warnings(of: unknown) == [
                "Error detected in SqrtBackward0. No forward pass information available. "
                    + "Enable detect anomaly during forward pass for more information."
            ])
    }

    /// The warning comes before the error, so it is the error if warnings are errors.
    @Test func theWarningComesFirst() {
        let x = Tensor(Self.zeroAndFour, requiresGrad: true)
        setWarnings(.error)
        defer { setWarnings(.once) }
        for _ in 0..<2 {
            let error = #expect(throws: TorchError.self) {
                try withError { setDetectAnomaly(true) { loss(x).loss.backward() } }
            }
            #expect(error?.kind == .warning)
            #expect(error?.message.hasPrefix("Error detected in SqrtBackward0. Traceback of forward call") == true)
        }
    }

    @Test func secondDerivatives() {
        let x = Tensor([0.0], requiresGrad: true)
        var power: Node?
        func find(_ name: String, from node: Node?) -> Node? {
            guard let node, node.name != name else { return node }
            return node.nextFunctions.lazy.compactMap { find(name, from: $0) }.first
        }
        let found = error {
            setDetectAnomaly(true) {
                let slope = grad(x.pow(1.5).sum(), x, createGraph: true)
                // The second derivative of x^1.5 is infinite at 0.
                power = find("PowBackward0", from: slope.gradFn)
                (slope * 0).sum().backward()
            }
        }
        #expect(found == "Function 'PowBackward0' returned nan values in its 0th output.")
        let warnings = power.map(ForwardCall.warnings(of:)) ?? []
        #expect(warnings.count == 2)
        #expect(
            warnings.last?.hasPrefix(
                "\n\nPrevious calculation was induced by PowBackward0. "
                    + "Traceback of forward call that induced the previous calculation:\n") == true)
    }

    @Test func examplesOfAVmap() {
        let f = { (x: Tensor) in (x.sqrt() * Tensor([0.0, 1.0])).sum() }
        let x = Tensor([[1.0, 4.0], [0.0, 4.0]])
        #expect(error { setDetectAnomaly(true) { _ = vmap(grad(f))(x[0..<1]) } } == nil)
        #expect(
            error { setDetectAnomaly(true) { _ = vmap(grad(f))(x) } }
                == "Function 'SqrtBackward0' returned nan values in its 0th output.")
    }

    /// Blocks are of their thread. The process's mode is that of all other threads.
    @Test func threads() {
        func onAnotherThread() -> Bool {
            final class Answer: @unchecked Sendable { var value = false }
            let answer = Answer(), done = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                answer.value = isAnomalyEnabled()
                done.signal()
            }
            done.wait()
            return answer.value
        }
        setDetectAnomaly(true) {
            #expect(isAnomalyEnabled() && isAnomalyCheckNanEnabled() && !onAnotherThread())
            setDetectAnomaly(false, checkNan: false) { #expect(!isAnomalyEnabled() && !isAnomalyCheckNanEnabled()) }
            #expect(isAnomalyEnabled())
        }
        #expect(!isAnomalyEnabled() && isAnomalyCheckNanEnabled())
        setDetectAnomaly(true)
        #expect(isAnomalyEnabled() && onAnotherThread())
        setDetectAnomaly(false) { #expect(!isAnomalyEnabled()) }
        setDetectAnomaly(false)
        #expect(!isAnomalyEnabled() && !onAnotherThread())
    }
}
