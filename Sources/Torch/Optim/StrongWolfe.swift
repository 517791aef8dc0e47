/// A point on the line: its step length, the loss, the gradient, and the slope of the loss along the line.
private struct LinePoint {
    var step: Double
    var loss: Double
    var grad: Tensor
    var slope: Double
}

/// Finds a step along `direction` that satisfies the strong Wolfe conditions: the loss has decreased enough, and its
/// slope is flat enough. Follows minFunc as PyTorch does.
///
/// - Parameters:
///   - step: the first step to try.
///   - limit: the maximum number of iterations. Each evaluates the loss once.
///   - evaluate: returns the loss and the gradient after a step.
func strongWolfe(
    step: Double, _ direction: Tensor, loss: Double, grad: Tensor, slope: Double, toleranceChange: Double, limit: Int,
    _ evaluate: (Double) -> (loss: Double, grad: Tensor)
) -> (loss: Double, grad: Tensor, step: Double, evaluations: Int) {
    let sufficientDecrease = 1e-4, curvature = 0.9
    func point(_ step: Double) -> LinePoint {
        let (loss, grad) = evaluate(step)
        return LinePoint(step: step, loss: loss, grad: grad.clone(), slope: grad.dot(direction).item())
    }
    func isTooHigh(_ point: LinePoint) -> Bool { point.loss > loss + sufficientDecrease * point.step * slope }
    func isFlat(_ point: LinePoint) -> Bool { abs(point.slope) <= -curvature * slope }

    let start = LinePoint(step: 0, loss: loss, grad: grad.clone(), slope: slope)
    var new = point(step)
    var evaluations = 1
    // First extend the step until the minimum lies between two points.
    var previous = start
    var bracket: (LinePoint, LinePoint)?
    var iteration = 0
    while iteration < limit {
        if isTooHigh(new) || iteration > 1 && new.loss >= previous.loss {
            bracket = (previous, new)
            break
        }
        if isFlat(new) { return (new.loss, new.grad, new.step, evaluations) }
        if new.slope >= 0 {
            bracket = (previous, new)
            break
        }
        let next = cubicMinimum(previous, new, within: (new.step + 0.01 * (new.step - previous.step), new.step * 10))
        previous = new
        new = point(next)
        evaluations += 1
        iteration += 1
    }
    var (a, b) = bracket ?? (start, new)
    // Then shrink the bracket. `low` is its better end.
    var lowIsFirst = a.loss <= b.loss
    var isSlow = false
    let reach = direction.abs().max().item()
    while iteration < limit, abs(b.step - a.step) * reach >= toleranceChange {
        let least = min(a.step, b.step), most = max(a.step, b.step)
        var next = cubicMinimum(a, b, within: (least, most))
        let margin = 0.1 * (most - least)
        if min(most - next, next - least) < margin {
            if isSlow || next >= most || next <= least {
                next = abs(next - most) < abs(next - least) ? most - margin : least + margin
                isSlow = false
            } else {
                isSlow = true
            }
        } else {
            isSlow = false
        }
        new = point(next)
        evaluations += 1
        iteration += 1
        let low = lowIsFirst ? a : b, high = lowIsFirst ? b : a
        if isTooHigh(new) || new.loss >= low.loss {
            if lowIsFirst { b = new } else { a = new }
            lowIsFirst = a.loss <= b.loss
        } else {
            let isDone = isFlat(new)
            if !isDone, new.slope * (high.step - low.step) >= 0 {
                if lowIsFirst { b = low } else { a = low }
            }
            if lowIsFirst { a = new } else { b = new }
            if isDone { break }
        }
    }
    let best = lowIsFirst ? a : b
    return (best.loss, best.grad, best.step, evaluations)
}

/// Returns the minimum of the cubic through two points, clamped to the bounds, or their midpoint if there is no
/// minimum.
private func cubicMinimum(_ a: LinePoint, _ b: LinePoint, within bounds: (Double, Double)) -> Double {
    let d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.step - b.step)
    let square = d1 * d1 - a.slope * b.slope
    guard square >= 0 else { return (bounds.0 + bounds.1) / 2 }
    let d2 = square.squareRoot()
    let (left, right) = a.step <= b.step ? (a, b) : (b, a)
    let minimum =
        right.step - (right.step - left.step) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2))
    return min(max(minimum, bounds.0), bounds.1)
}
