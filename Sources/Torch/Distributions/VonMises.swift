import Foundation

/// The von Mises distribution of angles. PyTorch: `torch.distributions.VonMises`.
public final class VonMises: Distribution {
    /// Creates von Mises distributions with an angle in radians and a concentration. The arguments broadcast.
    public convenience init(_ loc: some TensorOperand, _ concentration: some TensorOperand, validateArgs: Bool? = nil) {
        let values = Self.broadcastAll(loc, concentration)
        self.init(
            batchShape: Size(values[0].sizes), parameters: ["loc": values[0], "concentration": values[1]],
            validateArgs: validateArgs)
    }

    /// Same as `init(_:_:validateArgs:)`.
    public convenience init(loc: some TensorOperand, concentration: some TensorOperand, validateArgs: Bool? = nil) {
        self.init(loc, concentration, validateArgs: validateArgs)
    }

    /// The angle around which the draws are.
    public var loc: Tensor { field("loc") }
    /// The concentration.
    public var concentration: Tensor { field("concentration") }

    public override var argConstraints: KeyValuePairs<String, Constraint> {
        ["loc": .real, "concentration": .positive]
    }
    public override var support: Constraint { .real }
    public override var mean: Tensor { loc }
    public override var mode: Tensor { loc }
    public override var variance: Tensor {
        1 - (concentration.logBessel(order: 1) - concentration.logBessel(order: 0)).exp()
    }
    public override func logProb(_ value: Tensor) -> Tensor {
        guard isValid(value) else { return .void }
        let cosine = concentration * (value - loc).cos()
        return cosine - log(2 * Double.pi) - concentration.logBessel(order: 0)
    }

    /// Best and Fisher's rejection, in float64: a wrapped Cauchy distribution proposes.
    public override func sample(_ shape: [Int] = []) -> Tensor {
        let shape = extendedShape(shape)
        return noGrad {
            if anyVoid(loc, concentration) { return .void }
            let center = loc.to(.float64), kappa = concentration.to(.float64)
            let tau = 1 + (1 + 4 * kappa.pow(2)).sqrt()
            let rho = (tau - (2 * tau).sqrt()) / (2 * kappa)
            let r = `where`(kappa.lt(1e-5), 1 / kappa + kappa, (1 + rho.pow(2)) / (2 * rho))
            var x = center.filled(shape, 0), isDone = Tensor.zeros(shape, dtype: .bool, device: loc.device)
            while !isDone.all().isTrue(ifUnknown: true) {
                let u = center.uniformDraws([3] + shape).unbind()
                if u.count < 3 || u[0].isVoid { return .void }
                let z = (Double.pi * u[0]).cos()
                let f = (1 + r * z) / (r + z), c = kappa * (r - f)
                let quick = (c * (2 - c) - u[1]).gt(0), slow = ((c / u[1]).log() + 1 - c).ge(0)
                let isAccepted = quick.logicalOr(slow)
                // NaN would never be accepted.
                if c.isnan().any().isTrue(ifUnknown: false) {
                    return fail(.value, "the parameters of VonMises are not finite")
                }
                x = `where`(isAccepted, (u[2] - 0.5).sign() * f.acos(), x)
                isDone = isDone.logicalOr(isAccepted)
            }
            return ((x + Double.pi + center).remainder(2 * Double.pi) - Double.pi).to(loc.dtype)
        }
    }
}

extension Tensor {
    /// The logarithm of the modified Bessel function of the first kind of order 0 or 1, by PyTorch's polynomials (those
    /// of Abramowitz and Stegun, 9.8.1 to 9.8.4).
    fileprivate func logBessel(order: Int) -> Tensor {
        let small =
            order == 0
            ? [1.0, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.0360768, 0.0045813]
            : [0.5, 0.87890594, 0.51498869, 0.15084934, 0.02658733, 0.00301532, 0.00032411]
        let large =
            order == 0
            ? [
                0.39894228, 0.01328592, 0.00225319, -0.00157565, 0.00916281, -0.02057706, 0.02635537, -0.01647633,
                0.00392377
            ]
            : [
                0.39894228, -0.03988024, -0.00362018, 0.00163801, -0.01031555, 0.02282967, -0.02895312, 0.01787654,
                -0.00420059
            ]
        var near = (self / 3.75).pow(2).polynomial(small)
        if order == 1 { near = abs() * near }
        let far = self - 0.5 * self.log() + (3.75 / self).polynomial(large).log()
        return Torch.`where`(lt(3.75), near.log(), far)
    }

    private func polynomial(_ coefficients: [Double]) -> Tensor {
        let last = coefficients.count - 1
        var result = self * coefficients[last] + coefficients[last - 1]
        for c in coefficients.dropLast(2).reversed() { result = c + self * result }
        return result
    }
}
