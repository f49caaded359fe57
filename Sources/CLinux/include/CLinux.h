#ifndef STINT_LINUX_H
#define STINT_LINUX_H

/* What Linux and glibc can do for the memory of a process, and Swift's Glibc module does not show. The header includes nothing: the
 * feature macros that these calls need must not reach other modules. */

/* Keeps the heap small and gives large payloads back.
 *
 * One arena, since only the I/O thread competes with ours. A block of 128 KiB or more is mapped and unmapped on its own: glibc's own
 * threshold grows with what is freed, so that one payload of 10 MB would make the next one stay in the heap. */
void stint_tune_memory(void);

/* Gives back the pages of programs and libraries that starting has touched: symbol tables, parsers, and what lies beside them.
 *
 * They are clean pages of files: whoever needs one again finds it in the page cache. So the high-water mark of resident memory is that of
 * living, and not that of everything ever looked at. */
void stint_release_file_pages(void);

#endif
