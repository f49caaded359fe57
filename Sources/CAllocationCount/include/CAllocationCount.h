#ifndef STINT_ALLOCATION_COUNT_H
#define STINT_ALLOCATION_COUNT_H

/* How often the calling thread has asked for memory.
 *
 * A program that links this has its own malloc, calloc, realloc, posix_memalign, aligned_alloc and memalign: each adds one to a counter of
 * the calling thread and hands on to the one of the C library, which also frees. So every caller in the process is seen, the Swift run time
 * and C++ libraries included. The cost is one addition in thread-local memory. free is not counted and not replaced.
 *
 * Counting can be paused, for calls into a library whose memory is its own affair. Pauses nest.
 *
 * Without glibc nothing is replaced, and the count is always -1: not known. */

/* Calls of this thread outside of pauses since it began; -1 when they are not counted. */
long stint_allocation_calls(void);

void stint_allocation_pause(void);
void stint_allocation_resume(void);

#endif
