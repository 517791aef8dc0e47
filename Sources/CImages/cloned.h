// CLONED compiles a function for AVX2 with FMA and for the baseline; the loader chooses.
#ifndef CLONED_H
#define CLONED_H

#ifdef __has_feature
// The loader chooses before ThreadSanitizer is ready.
#if __has_feature(thread_sanitizer)
#define CLONED
#endif
#endif

#ifndef CLONED
#if defined(__x86_64__) && defined(__linux__)
#define CLONED __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define CLONED
#endif
#endif

#endif
