// The entry points of cuBLAS that a backend of matrix products needs, ordered by the stream.
#include "products.h"

struct cublasContext {
  CUcontext context = nullptr;
  CUstream stream = nullptr;
  cublasMath_t math = CUBLAS_DEFAULT_MATH;
  cublasPointerMode_t mode = CUBLAS_POINTER_MODE_HOST;
};

SHOWN cublasStatus_t cublasCreate_v2(cublasHandle_t *h) {
  CUcontext context = nullptr;
  if (cuCtxGetCurrent(&context) || !context) return CUBLAS_STATUS_NOT_INITIALIZED;
  *h = new cublasContext;
  (*h)->context = context;
  return CUBLAS_STATUS_SUCCESS;
}
SHOWN cublasStatus_t cublasDestroy_v2(cublasHandle_t h) {
  delete h;
  return CUBLAS_STATUS_SUCCESS;
}
SHOWN cublasStatus_t cublasGetVersion_v2(cublasHandle_t, int *version) {
  *version = 130000;
  return CUBLAS_STATUS_SUCCESS;
}
SHOWN cublasStatus_t cublasSetStream_v2(cublasHandle_t h, cudaStream_t s) {
  h->stream = (CUstream)s;
  return CUBLAS_STATUS_SUCCESS;
}
SHOWN cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t, void *at, size_t) {
  return (uintptr_t)at % 256 ? CUBLAS_STATUS_INVALID_VALUE : CUBLAS_STATUS_SUCCESS;
}
SHOWN cublasStatus_t cublasSetMathMode(cublasHandle_t h, cublasMath_t m) {
  h->math = m;
  return CUBLAS_STATUS_SUCCESS;
}
SHOWN cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t h, cublasPointerMode_t m) {
  h->mode = m;
  return CUBLAS_STATUS_SUCCESS;
}
SHOWN const char *cublasGetStatusName(cublasStatus_t s) { return name_of(s); }

SHOWN cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m,
                                                int n, int k, const void *alpha, const void *A, cudaDataType at,
                                                int lda, long long sa, const void *B, cudaDataType bt, int ldb,
                                                long long sb, const void *beta, void *C, cudaDataType ct, int ldc,
                                                long long sc, int batch, cublasComputeType_t type, cublasGemmAlgo_t) {
  bool fits = m >= 0 && n >= 0 && k >= 0 && batch >= 0 && lda >= 1 && ldb >= 1 && ldc >= 1 &&
              lda >= (ta == CUBLAS_OP_N ? m : k) && ldb >= (tb == CUBLAS_OP_N ? k : n) && ldc >= m && size_of(at) &&
              size_of(bt) && size_of(ct);
  if (!fits) return CUBLAS_STATUS_INVALID_VALUE;
  if (h->mode != CUBLAS_POINTER_MODE_HOST) return CUBLAS_STATUS_NOT_SUPPORTED;
  if (m == 0 || n == 0 || batch == 0) return CUBLAS_STATUS_SUCCESS;
  // The factors have the type of the computation, and are complex if the result is.
  bool wide = type == CUBLAS_COMPUTE_64F, is_complex = ct == CUDA_C_32F || ct == CUDA_C_64F;
  cudaDataType factor = wide ? (is_complex ? CUDA_C_64F : CUDA_R_64F) : is_complex ? CUDA_C_32F : CUDA_R_32F;
  Product p{m,
            n,
            k,
            batch,
            {(char *)A, at, lda, sa, ta},
            {(char *)B, bt, ldb, sb, tb},
            {(char *)C, ct, ldc, sc, CUBLAS_OP_N},
            load((const char *)alpha, 0, factor),
            load((const char *)beta, 0, factor)};
  CUresult status = cudasim_enqueue(h->stream, "a product", compute, &p, sizeof p);
  return status ? CUBLAS_STATUS_EXECUTION_FAILED : CUBLAS_STATUS_SUCCESS;
}
SHOWN cublasStatus_t cublasGemmEx(cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k,
                                  const void *alpha, const void *A, cudaDataType at, int lda, const void *B,
                                  cudaDataType bt, int ldb, const void *beta, void *C, cudaDataType ct, int ldc,
                                  cublasComputeType_t type, cublasGemmAlgo_t algorithm) {
  return cublasGemmStridedBatchedEx(h, ta, tb, m, n, k, alpha, A, at, lda, 0, B, bt, ldb, 0, beta, C, ct, ldc, 0, 1,
                                    type, algorithm);
}
