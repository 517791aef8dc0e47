// oneDNN's interface, if it is installed, and the functions of libgomp by which it is kept to one thread.
#ifndef ONEDNN_H
#define ONEDNN_H

#if defined(__has_include)
#if __has_include(<oneapi/dnnl/dnnl.h>)
#include <oneapi/dnnl/dnnl.h>
#define HAVE_ONEDNN 1
#endif
#endif

#ifdef HAVE_ONEDNN

// libgomp's header comes with the compiler.
extern void omp_set_num_threads(int);
extern int omp_get_max_threads(void);

typedef dnnl_memory_desc_t memory_desc;
#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t borrowed_desc;
#else
typedef const dnnl_memory_desc_t *borrowed_desc;
#endif

#endif
#endif
