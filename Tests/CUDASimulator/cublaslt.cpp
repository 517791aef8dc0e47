// The entry points of cuBLASLt that a backend of products with a bias needs. An algorithm is good for the problem that
// it was found for: one for other sizes, types or alignments is refused, and so is a workspace that is too small.
#include "products.h"
#include <cublasLt.h>
#include <atomic>

// What the opaque structures hold.
struct Operation {
  int compute, scale, transpose_a, transpose_b, epilogue, reserved;
  const void *bias;
};
struct MatrixForm {
  int type, reserved;
  uint64_t rows, columns;
  int64_t leading;
};
struct Preference {
  uint64_t workspace;
  uint32_t alignment[4];  // of A, B, C and D
};
struct Algorithm {
  uint64_t problem, workspace;
  uint32_t alignment[4];
};
static_assert(sizeof(Operation) <= sizeof(cublasLtMatmulDescOpaque_t) &&
                  sizeof(MatrixForm) <= sizeof(cublasLtMatrixLayoutOpaque_t) &&
                  sizeof(Preference) <= sizeof(cublasLtMatmulPreferenceOpaque_t) &&
                  sizeof(Algorithm) <= sizeof(cublasLtMatmulAlgo_t),
              "");
static Operation *held(cublasLtMatmulDesc_t d) { return (Operation *)d; }
static MatrixForm *held(cublasLtMatrixLayout_t l) { return (MatrixForm *)l; }
static Preference *held(cublasLtMatmulPreference_t p) { return (Preference *)p; }

struct cublasLtContext {
  CUcontext context = nullptr;
};
static std::atomic<int> products{0};
// For tests: the number of products that the library has begun.
SHOWN int cudasim_lt_products() { return products; }

SHOWN cublasStatus_t cublasLtCreate(cublasLtHandle_t *h) {
  CUcontext context = nullptr;
  if (cuCtxGetCurrent(&context) || !context) return CUBLAS_STATUS_NOT_INITIALIZED;
  *h = new cublasLtContext;
  (*h)->context = context;
  return CUBLAS_STATUS_SUCCESS;
}
SHOWN cublasStatus_t cublasLtDestroy(cublasLtHandle_t h) {
  delete h;
  return CUBLAS_STATUS_SUCCESS;
}
SHOWN const char *cublasLtGetStatusName(cublasStatus_t s) { return name_of(s); }

SHOWN cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t *d, cublasComputeType_t compute,
                                              cudaDataType scale) {
  *d = new cublasLtMatmulDescOpaque_t();
  *held(*d) = {compute, scale, CUBLAS_OP_N, CUBLAS_OP_N, CUBLASLT_EPILOGUE_DEFAULT, 0, nullptr};
  return CUBLAS_STATUS_SUCCESS;
}
SHOWN cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t d) {
  delete d;
  return CUBLAS_STATUS_SUCCESS;
}
template <class T> static cublasStatus_t set(T &to, const void *from, size_t size) {
  if (!from || size != sizeof to) return CUBLAS_STATUS_INVALID_VALUE;
  memcpy(&to, from, size);
  return CUBLAS_STATUS_SUCCESS;
}
SHOWN cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t d, cublasLtMatmulDescAttributes_t what,
                                                    const void *from, size_t size) {
  switch (what) {
  case CUBLASLT_MATMUL_DESC_TRANSA: return set(held(d)->transpose_a, from, size);
  case CUBLASLT_MATMUL_DESC_TRANSB: return set(held(d)->transpose_b, from, size);
  case CUBLASLT_MATMUL_DESC_EPILOGUE: return set(held(d)->epilogue, from, size);
  case CUBLASLT_MATMUL_DESC_BIAS_POINTER: return set(held(d)->bias, from, size);
  default: return CUBLAS_STATUS_NOT_SUPPORTED;
  }
}

SHOWN cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t *l, cudaDataType type, uint64_t rows,
                                                uint64_t columns, int64_t leading) {
  if (!size_of(type) || leading < (int64_t)rows) return CUBLAS_STATUS_INVALID_VALUE;
  *l = new cublasLtMatrixLayoutOpaque_t();
  *held(*l) = {type, 0, rows, columns, leading};
  return CUBLAS_STATUS_SUCCESS;
}
SHOWN cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t l) {
  delete l;
  return CUBLAS_STATUS_SUCCESS;
}

SHOWN cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t *p) {
  *p = new cublasLtMatmulPreferenceOpaque_t();
  *held(*p) = {0, {256, 256, 256, 256}};
  return CUBLAS_STATUS_SUCCESS;
}
SHOWN cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t p) {
  delete p;
  return CUBLAS_STATUS_SUCCESS;
}
SHOWN cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t p,
                                                          cublasLtMatmulPreferenceAttributes_t what, const void *from,
                                                          size_t size) {
  if (what == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES) return set(held(p)->workspace, from, size);
  int operand = (int)what - CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES;
  if (operand < 0 || operand > 3) return CUBLAS_STATUS_NOT_SUPPORTED;
  return set(held(p)->alignment[operand], from, size);
}

// Sets the product's sizes and operands. Returns whether the library has an algorithm for it.
static bool describe(Product &p, const Operation &o, const MatrixForm &a, const MatrixForm &b, const MatrixForm &c,
                     const MatrixForm &d) {
  bool is_plain_a = o.transpose_a == CUBLAS_OP_N, is_plain_b = o.transpose_b == CUBLAS_OP_N;
  uint64_t inner = is_plain_a ? a.columns : a.rows;
  p = {};
  p.m = (int)d.rows, p.n = (int)d.columns, p.k = (int)inner, p.batch = 1;
  p.a = {nullptr, (cudaDataType)a.type, (int)a.leading, 0, (cublasOperation_t)o.transpose_a};
  p.b = {nullptr, (cudaDataType)b.type, (int)b.leading, 0, (cublasOperation_t)o.transpose_b};
  p.c = {nullptr, (cudaDataType)d.type, (int)d.leading, 0, CUBLAS_OP_N};
  bool fits = (is_plain_a ? a.rows : a.columns) == d.rows && (is_plain_b ? b.rows : b.columns) == inner &&
              (is_plain_b ? b.columns : b.rows) == d.columns && c.rows == d.rows && c.columns == d.columns;
  bool is_wide = d.type == CUDA_R_64F, is_complex = d.type == CUDA_C_32F || d.type == CUDA_C_64F;
  bool has_types = a.type == b.type && a.type == d.type && c.type == d.type && !is_complex &&
                   o.compute == (is_wide ? CUBLAS_COMPUTE_64F : CUBLAS_COMPUTE_32F) &&
                   o.scale == (is_wide ? CUDA_R_64F : CUDA_R_32F);
  bool has_epilogue = o.epilogue == CUBLASLT_EPILOGUE_DEFAULT || (o.epilogue == CUBLASLT_EPILOGUE_BIAS && o.bias);
  return fits && has_types && has_epilogue;
}
// A number that differs between problems. The bias's place is not part of it, but its alignment is.
static uint64_t problem_of(const Product &p, const Operation &o) {
  uint64_t hash = 14695981039346656037ull;
  auto add = [&](uint64_t x) { hash = (hash ^ x) * 1099511628211ull; };
  for (int x : {p.m, p.n, p.k, (int)p.a.type, p.a.leading, (int)p.a.operation, p.b.leading, (int)p.b.operation,
                p.c.leading, o.epilogue}) {
    add((uint64_t)x);
  }
  add((uintptr_t)o.bias % 16 == 0);
  return hash;
}

SHOWN cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t h, cublasLtMatmulDesc_t o,
                                                    cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                                    cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                                    cublasLtMatmulPreference_t preference, int requested,
                                                    cublasLtMatmulHeuristicResult_t results[], int *found) {
  *found = 0;
  if (!h || requested < 1) return CUBLAS_STATUS_INVALID_VALUE;
  Product p;
  if (!describe(p, *held(o), *held(a), *held(b), *held(c), *held(d))) return CUBLAS_STATUS_NOT_SUPPORTED;
  // Long sums need a workspace.
  uint64_t workspace = p.k > 32 ? 4096 : 0;
  if (workspace > held(preference)->workspace) workspace = 0;
  results[0] = {};
  Algorithm algorithm = {problem_of(p, *held(o)), workspace, {}};
  memcpy(algorithm.alignment, held(preference)->alignment, sizeof algorithm.alignment);
  memcpy(&results[0].algo, &algorithm, sizeof algorithm);
  results[0].workspaceSize = workspace;
  results[0].state = CUBLAS_STATUS_SUCCESS;
  *found = 1;
  return CUBLAS_STATUS_SUCCESS;
}

struct WithWorkspace {
  Product product;
  char *workspace;
  size_t size;
};
static void compute_with_workspace(void *context) {
  const WithWorkspace &p = *(const WithWorkspace *)context;
  if (p.size > 0) {
    if (!cudasim_range((uintptr_t)p.workspace, p.size, true, "a product's workspace")) return;
    memset(p.workspace, 0xa5, p.size);
  }
  compute((void *)&p.product);
}

SHOWN cublasStatus_t cublasLtMatmul(cublasLtHandle_t h, cublasLtMatmulDesc_t o, const void *alpha, const void *A,
                                    cublasLtMatrixLayout_t a, const void *B, cublasLtMatrixLayout_t b,
                                    const void *beta, const void *C, cublasLtMatrixLayout_t c, void *D,
                                    cublasLtMatrixLayout_t d, const cublasLtMatmulAlgo_t *algo, void *workspace,
                                    size_t workspace_size, cudaStream_t stream) {
  WithWorkspace call = {};
  if (!h || !describe(call.product, *held(o), *held(a), *held(b), *held(c), *held(d)))
    return CUBLAS_STATUS_INVALID_VALUE;
  if (!algo || C != D) return CUBLAS_STATUS_NOT_SUPPORTED;
  CUcontext context = nullptr;
  if (cuCtxGetCurrent(&context) || context != h->context) return CUBLAS_STATUS_INVALID_VALUE;
  Algorithm algorithm;
  memcpy(&algorithm, algo, sizeof algorithm);
  bool is_its_own = algorithm.problem == problem_of(call.product, *held(o)) && algorithm.workspace <= workspace_size &&
                    (uintptr_t)workspace % 16 == 0;
  const void *operands[4] = {A, B, C, D};
  for (int i = 0; i < 4; i++) is_its_own = is_its_own && (uintptr_t)operands[i] % algorithm.alignment[i] == 0;
  if (!is_its_own) return CUBLAS_STATUS_INVALID_VALUE;
  Product &p = call.product;
  p.a.at = (char *)A, p.b.at = (char *)B, p.c.at = (char *)D;
  p.alpha = load((const char *)alpha, 0, (cudaDataType)held(o)->scale);
  p.beta = load((const char *)beta, 0, (cudaDataType)held(o)->scale);
  if (held(o)->epilogue == CUBLASLT_EPILOGUE_BIAS) p.bias = (const char *)held(o)->bias;
  call.workspace = (char *)workspace, call.size = algorithm.workspace;
  products++;
  CUresult status = cudasim_enqueue((CUstream)stream, "a product", compute_with_workspace, &call, sizeof call);
  return status ? CUBLAS_STATUS_EXECUTION_FAILED : CUBLAS_STATUS_SUCCESS;
}
