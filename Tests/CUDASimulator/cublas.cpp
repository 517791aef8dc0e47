// The entry points of cuBLAS that a backend of matrix products needs: plain loops in double, column-major, ordered by
// the stream.
#include <cuda.h>
#include <cublas_v2.h>
#include <complex>
#include <cstdint>
#include <cstring>

#define SHOWN extern "C" __attribute__((visibility("default")))
extern "C" CUresult cudasim_enqueue(CUstream, const char *, void (*)(void *), void *, size_t);
extern "C" bool cudasim_range(uintptr_t, size_t, int, const char *);

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
SHOWN const char *cublasGetStatusString(cublasStatus_t s) {
  switch (s) {
  case CUBLAS_STATUS_SUCCESS: return "CUBLAS_STATUS_SUCCESS";
  case CUBLAS_STATUS_NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
  case CUBLAS_STATUS_EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
  case CUBLAS_STATUS_NOT_SUPPORTED: return "CUBLAS_STATUS_NOT_SUPPORTED";
  default: return "CUBLAS_STATUS_INVALID_VALUE";
  }
}

typedef std::complex<double> Number;

static size_t size_of(cudaDataType t) {
  switch (t) {
  case CUDA_C_64F: return 16;
  case CUDA_R_64F:
  case CUDA_C_32F: return 8;
  case CUDA_R_32F: return 4;
  case CUDA_R_16F:
  case CUDA_R_16BF: return 2;
  default: return 0;
  }
}
static Number load(const char *p, size_t i, cudaDataType t) {
  switch (t) {
  case CUDA_R_64F: return ((const double *)p)[i];
  case CUDA_R_32F: return ((const float *)p)[i];
  case CUDA_C_64F: return ((const Number *)p)[i];
  case CUDA_C_32F: return ((const std::complex<float> *)p)[i];
  case CUDA_R_16F: return (double)((const _Float16 *)p)[i];
  case CUDA_R_16BF: {
    uint32_t bits = (uint32_t)((const uint16_t *)p)[i] << 16;
    float f;
    memcpy(&f, &bits, 4);
    return f;
  }
  default: return 0;
  }
}
static void store(char *p, size_t i, cudaDataType t, Number x) {
  switch (t) {
  case CUDA_R_64F: ((double *)p)[i] = x.real(); break;
  case CUDA_R_32F: ((float *)p)[i] = (float)x.real(); break;
  case CUDA_C_64F: ((Number *)p)[i] = x; break;
  case CUDA_C_32F: ((std::complex<float> *)p)[i] = std::complex<float>(x); break;
  case CUDA_R_16F: ((_Float16 *)p)[i] = (_Float16)(float)x.real(); break;
  case CUDA_R_16BF: {
    float f = (float)x.real();
    uint32_t bits;
    memcpy(&bits, &f, 4);
    ((uint16_t *)p)[i] = f != f ? 0x7fc0 : (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    break;
  }
  default: break;
  }
}

struct Matrix {
  char *at;
  cudaDataType type;
  int leading;
  long long stride;
  cublasOperation_t operation;

  const char *of(int s) const { return at + (size_t)(stride * s) * size_of(type); }
  // Returns the element in this row and column of the operation's result.
  Number element(int s, int row, int column) const {
    size_t i = operation == CUBLAS_OP_N ? (size_t)column * leading + row : (size_t)row * leading + column;
    Number x = load(of(s), i, type);
    return operation == CUBLAS_OP_C ? std::conj(x) : x;
  }
  bool check(int rows, int columns, int batch, bool write, const char *what) const {
    if (operation != CUBLAS_OP_N) std::swap(rows, columns);
    if (rows == 0 || columns == 0) return true;
    long long count = leading * (long long)(columns - 1) + rows + stride * (batch - 1);
    return cudasim_range((uintptr_t)at, (size_t)count * size_of(type), write, what);
  }
};
struct Product {
  int m, n, k, batch;
  Matrix a, b, c;
  Number alpha, beta;
};

static void compute(void *context) {
  const Product &p = *(const Product *)context;
  if (!p.a.check(p.m, p.k, p.batch, false, "a product's first operand") ||
      !p.b.check(p.k, p.n, p.batch, false, "a product's second operand") ||
      !p.c.check(p.m, p.n, p.batch, true, "a product's result")) {
    return;
  }
  for (int s = 0; s < p.batch; s++) {
    for (int j = 0; j < p.n; j++) {
      for (int i = 0; i < p.m; i++) {
        Number sum = 0;
        for (int l = 0; l < p.k; l++) sum += p.a.element(s, i, l) * p.b.element(s, l, j);
        Number kept = p.beta == 0.0 ? 0 : p.beta * p.c.element(s, i, j);
        store((char *)p.c.of(s), (size_t)j * p.c.leading + i, p.c.type, p.alpha * sum + kept);
      }
    }
  }
}

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
