// What Linux has and the Glibc module of Swift does not show.
#include <malloc.h>
#include <sys/signalfd.h>
