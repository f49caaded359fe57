#include "CAllocationCount.h"

#include <errno.h>
#include <stddef.h>

#ifdef __GLIBC__

/* The C library's own, which keep their names when ours take the others. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

/* In the executable's own block: reaching it must not itself allocate. */
static __thread long calls __attribute__((tls_model("initial-exec")));
static __thread long pauses __attribute__((tls_model("initial-exec")));

static inline void count(void) { calls += pauses == 0; }

void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    count();
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    count();
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
    count();
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
    void *made = __libc_memalign(alignment, size);
    if (made == NULL) return ENOMEM;
    *out = made;
    return 0;
}

long stint_allocation_calls(void) { return calls; }
void stint_allocation_pause(void) { pauses += 1; }
void stint_allocation_resume(void) { pauses -= 1; }

#else

long stint_allocation_calls(void) { return -1; }
void stint_allocation_pause(void) {}
void stint_allocation_resume(void) {}

#endif
