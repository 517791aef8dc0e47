import CTorchKernels

extension CheckedBackend {
    func spectra(
        _ form: SpectraForm, values: Dense, left: Dense?, right: Dense?, info: Dense, overwriting matrices: Dense
    ) -> Bool {
        let results = [values.strided, info.strided, matrices.strided] + [left, right].compactMap { $0?.strided }
        check("spectra", out: results, [])
        let element = matrices.dtype, isSingular = form.kind == .singular, isGeneral = form.kind == .general
        let hasLeft = form.vectors != .none && (isSingular || isGeneral), hasRight = form.vectors != .none && isSingular
        require(
            SpectraForm.dtypes.contains(element) && form.fits(element) && form.valueCount > 0
                && (isSingular || form.rows == form.columns)
                && matrices.count == form.batch * form.rows * form.columns
                && values.dtype == (isGeneral ? element.toComplex : element.toReal)
                && values.count == form.batch * form.valueCount
                && info.dtype == .int32 && info.count == form.batch
                && (left != nil) == hasLeft && (right != nil) == hasRight
                && left.map {
                    $0.dtype == (isGeneral ? element.toComplex : element)
                        && $0.count == form.batch * form.rows * form.leftCount
                } ?? true
                && right.map { $0.dtype == element && $0.count == form.batch * form.columns * form.rightCount } ?? true,
            "spectra", "\(form) of \(matrices.count) numbers of \(element)")
        return base.spectra(form, values: values, left: left, right: right, info: info, overwriting: matrices)
    }
}
