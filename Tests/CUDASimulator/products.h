// Matrix products of the simulated cuBLAS and cuBLASLt: plain loops in double, column-major.
#pragma once

#include <cuda.h>
#include <cublas_v2.h>
#include <complex>
#include <cstdint>
#include <cstring>

#define SHOWN extern "C" __attribute__((visibility("default")))
extern "C" CUresult cudasim_enqueue(CUstream, const char *, void (*)(void *), void *, size_t);
extern "C" bool cudasim_range(uintptr_t, size_t, int, const char *);

static const char *name_of(cublasStatus_t s) {
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
  // Added to each column of the result; may be null.
  const char *bias = nullptr;
};

static void compute(void *context) {
  const Product &p = *(const Product *)context;
  if (!p.a.check(p.m, p.k, p.batch, false, "a product's first operand") ||
      !p.b.check(p.k, p.n, p.batch, false, "a product's second operand") ||
      (p.bias && !cudasim_range((uintptr_t)p.bias, (size_t)p.m * size_of(p.c.type), false, "a product's bias")) ||
      !p.c.check(p.m, p.n, p.batch, true, "a product's result")) {
    return;
  }
  for (int s = 0; s < p.batch; s++) {
    for (int j = 0; j < p.n; j++) {
      for (int i = 0; i < p.m; i++) {
        Number sum = 0;
        for (int l = 0; l < p.k; l++) sum += p.a.element(s, i, l) * p.b.element(s, l, j);
        Number kept = p.beta == 0.0 ? 0 : p.beta * p.c.element(s, i, j);
        if (p.bias) kept += load(p.bias, i, p.c.type);
        store((char *)p.c.of(s), (size_t)j * p.c.leading + i, p.c.type, p.alpha * sum + kept);
      }
    }
  }
}
