#include "convolution_internal.h"
bool cv_onednn_takes(st_convolution_pass pass, st_dtype dtype, const st_convolution_plan *p) { (void)pass, (void)dtype, (void)p; return false; }
bool cv_onednn(const convolution *c) { (void)c; return false; }
int64_t cv_onednn_packed_bytes(const convolution *c) { (void)c; return 0; }
bool cv_onednn_pack(const convolution *c, void *packed) { (void)c, (void)packed; return false; }
void cv_onednn_forget(void *state) { (void)state; }
