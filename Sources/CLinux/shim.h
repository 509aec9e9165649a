#ifndef LINLI_CLINUX_SHIM_H
#define LINLI_CLINUX_SHIM_H

// Calls of Linux that Swift cannot import: GNU extensions, variadic functions and macros.

#include <linux/falloc.h>
#include <linux/gpio.h>
#include <linux/serial.h>
#include <malloc.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

/// Names the calling thread; the kernel keeps the first 15 bytes.
static inline int linli_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

/// Lets the calling thread's timers end as exactly as the kernel can.
static inline int linli_exact_timers(void) { return prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0); }

/// Lets the calling thread go before all that is not urgent. 0, or an error number where the
/// process may not.
static inline int linli_urgent_thread(void) {
    struct sched_param urgent = {.sched_priority = 10};
    return pthread_setschedparam(pthread_self(), SCHED_FIFO, &urgent);
}

/// Makes a mutex that lends its holder the urgency of who waits for it. 0, or an error number.
static inline int linli_init_inheriting(pthread_mutex_t *mutex) {
    pthread_mutexattr_t attributes;
    int status = pthread_mutexattr_init(&attributes);
    if (status != 0) return status;
    status = pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    if (status == 0) status = pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return status;
}

/// Keeps the pages of a range in RAM from when they are next used. 0, or -1 and errno where the
/// process may not.
static inline int linli_keep_once_used(void *start, size_t length) {
    return (int)syscall(SYS_mlock2, start, length, 1u);  // MLOCK_ONFAULT
}

// Of the C library, which declares it for GNU sources alone.
extern int fallocate64(int file, int mode, __off64_t start, __off64_t length);

/// Gives the blocks of a part of a file back; it reads as zeros then. 0, or -1 and errno where the
/// file system cannot.
static inline int linli_punch_hole(int file, long long start, long long length) {
    return fallocate64(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, start, length);
}

/// Whether a time service keeps the clock: 1 yes, 0 no.
static inline int linli_clock_is_synchronized(void) {
    struct timex state = {.modes = 0};
    return adjtimex(&state) != TIME_ERROR && !(state.status & STA_UNSYNC);
}

/// The label of an open GPIO chip, at most 32 bytes and a zero. 0, or -1 with errno.
static inline int linli_gpio_chip_label(int file, char *label) {
    struct gpiochip_info info = {0};
    if (ioctl(file, GPIO_GET_CHIPINFO_IOCTL, &info) < 0) return -1;
    memcpy(label, info.label, sizeof info.label);
    label[sizeof info.label] = 0;
    return 0;
}

/// How many bytes the other side has acknowledged on a TCP connection, or -1.
///
/// By its place in `struct tcp_info` of <linux/tcp.h>, which cannot be included beside the C
/// library's own: the 64-bit count at byte 120, of Linux 4.1 and later.
static inline long long linli_tcp_bytes_acknowledged(int socket) {
    unsigned char info[256];
    socklen_t length = sizeof info;
    if (getsockopt(socket, IPPROTO_TCP, 11 /* TCP_INFO */, info, &length) != 0) return -1;
    if (length < 128) return -1;
    unsigned long long count;
    memcpy(&count, info + 120, sizeof count);
    return (long long)count;
}

#endif
