// SHA-256 with the processor's own instructions, which are many times as fast as plain code.
#ifndef ST_SHA256_H
#define ST_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Returns whether this processor has SHA-256 instructions.
bool st_sha256_is_supported(void);
/// Mixes `count` blocks of 64 bytes into the eight words of a state (FIPS 180-4). Requires st_sha256_is_supported.
void st_sha256_blocks(uint32_t *_Nonnull state, const void *_Nonnull blocks, size_t count);

#endif
