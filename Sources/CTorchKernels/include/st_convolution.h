// Convolution and its two adjoints: direct kernels for one channel a group, oneDNN's primitives for float32 and
// bfloat16, columns and matrix products for everything else.
#ifndef ST_CONVOLUTION_H
#define ST_CONVOLUTION_H

#include "st_types.h"

/// The operand of a convolution that is computed from the two others. Each is linear in both others, so the derivatives
/// of each are the two others. They are: the output; the gradient of the input, which is also the transposed
/// convolution; the gradient of the weight.
typedef enum __attribute__((enum_extensibility(closed), swift_name("ConvolutionPass"))) st_convolution_pass : int32_t {
  ST_CONVOLUTION_FORWARD __attribute__((swift_name("forward"))),
  ST_CONVOLUTION_BACKWARD_INPUT __attribute__((swift_name("backwardInput"))),
  ST_CONVOLUTION_BACKWARD_WEIGHT __attribute__((swift_name("backwardWeight"))),
} st_convolution_pass;

/// The sizes of a convolution with three spatial dimensions. Missing dimensions come first and have size 1, kernel 1,
/// stride 1, padding 0 and dilation 1. An output at o reads the inputs at o * stride - padding + k * dilation that
/// exist, for k below the kernel's size. All sizes are positive, and both channels are multiples of the groups.
typedef struct {
  int64_t batch, groups, in_channels, out_channels;
  int64_t in[3], out[3], kernel[3], stride[3], padding[3], dilation[3];
} st_convolution_plan;

/// An operand: strides in elements of batch, channel and space; for a weight of out channel, in channel of the group
/// and space.
typedef struct {
  void *_Nonnull data;
  int64_t strides[5];
} st_convolution_operand;

/// Returns whether st_convolution takes operands of any strides. If not, all of them must be row-major.
bool st_convolution_takes_strides(st_convolution_pass pass, st_dtype dtype, const st_convolution_plan *_Nonnull plan);

/// Computes one operand from the two others. `bias` (out channels forward, in channels for the input's gradient) is
/// NULL or is added to the result. `packed` is NULL or what st_convolution_pack made of this weight. Half types are
/// summed in float32 and rounded once, but the parts of a float16 input's gradient are rounded as PyTorch rounds them;
/// integers wrap. The result does not depend on the number of threads. Returns 0,
/// or the bytes of a scratch allocation that failed; the contents of the result are then undefined.
int64_t st_convolution(st_convolution_pass pass, st_dtype dtype, const st_convolution_plan *_Nonnull plan,
                       const st_convolution_operand *_Nonnull input, const st_convolution_operand *_Nonnull weight,
                       const st_convolution_operand *_Nonnull output, const void *_Nullable bias,
                       const void *_Nullable packed);

/// Returns the bytes of a packed weight, or 0 if st_convolution would not use one. The operands' strides count, their
/// data does not.
int64_t st_convolution_packed_bytes(st_convolution_pass pass, st_dtype dtype, const st_convolution_plan *_Nonnull plan,
                                    const st_convolution_operand *_Nonnull input,
                                    const st_convolution_operand *_Nonnull weight,
                                    const st_convolution_operand *_Nonnull output, bool bias);
/// Writes the weight in the order that oneDNN computes with. Takes the same arguments as the call that uses it. Returns
/// whether it did.
bool st_convolution_pack(st_convolution_pass pass, st_dtype dtype, const st_convolution_plan *_Nonnull plan,
                         const st_convolution_operand *_Nonnull input, const st_convolution_operand *_Nonnull weight,
                         const st_convolution_operand *_Nonnull output, bool bias, void *_Nonnull packed);

#endif
