import Torch

extension Table {
    /// Decompositions of matrices, and what is solved with them.
    mutating func addLinearSystems() {
        addSolvers()
        addInverses()
        addFactorizations()
        addReflections()
    }

    private mutating func addSolvers() {
        op("linalg.solve", "A B left") { c in
            try linalg.solve(c.tensor("A"), c.tensor("B"), left: c.bool("left", true))
        }
        op("linalg.solve_ex", "A B left check_errors") { c in
            let r = try linalg.solveEx(
                c.tensor("A"), c.tensor("B"), left: c.bool("left", true), checkErrors: c.bool("check_errors", false))
            return [r.result, r.info]
        }
        op("linalg.solve_triangular", "A B upper left unitriangular") { c in
            try linalg.solveTriangular(
                c.tensor("A"), c.tensor("B"), upper: c.bool("upper", false), left: c.bool("left", true),
                unitriangular: c.bool("unitriangular", false))
        }
        op("triangular_solve", "b A upper transpose unitriangular") { c in
            let r = try c.tensor("b").triangularSolve(
                c.tensor("A"), upper: c.bool("upper", true), transpose: c.bool("transpose", false),
                unitriangular: c.bool("unitriangular", false))
            return [r.solution, r.clonedCoefficient]
        }
        op("linalg.tensorsolve", "A B dims") { c in
            try linalg.tensorsolve(c.tensor("A"), c.tensor("B"), dims: c.intsOrNil("dims"))
        }
        func leastSquares(_ c: Call) throws -> [Tensor] {
            let name = try c.string("driver", "gelsy")
            guard let driver = linalg.LstsqDriver(rawValue: name) else { throw Unsupported("driver \(name)") }
            let rcond = c["rcond"] == nil ? nil : try c.double("rcond")
            let r = try linalg.lstsq(c.tensor("A"), c.tensor("B"), rcond: rcond, driver: driver)
            return [r.solution, r.residuals, r.rank, r.singularValues]
        }
        op("linalg.lstsq", "A B rcond driver") { try leastSquares($0) }
        op("linalg.lstsq@grad_oriented", "A B rcond driver") { try Array(leastSquares($0).prefix(2)) }
    }

    private mutating func addInverses() {
        op("linalg.inv", "A") { c in try linalg.inv(c.tensor("A")) }
        op("linalg.inv_ex", "A check_errors") { c in
            let r = try linalg.invEx(c.tensor("A"), checkErrors: c.bool("check_errors", false))
            return [r.inverse, r.info]
        }
        op("linalg.tensorinv", "A ind") { c in try linalg.tensorinv(c.tensor("A"), ind: c.int("ind", 2)) }
        op("linalg.det", "A") { c in try linalg.det(c.tensor("A")) }
        op("linalg.slogdet", "A") { c in
            let r = try linalg.slogdet(c.tensor("A"))
            return [r.sign, r.logabsdet]
        }
        op("logdet", "input") { try $0.input.logdet() }
    }

    private mutating func addFactorizations() {
        op("linalg.cholesky", "A upper") { c in try linalg.cholesky(c.tensor("A"), upper: c.bool("upper", false)) }
        op("linalg.cholesky_ex", "A upper check_errors") { c in
            let r = try linalg.choleskyEx(
                c.tensor("A"), upper: c.bool("upper", false), checkErrors: c.bool("check_errors", false))
            return [r.L, r.info]
        }
        op("cholesky_inverse", "input upper") { try $0.input.choleskyInverse(upper: $0.bool("upper", false)) }
        op("cholesky_solve", "input L upper") {
            try $0.input.choleskySolve($0.tensor("L"), upper: $0.bool("upper", false))
        }
        op("linalg.lu", "A pivot") { c in
            let r = try linalg.lu(c.tensor("A"), pivot: c.bool("pivot", true))
            return [r.P, r.L, r.U]
        }
        op("linalg.lu_factor", "A pivot") { c in
            let r = try linalg.luFactor(c.tensor("A"), pivot: c.bool("pivot", true))
            return [r.LU, r.pivots]
        }
        op("linalg.lu_factor_ex", "A pivot check_errors") { c in
            let r = try linalg.luFactorEx(
                c.tensor("A"), pivot: c.bool("pivot", true), checkErrors: c.bool("check_errors", false))
            return [r.LU, r.pivots, r.info]
        }
        op("lu", "input pivot get_infos") { c in
            let r = try c.input.luWithInfos(pivot: c.bool("pivot", true))
            return try c.bool("get_infos", false) ? [r.LU, r.pivots, r.infos] : [r.LU, r.pivots]
        }
        op("linalg.lu_solve", "LU pivots B left adjoint") { c in
            try linalg.luSolve(
                c.tensor("LU"), c.tensor("pivots"), c.tensor("B"), left: c.bool("left", true),
                adjoint: c.bool("adjoint", false))
        }
        op("lu_solve", "b LU_data LU_pivots") { c in
            try c.tensor("b").luSolve(c.tensor("LU_data"), c.tensor("LU_pivots"))
        }
        op("lu_unpack", "LU_data LU_pivots unpack_data unpack_pivots") { c in
            let r = try luUnpack(
                c.tensor("LU_data"), c.tensor("LU_pivots"), unpackData: c.bool("unpack_data", true),
                unpackPivots: c.bool("unpack_pivots", true))
            return [r.P, r.L, r.U]
        }
        op("linalg.ldl_factor", "A hermitian") { c in
            let r = try linalg.ldlFactor(c.tensor("A"), hermitian: c.bool("hermitian", false))
            return [r.LD, r.pivots]
        }
        op("linalg.ldl_factor_ex", "A hermitian check_errors") { c in
            let r = try linalg.ldlFactorEx(
                c.tensor("A"), hermitian: c.bool("hermitian", false), checkErrors: c.bool("check_errors", false))
            return [r.LD, r.pivots, r.info]
        }
        op("linalg.ldl_solve", "LD pivots B hermitian") { c in
            try linalg.ldlSolve(
                c.tensor("LD"), c.tensor("pivots"), c.tensor("B"), hermitian: c.bool("hermitian", false))
        }
    }

    private mutating func addReflections() {
        op("linalg.qr", "A mode") { c in
            let name = try c.string("mode", "reduced")
            guard let mode = linalg.QRMode(rawValue: name) else { throw Unsupported("mode \(name)") }
            let r = try linalg.qr(c.tensor("A"), mode: mode)
            return [r.Q, r.R]
        }
        op("geqrf", "input") {
            let r = try $0.input.geqrf()
            return [r.a, r.tau]
        }
        op("linalg.householder_product", "A tau") { c in
            try linalg.householderProduct(c.tensor("A"), c.tensor("tau"))
        }
        op("ormqr", "input tau other left transpose") { c in
            try c.input.ormqr(
                c.tensor("tau"), c.tensor("other"), left: c.bool("left", true), transpose: c.bool("transpose", false))
        }
    }
}
