#ifndef LINLI_CLINUX_SHIM_H
#define LINLI_CLINUX_SHIM_H

// Calls of Linux that Swift cannot import: GNU extensions, variadic functions and macros.

#include <linux/serial.h>
#include <malloc.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <termios.h>

/// Names the calling thread; the kernel keeps the first 15 bytes.
static inline int linli_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

/// Lets the calling thread's timers end as exactly as the kernel can.
static inline int linli_exact_timers(void) { return prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0); }

/// Whether a time service keeps the clock: 1 yes, 0 no.
static inline int linli_clock_is_synchronized(void) {
    struct timex state = {.modes = 0};
    return adjtimex(&state) != TIME_ERROR && !(state.status & STA_UNSYNC);
}

#endif
