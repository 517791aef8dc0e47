// Connectionist temporal classification (CTC; Graves et al. 2006): the loss of label sequences whose alignment is not
// known, and its gradient.
#ifndef ST_CTC_H
#define ST_CTC_H

#include "st_types.h"

/// A batch of sequences. Log-probabilities are [steps, batch, classes]. The forward variables are [batch, steps,
/// states], where `states` is 2 * (longest target) + 1. The target of sequence b is the target_lengths[b] labels from
/// targets[target_starts[b]] on; labels lie in 0 ..< classes. 0 <= input_lengths[b] <= steps.
typedef struct {
  int64_t steps, batch, classes, states, blank;
  const int64_t *_Nonnull targets;
  const int64_t *_Nonnull target_starts;
  const int64_t *_Nonnull target_lengths;
  const int64_t *_Nonnull input_lengths;
} st_ctc;

/// Writes the negative log-likelihood of each sequence, and the logarithms of the forward variables. `dtype` is float32
/// or float64.
void st_ctc_loss(const st_ctc *_Nonnull form, void *_Nonnull losses, void *_Nonnull alpha, const void *_Nonnull in,
                 st_dtype dtype);

/// Computes PyTorch's gradient: that of the input of a log-softmax whose result is `in`. `grad` has one element for
/// each sequence. If `zero_infinity`, sequences with an infinite loss have gradient 0. Returns 0, or the bytes of a
/// scratch allocation that failed.
int64_t st_ctc_backward(const st_ctc *_Nonnull form, bool zero_infinity, void *_Nonnull out, const void *_Nonnull grad,
                        const void *_Nonnull losses, const void *_Nonnull alpha, const void *_Nonnull in,
                        st_dtype dtype);

#endif
