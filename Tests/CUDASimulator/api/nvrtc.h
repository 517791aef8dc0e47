// The parts of NVIDIA's run-time compiler API that the simulated compiler has. check-headers.sh compares.
#pragma once

typedef enum { NVRTC_SUCCESS = 0, NVRTC_ERROR_INVALID_OPTION = 5, NVRTC_ERROR_COMPILATION = 6 } nvrtcResult;
typedef struct _nvrtcProgram *nvrtcProgram;
