// The forms of `jacrev` and `jacfwd`: for each number of arguments and kind of result one, as a call such as
// `jacrev(f)(x, y)` needs it.

/// Returns a function that computes the Jacobian of `f` by its first argument, row by row by reverse differentiation.
/// PyTorch: `torch.func.jacrev`.
///
/// - Parameters:
///   - f: a function whose first argument is any tree of tensors and whose result is a tensor.
///   - chunkSize: the number of rows computed at one time; nil for all.
/// - Returns: a function that returns a tree like the first argument. Its tensors have the sizes of the result, then
///   those of the argument.
public func jacrev<A: TensorTree>(
    _ f: @escaping (A) -> Tensor, chunkSize: Int? = nil
) -> (A) -> A {
    { (a: A) in a.withLeaves(jacobians(.rows, { [f($0)] }, [0], chunkSize, a)[0]) }
}

/// Like the form above, for functions with 2 arguments.
public func jacrev<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> Tensor, chunkSize: Int? = nil
) -> (A, B) -> A {
    { (a: A, b: B) in a.withLeaves(jacobians(.rows, { [f($0, $1)] }, [0], chunkSize, a, b)[0]) }
}

/// Like the form above, for functions with 3 arguments.
public func jacrev<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> Tensor, chunkSize: Int? = nil
) -> (A, B, C) -> A {
    { (a: A, b: B, c: C) in a.withLeaves(jacobians(.rows, { [f($0, $1, $2)] }, [0], chunkSize, a, b, c)[0]) }
}

/// Like the form above, for functions with 1 argument and 2 results. There is a tree for each result.
public func jacrev<A: TensorTree>(
    _ f: @escaping (A) -> (Tensor, Tensor), chunkSize: Int? = nil
) -> (A) -> (A, A) {
    { (a: A) in
        let found = jacobians(
            .rows,
            {
                let r = f($0); return [r.0, r.1]
            }, [0], chunkSize, a)
        return (a.withLeaves(found[0]), a.withLeaves(found[1]))
    }
}

/// Like the form above, for functions with 2 arguments and 2 results. There is a tree for each result.
public func jacrev<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> (Tensor, Tensor), chunkSize: Int? = nil
) -> (A, B) -> (A, A) {
    { (a: A, b: B) in
        let found = jacobians(
            .rows,
            {
                let r = f($0, $1); return [r.0, r.1]
            }, [0], chunkSize, a, b)
        return (a.withLeaves(found[0]), a.withLeaves(found[1]))
    }
}

/// Like the form above, for functions with 3 arguments and 2 results. There is a tree for each result.
public func jacrev<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> (Tensor, Tensor), chunkSize: Int? = nil
) -> (A, B, C) -> (A, A) {
    { (a: A, b: B, c: C) in
        let found = jacobians(
            .rows,
            {
                let r = f($0, $1, $2); return [r.0, r.1]
            }, [0], chunkSize, a, b, c)
        return (a.withLeaves(found[0]), a.withLeaves(found[1]))
    }
}

/// Like the form above, for functions with 1 argument and 3 results. There is a tree for each result.
public func jacrev<A: TensorTree>(
    _ f: @escaping (A) -> (Tensor, Tensor, Tensor), chunkSize: Int? = nil
) -> (A) -> (A, A, A) {
    { (a: A) in
        let found = jacobians(
            .rows,
            {
                let r = f($0); return [r.0, r.1, r.2]
            }, [0], chunkSize, a)
        return (a.withLeaves(found[0]), a.withLeaves(found[1]), a.withLeaves(found[2]))
    }
}

/// Like the form above, for functions with 2 arguments and 3 results. There is a tree for each result.
public func jacrev<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> (Tensor, Tensor, Tensor), chunkSize: Int? = nil
) -> (A, B) -> (A, A, A) {
    { (a: A, b: B) in
        let found = jacobians(
            .rows,
            {
                let r = f($0, $1); return [r.0, r.1, r.2]
            }, [0], chunkSize, a, b)
        return (a.withLeaves(found[0]), a.withLeaves(found[1]), a.withLeaves(found[2]))
    }
}

/// Like the form above, for functions with 3 arguments and 3 results. There is a tree for each result.
public func jacrev<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> (Tensor, Tensor, Tensor), chunkSize: Int? = nil
) -> (A, B, C) -> (A, A, A) {
    { (a: A, b: B, c: C) in
        let found = jacobians(
            .rows,
            {
                let r = f($0, $1, $2); return [r.0, r.1, r.2]
            }, [0], chunkSize, a, b, c)
        return (a.withLeaves(found[0]), a.withLeaves(found[1]), a.withLeaves(found[2]))
    }
}

/// Like the form above, for functions with 1 argument and a list of results. There is a tree for each result.
public func jacrev<A: TensorTree>(
    _ f: @escaping (A) -> [Tensor], chunkSize: Int? = nil
) -> (A) -> [A] {
    { (a: A) in jacobians(.rows, f, [0], chunkSize, a).map { a.withLeaves($0) } }
}

/// Like the form above, for functions with 2 arguments and a list of results. There is a tree for each result.
public func jacrev<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> [Tensor], chunkSize: Int? = nil
) -> (A, B) -> [A] {
    { (a: A, b: B) in jacobians(.rows, f, [0], chunkSize, a, b).map { a.withLeaves($0) } }
}

/// Like the form above, for functions with 3 arguments and a list of results. There is a tree for each result.
public func jacrev<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> [Tensor], chunkSize: Int? = nil
) -> (A, B, C) -> [A] {
    { (a: A, b: B, c: C) in jacobians(.rows, f, [0], chunkSize, a, b, c).map { a.withLeaves($0) } }
}

/// Like the form above, for functions with 1 argument: by the argument `argnums`, a tensor, counted from 0.
public func jacrev<A: TensorTree>(
    _ f: @escaping (A) -> Tensor, argnums: Int, chunkSize: Int? = nil
) -> (A) -> Tensor {
    { (a: A) in jacobians(.rows, { [f($0)] }, [argnums], chunkSize, a)[0].first ?? .void }
}

/// Like the form above, for functions with 2 arguments: by the argument `argnums`, a tensor, counted from 0.
public func jacrev<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> Tensor, argnums: Int, chunkSize: Int? = nil
) -> (A, B) -> Tensor {
    { (a: A, b: B) in jacobians(.rows, { [f($0, $1)] }, [argnums], chunkSize, a, b)[0].first ?? .void }
}

/// Like the form above, for functions with 3 arguments: by the argument `argnums`, a tensor, counted from 0.
public func jacrev<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> Tensor, argnums: Int, chunkSize: Int? = nil
) -> (A, B, C) -> Tensor {
    { (a: A, b: B, c: C) in jacobians(.rows, { [f($0, $1, $2)] }, [argnums], chunkSize, a, b, c)[0].first ?? .void }
}

/// Like the form above, for functions with 1 argument: by several arguments, counted from 0.
public func jacrev<A: TensorTree>(
    _ f: @escaping (A) -> Tensor, argnums: [Int], chunkSize: Int? = nil
) -> (A) -> [Tensor] {
    { (a: A) in jacobians(.rows, { [f($0)] }, argnums, chunkSize, a)[0] }
}

/// Like the form above, for functions with 2 arguments: by several arguments, counted from 0.
public func jacrev<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> Tensor, argnums: [Int], chunkSize: Int? = nil
) -> (A, B) -> [Tensor] {
    { (a: A, b: B) in jacobians(.rows, { [f($0, $1)] }, argnums, chunkSize, a, b)[0] }
}

/// Like the form above, for functions with 3 arguments: by several arguments, counted from 0.
public func jacrev<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> Tensor, argnums: [Int], chunkSize: Int? = nil
) -> (A, B, C) -> [Tensor] {
    { (a: A, b: B, c: C) in jacobians(.rows, { [f($0, $1, $2)] }, argnums, chunkSize, a, b, c)[0] }
}

/// Like the form above, for functions with 1 argument and 2 results: by several arguments. The Jacobians of a result
/// are one list.
public func jacrev<A: TensorTree>(
    _ f: @escaping (A) -> (Tensor, Tensor), argnums: [Int], chunkSize: Int? = nil
) -> (A) -> ([Tensor], [Tensor]) {
    { (a: A) in
        let found = jacobians(
            .rows,
            {
                let r = f($0); return [r.0, r.1]
            }, argnums, chunkSize, a)
        return (found[0], found[1])
    }
}

/// Like the form above, for functions with 2 arguments and 2 results: by several arguments. The Jacobians of a result
/// are one list.
public func jacrev<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> (Tensor, Tensor), argnums: [Int], chunkSize: Int? = nil
) -> (A, B) -> ([Tensor], [Tensor]) {
    { (a: A, b: B) in
        let found = jacobians(
            .rows,
            {
                let r = f($0, $1); return [r.0, r.1]
            }, argnums, chunkSize, a, b)
        return (found[0], found[1])
    }
}

/// Like the form above, for functions with 3 arguments and 2 results: by several arguments. The Jacobians of a result
/// are one list.
public func jacrev<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> (Tensor, Tensor), argnums: [Int], chunkSize: Int? = nil
) -> (A, B, C) -> ([Tensor], [Tensor]) {
    { (a: A, b: B, c: C) in
        let found = jacobians(
            .rows,
            {
                let r = f($0, $1, $2); return [r.0, r.1]
            }, argnums, chunkSize, a, b, c)
        return (found[0], found[1])
    }
}

/// Like the form above, for functions with 1 argument and a list of results: by several arguments. The Jacobians of a
/// result are one list.
public func jacrev<A: TensorTree>(
    _ f: @escaping (A) -> [Tensor], argnums: [Int], chunkSize: Int? = nil
) -> (A) -> [[Tensor]] {
    { (a: A) in jacobians(.rows, f, argnums, chunkSize, a) }
}

/// Like the form above, for functions with 2 arguments and a list of results: by several arguments. The Jacobians of a
/// result are one list.
public func jacrev<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> [Tensor], argnums: [Int], chunkSize: Int? = nil
) -> (A, B) -> [[Tensor]] {
    { (a: A, b: B) in jacobians(.rows, f, argnums, chunkSize, a, b) }
}

/// Like the form above, for functions with 3 arguments and a list of results: by several arguments. The Jacobians of a
/// result are one list.
public func jacrev<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> [Tensor], argnums: [Int], chunkSize: Int? = nil
) -> (A, B, C) -> [[Tensor]] {
    { (a: A, b: B, c: C) in jacobians(.rows, f, argnums, chunkSize, a, b, c) }
}

/// Returns a function that computes the Jacobian of `f` by its first argument, column by column in directions.
/// PyTorch: `torch.func.jacfwd`.
///
/// A direction's derivative is computed as by `jvp`, so it is exact where that is.
/// - Parameters:
///   - f: a function whose first argument is any tree of tensors and whose result is a tensor.
///   - chunkSize: the number of columns computed at one time; nil for all.
/// - Returns: a function that returns a tree like the first argument. Its tensors have the sizes of the result, then
///   those of the argument.
public func jacfwd<A: TensorTree>(
    _ f: @escaping (A) -> Tensor, chunkSize: Int? = nil
) -> (A) -> A {
    { (a: A) in a.withLeaves(jacobians(.columns, { [f($0)] }, [0], chunkSize, a)[0]) }
}

/// Like the form above, for functions with 2 arguments.
public func jacfwd<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> Tensor, chunkSize: Int? = nil
) -> (A, B) -> A {
    { (a: A, b: B) in a.withLeaves(jacobians(.columns, { [f($0, $1)] }, [0], chunkSize, a, b)[0]) }
}

/// Like the form above, for functions with 3 arguments.
public func jacfwd<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> Tensor, chunkSize: Int? = nil
) -> (A, B, C) -> A {
    { (a: A, b: B, c: C) in a.withLeaves(jacobians(.columns, { [f($0, $1, $2)] }, [0], chunkSize, a, b, c)[0]) }
}

/// Like the form above, for functions with 1 argument and 2 results. There is a tree for each result.
public func jacfwd<A: TensorTree>(
    _ f: @escaping (A) -> (Tensor, Tensor), chunkSize: Int? = nil
) -> (A) -> (A, A) {
    { (a: A) in
        let found = jacobians(
            .columns,
            {
                let r = f($0); return [r.0, r.1]
            }, [0], chunkSize, a)
        return (a.withLeaves(found[0]), a.withLeaves(found[1]))
    }
}

/// Like the form above, for functions with 2 arguments and 2 results. There is a tree for each result.
public func jacfwd<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> (Tensor, Tensor), chunkSize: Int? = nil
) -> (A, B) -> (A, A) {
    { (a: A, b: B) in
        let found = jacobians(
            .columns,
            {
                let r = f($0, $1); return [r.0, r.1]
            }, [0], chunkSize, a, b)
        return (a.withLeaves(found[0]), a.withLeaves(found[1]))
    }
}

/// Like the form above, for functions with 3 arguments and 2 results. There is a tree for each result.
public func jacfwd<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> (Tensor, Tensor), chunkSize: Int? = nil
) -> (A, B, C) -> (A, A) {
    { (a: A, b: B, c: C) in
        let found = jacobians(
            .columns,
            {
                let r = f($0, $1, $2); return [r.0, r.1]
            }, [0], chunkSize, a, b, c)
        return (a.withLeaves(found[0]), a.withLeaves(found[1]))
    }
}

/// Like the form above, for functions with 1 argument and 3 results. There is a tree for each result.
public func jacfwd<A: TensorTree>(
    _ f: @escaping (A) -> (Tensor, Tensor, Tensor), chunkSize: Int? = nil
) -> (A) -> (A, A, A) {
    { (a: A) in
        let found = jacobians(
            .columns,
            {
                let r = f($0); return [r.0, r.1, r.2]
            }, [0], chunkSize, a)
        return (a.withLeaves(found[0]), a.withLeaves(found[1]), a.withLeaves(found[2]))
    }
}

/// Like the form above, for functions with 2 arguments and 3 results. There is a tree for each result.
public func jacfwd<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> (Tensor, Tensor, Tensor), chunkSize: Int? = nil
) -> (A, B) -> (A, A, A) {
    { (a: A, b: B) in
        let found = jacobians(
            .columns,
            {
                let r = f($0, $1); return [r.0, r.1, r.2]
            }, [0], chunkSize, a, b)
        return (a.withLeaves(found[0]), a.withLeaves(found[1]), a.withLeaves(found[2]))
    }
}

/// Like the form above, for functions with 3 arguments and 3 results. There is a tree for each result.
public func jacfwd<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> (Tensor, Tensor, Tensor), chunkSize: Int? = nil
) -> (A, B, C) -> (A, A, A) {
    { (a: A, b: B, c: C) in
        let found = jacobians(
            .columns,
            {
                let r = f($0, $1, $2); return [r.0, r.1, r.2]
            }, [0], chunkSize, a, b, c)
        return (a.withLeaves(found[0]), a.withLeaves(found[1]), a.withLeaves(found[2]))
    }
}

/// Like the form above, for functions with 1 argument and a list of results. There is a tree for each result.
public func jacfwd<A: TensorTree>(
    _ f: @escaping (A) -> [Tensor], chunkSize: Int? = nil
) -> (A) -> [A] {
    { (a: A) in jacobians(.columns, f, [0], chunkSize, a).map { a.withLeaves($0) } }
}

/// Like the form above, for functions with 2 arguments and a list of results. There is a tree for each result.
public func jacfwd<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> [Tensor], chunkSize: Int? = nil
) -> (A, B) -> [A] {
    { (a: A, b: B) in jacobians(.columns, f, [0], chunkSize, a, b).map { a.withLeaves($0) } }
}

/// Like the form above, for functions with 3 arguments and a list of results. There is a tree for each result.
public func jacfwd<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> [Tensor], chunkSize: Int? = nil
) -> (A, B, C) -> [A] {
    { (a: A, b: B, c: C) in jacobians(.columns, f, [0], chunkSize, a, b, c).map { a.withLeaves($0) } }
}

/// Like the form above, for functions with 1 argument: by the argument `argnums`, a tensor, counted from 0.
public func jacfwd<A: TensorTree>(
    _ f: @escaping (A) -> Tensor, argnums: Int, chunkSize: Int? = nil
) -> (A) -> Tensor {
    { (a: A) in jacobians(.columns, { [f($0)] }, [argnums], chunkSize, a)[0].first ?? .void }
}

/// Like the form above, for functions with 2 arguments: by the argument `argnums`, a tensor, counted from 0.
public func jacfwd<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> Tensor, argnums: Int, chunkSize: Int? = nil
) -> (A, B) -> Tensor {
    { (a: A, b: B) in jacobians(.columns, { [f($0, $1)] }, [argnums], chunkSize, a, b)[0].first ?? .void }
}

/// Like the form above, for functions with 3 arguments: by the argument `argnums`, a tensor, counted from 0.
public func jacfwd<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> Tensor, argnums: Int, chunkSize: Int? = nil
) -> (A, B, C) -> Tensor {
    { (a: A, b: B, c: C) in jacobians(.columns, { [f($0, $1, $2)] }, [argnums], chunkSize, a, b, c)[0].first ?? .void }
}

/// Like the form above, for functions with 1 argument: by several arguments, counted from 0.
public func jacfwd<A: TensorTree>(
    _ f: @escaping (A) -> Tensor, argnums: [Int], chunkSize: Int? = nil
) -> (A) -> [Tensor] {
    { (a: A) in jacobians(.columns, { [f($0)] }, argnums, chunkSize, a)[0] }
}

/// Like the form above, for functions with 2 arguments: by several arguments, counted from 0.
public func jacfwd<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> Tensor, argnums: [Int], chunkSize: Int? = nil
) -> (A, B) -> [Tensor] {
    { (a: A, b: B) in jacobians(.columns, { [f($0, $1)] }, argnums, chunkSize, a, b)[0] }
}

/// Like the form above, for functions with 3 arguments: by several arguments, counted from 0.
public func jacfwd<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> Tensor, argnums: [Int], chunkSize: Int? = nil
) -> (A, B, C) -> [Tensor] {
    { (a: A, b: B, c: C) in jacobians(.columns, { [f($0, $1, $2)] }, argnums, chunkSize, a, b, c)[0] }
}

/// Like the form above, for functions with 1 argument and 2 results: by several arguments. The Jacobians of a result
/// are one list.
public func jacfwd<A: TensorTree>(
    _ f: @escaping (A) -> (Tensor, Tensor), argnums: [Int], chunkSize: Int? = nil
) -> (A) -> ([Tensor], [Tensor]) {
    { (a: A) in
        let found = jacobians(
            .columns,
            {
                let r = f($0); return [r.0, r.1]
            }, argnums, chunkSize, a)
        return (found[0], found[1])
    }
}

/// Like the form above, for functions with 2 arguments and 2 results: by several arguments. The Jacobians of a result
/// are one list.
public func jacfwd<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> (Tensor, Tensor), argnums: [Int], chunkSize: Int? = nil
) -> (A, B) -> ([Tensor], [Tensor]) {
    { (a: A, b: B) in
        let found = jacobians(
            .columns,
            {
                let r = f($0, $1); return [r.0, r.1]
            }, argnums, chunkSize, a, b)
        return (found[0], found[1])
    }
}

/// Like the form above, for functions with 3 arguments and 2 results: by several arguments. The Jacobians of a result
/// are one list.
public func jacfwd<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> (Tensor, Tensor), argnums: [Int], chunkSize: Int? = nil
) -> (A, B, C) -> ([Tensor], [Tensor]) {
    { (a: A, b: B, c: C) in
        let found = jacobians(
            .columns,
            {
                let r = f($0, $1, $2); return [r.0, r.1]
            }, argnums, chunkSize, a, b, c)
        return (found[0], found[1])
    }
}

/// Like the form above, for functions with 1 argument and a list of results: by several arguments. The Jacobians of a
/// result are one list.
public func jacfwd<A: TensorTree>(
    _ f: @escaping (A) -> [Tensor], argnums: [Int], chunkSize: Int? = nil
) -> (A) -> [[Tensor]] {
    { (a: A) in jacobians(.columns, f, argnums, chunkSize, a) }
}

/// Like the form above, for functions with 2 arguments and a list of results: by several arguments. The Jacobians of a
/// result are one list.
public func jacfwd<A: TensorTree, B: TensorTree>(
    _ f: @escaping (A, B) -> [Tensor], argnums: [Int], chunkSize: Int? = nil
) -> (A, B) -> [[Tensor]] {
    { (a: A, b: B) in jacobians(.columns, f, argnums, chunkSize, a, b) }
}

/// Like the form above, for functions with 3 arguments and a list of results: by several arguments. The Jacobians of a
/// result are one list.
public func jacfwd<A: TensorTree, B: TensorTree, C: TensorTree>(
    _ f: @escaping (A, B, C) -> [Tensor], argnums: [Int], chunkSize: Int? = nil
) -> (A, B, C) -> [[Tensor]] {
    { (a: A, b: B, c: C) in jacobians(.columns, f, argnums, chunkSize, a, b, c) }
}
