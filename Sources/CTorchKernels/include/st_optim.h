// Optimizer steps: one pass over memory a parameter. All arrays contiguous, n elements of `dtype` (float32, float64;
// float16 and bfloat16 computed in float32).
#ifndef ST_OPTIM_H
#define ST_OPTIM_H

#include "st_types.h"

/// torch.optim.SGD's step. `momentum_buffer` is NULL where momentum is 0; `first` says that the buffer is to be set,
/// not updated (PyTorch's clone of the gradient).
void st_sgd(int64_t n, void *_Nonnull param, const void *_Nonnull grad, void *_Nullable momentum_buffer, st_dtype dtype,
            bool first, double lr, double momentum, double dampening, double weight_decay, bool nesterov,
            bool maximize);

/// torch.optim.Adam's (decoupled false) and AdamW's (true) step; `step` counts from 1; `max_exp_avg_sq` is non-NULL for
/// amsgrad. The order of operations is that of PyTorch's single-tensor CPU implementation (denominator = sqrt(v) /
/// sqrt(bias_correction2) + eps).
void st_adam(int64_t n, void *_Nonnull param, const void *_Nonnull grad, void *_Nonnull exp_avg,
             void *_Nonnull exp_avg_sq, void *_Nullable max_exp_avg_sq, st_dtype dtype, int64_t step, double lr,
             double beta1, double beta2, double eps, double weight_decay, bool decoupled, bool maximize);

#endif
