#include "buffer.h"

void ci_free(uint8_t *bytes) { free(bytes); }
