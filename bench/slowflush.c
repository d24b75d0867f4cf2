/* Makes each flush to disk take longer by BENCH_FLUSH_MS milliseconds, as on a disk in a network. Loaded into a
 * process with LD_PRELOAD, before the C library, whose own functions it calls. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static int flushed(const char *name, int file) {
    const char *text = getenv("BENCH_FLUSH_MS");
    long milliseconds = text ? atol(text) : 0;
    struct timespec pause = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);

    nanosleep(&pause, NULL);
    return real(file);
}

int fsync(int file) { return flushed("fsync", file); }

int fdatasync(int file) { return flushed("fdatasync", file); }
