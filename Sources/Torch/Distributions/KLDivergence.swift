import Locks

/// Returns the Kullback-Leibler divergence KL(p ‖ q): the expected value of log p(x) - log q(x) for x of p.
/// PyTorch: `torch.distributions.kl_divergence`.
/// - Precondition: there is a formula for the classes of p and q (`registerKL` adds one).
public func klDivergence(_ p: Distribution, _ q: Distribution) -> Tensor {
    guard let formula = KLTable.formula(p, q) else {
        return fail(.notImplemented, "No KL(p || q) is implemented for p type \(p.name) and q type \(q.name)")
    }
    return formula(p, q)
}

/// Registers the formula for the divergence of distributions of two classes. Their subclasses use it too, unless a
/// formula for closer classes is registered. PyTorch: `torch.distributions.register_kl`.
public func registerKL<P: Distribution, Q: Distribution>(
    _ p: P.Type, _ q: Q.Type, _ formula: @escaping @Sendable (P, Q) -> Tensor
) {
    KLTable.added.withLock { $0.append(KLTable.Entry(p, q, formula)) }
}

/// The formulas, by the classes of both distributions.
enum KLTable {
    struct Entry: Sendable {
        let p: Distribution.Type, q: Distribution.Type
        let holds: @Sendable (Distribution, Distribution) -> Bool
        let formula: @Sendable (Distribution, Distribution) -> Tensor

        init<P: Distribution, Q: Distribution>(
            _ p: P.Type, _ q: Q.Type, _ formula: @escaping @Sendable (P, Q) -> Tensor
        ) {
            self.p = p
            self.q = q
            holds = { $0 is P && $1 is Q }
            self.formula = { p, q in
                guard let p = p as? P, let q = q as? Q else { return .void }
                return formula(p, q)
            }
        }
    }

    static let added = Mutex<[Entry]>([])
    private static let own: [Entry] =
        ownFamilies + betaAndBernoulli + exponentialAndGamma + realLine + halfLine + uniform

    /// Returns the formula for the closest classes. If one formula is closer for p and another for q, returns the
    /// formula that is closer for p, with a warning.
    static func formula(_ p: Distribution, _ q: Distribution) -> (@Sendable (Distribution, Distribution) -> Tensor)? {
        let entries = own + added.withLock { $0 }
        // Of two formulas for the same classes, the later one counts.
        let matches = entries.filter { $0.holds(p, q) }.map { ($0, depth($0.p, p), depth($0.q, q)) }
        guard let first = matches.max(by: { ($0.1, $0.2) <= ($1.1, $1.2) }) else { return nil }
        if let other = matches.max(by: { ($0.2, $0.1) <= ($1.2, $1.1) }),
            (other.1, other.2) != (first.1, first.2)
        {
            warn(
                "Ambiguous kl_divergence(\(p.name), \(q.name)). Please register_kl(\(first.0.p), \(other.0.q))")
        }
        return first.0.formula
    }

    /// The number of superclasses of `type`, plus 1. A greater number is closer to the class of `value`.
    private static func depth(_ type: Distribution.Type, _ value: Distribution) -> Int {
        var chain: [Any.Type] = [], mirror: Mirror? = Mirror(reflecting: value)
        while let current = mirror {
            chain.append(current.subjectType)
            mirror = current.superclassMirror
        }
        return chain.firstIndex { $0 == type }.map { chain.count - $0 } ?? 0
    }

    /// Infinite divergences, of the shape of a parameter of p.
    static func infinite<P: Distribution, Q: Distribution>(
        _ p: P.Type, _ q: Q.Type, _ parameter: @escaping @Sendable (P) -> Tensor
    ) -> Entry {
        Entry(p, q) { p, _ in Tensor.fullLike(parameter(p), Double.infinity) }
    }
}
