// The vector kernels of Torch's CPU backend. They do not know tensors: they take addresses, sizes and strides. Strides
// count elements, not bytes. Kernels allocate scratch memory only, and no kernel keeps a pointer.
#ifndef CTORCHKERNELS_H
#define CTORCHKERNELS_H

#include "st_types.h"
#include "st_isa.h"
#include "st_parallel.h"
#include "st_pointwise.h"
#include "st_reduce.h"
#include "st_sort.h"
#include "st_sha256.h"
#include "st_softmax.h"
#include "st_ctc.h"
#include "st_attention.h"
#include "st_normalize.h"
#include "st_recurrent.h"
#include "st_index.h"
#include "st_random.h"
#include "st_optim.h"
#include "st_assemble.h"
#include "st_triangle.h"
#include "st_pool.h"
#include "st_resample.h"
#include "st_grid_sample.h"
#include "st_matmul.h"
#include "st_convolution.h"
#include "st_fft.h"
#include "st_linalg.h"
#include "st_sparse.h"
#include "st_spectra.h"
#include "st_memory.h"
#include "st_watch.h"
#include "st_call_stack.h"
#include "st_dlpack.h"
#include "st_files.h"
#include "st_cuda.h"

#endif
