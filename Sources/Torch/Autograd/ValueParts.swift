/// Inputs and outputs of functions as lists of their parts.
enum ValueParts {
    /// Returns the parts of a tuple or of an array of tensors, or the value itself as the only part.
    static func split(_ value: Any) -> [Any] {
        if value is Tensor { return [value] }
        if let list = value as? [Any] { return list }
        let mirror = Mirror(reflecting: value)
        return mirror.displayStyle == .tuple ? mirror.children.map(\.value) : [value]
    }

    /// Returns a list, or the tuple of parts, or the only part. Returns nil if the types do not fit, or if there are
    /// more than eight parts.
    static func join<Whole>(_ parts: [Any], as type: Whole.Type) -> Whole? {
        if let list = parts as? Whole, Whole.self != Any.self { return list }
        let p = parts
        // The runtime casts a tuple part by part.
        let tuple: Any? =
            switch p.count {
            case 0: ()
            case 1: p[0]
            case 2: (p[0], p[1])
            case 3: (p[0], p[1], p[2])
            case 4: (p[0], p[1], p[2], p[3])
            case 5: (p[0], p[1], p[2], p[3], p[4])
            case 6: (p[0], p[1], p[2], p[3], p[4], p[5])
            case 7: (p[0], p[1], p[2], p[3], p[4], p[5], p[6])
            case 8: (p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7])
            default: nil
            }
        return tuple as? Whole
    }
}
