import Torch

extension Table {
    mutating func addComplex() {
        unary("view_as_real", { $0.viewAsReal() })
        unary("view_as_complex", { $0.viewAsComplex() })
        unary("real", { $0.real })
        unary("imag", { $0.imag })
        unary("conj", { $0.conj() })
        unary("conj_physical", { $0.conjPhysical() }, { $0.conjPhysical_() })
        unary("resolve_conj", { $0.resolveConj() })
        unary("resolve_neg", { $0.resolveNeg() })
        unary("angle", { $0.angle() })
        unary("isreal", { $0.isreal() })
        unary("H", { $0.H })
        unary("mH", { $0.mH })
        op("complex", "real imag out") { c in
            try complex(c.tensor("real"), c.tensor("imag"), out: c.tensorOrNil("out"))
        }
        op("polar", "abs angle") { try polar($0.tensor("abs"), $0.tensor("angle")) }
        binary("vdot", { $0.vdot($1) })
    }
}
