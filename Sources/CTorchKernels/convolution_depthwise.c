#include "convolution_internal.h"
bool cv_is_depthwise(st_dtype dtype, const st_convolution_plan *p) { (void)dtype, (void)p; return false; }
void cv_depthwise(const convolution *c) { (void)c; }
