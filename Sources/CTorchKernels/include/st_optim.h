// Optimizer steps: one pass over memory for each parameter. Arrays are contiguous, with n elements of `dtype`: float32,
// float64, or float16 and bfloat16 (both computed in float32).
#ifndef ST_OPTIM_H
#define ST_OPTIM_H

#include "st_types.h"

/// Performs a step of torch.optim.SGD. `momentum_buffer` is NULL if momentum is 0. If `first`, the buffer is set, not
/// updated (PyTorch clones the gradient).
void st_sgd(int64_t n, void *_Nonnull param, const void *_Nonnull grad, void *_Nullable momentum_buffer, st_dtype dtype,
            bool first, double lr, double momentum, double dampening, double weight_decay, bool nesterov,
            bool maximize);

/// Performs a step of torch.optim.Adam, or of AdamW if `decoupled`. `step` counts from 1. `max_exp_avg_sq` is not NULL
/// for amsgrad. The order of operations is that of PyTorch's single-tensor CPU implementation (denominator = sqrt(v) /
/// sqrt(bias_correction2) + eps).
void st_adam(int64_t n, void *_Nonnull param, const void *_Nonnull grad, void *_Nonnull exp_avg,
             void *_Nonnull exp_avg_sq, void *_Nullable max_exp_avg_sq, st_dtype dtype, int64_t step, double lr,
             double beta1, double beta2, double eps, double weight_decay, bool decoupled, bool maximize);

#endif
