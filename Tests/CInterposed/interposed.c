#define _GNU_SOURCE
#include "interposed.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static linli_disk disk;
static char folder[512];
static size_t folder_length;
static unsigned char watched[4096];

void linli_interpose(const char *path, const linli_disk *calls) {
    disk = *calls;
    folder_length = strlen(path);
    memcpy(folder, path, folder_length);
}

void linli_watch(int fd, bool isWatched) {
    if (fd >= 0 && fd < 4096) watched[fd] = isWatched;
}

static bool is_below(const char *path) {
    return folder_length > 0 && strncmp(path, folder, folder_length) == 0;
}

static bool is_watched(int fd) { return fd >= 0 && fd < 4096 && watched[fd]; }

static long result(long value) {
    if (value >= 0) return value;
    errno = (int)-value;
    return -1;
}

// The system's own.

int linli_real_open(const char *path, int flags, int mode) {
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
int linli_real_close(int fd) { return (int)syscall(SYS_close, fd); }
ssize_t linli_real_write(int fd, const void *bytes, size_t count) {
    return syscall(SYS_write, fd, bytes, count);
}
ssize_t linli_real_pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    return syscall(SYS_pwrite64, fd, bytes, count, offset);
}
ssize_t linli_real_pread(int fd, void *bytes, size_t count, off_t offset) {
    return syscall(SYS_pread64, fd, bytes, count, offset);
}
int linli_real_allocate(int fd, int mode, off_t start, off_t length) {
    return (int)syscall(SYS_fallocate, fd, mode, start, length);
}
int linli_real_truncate(int fd, off_t size) { return (int)syscall(SYS_ftruncate, fd, size); }
int linli_real_sync(int fd) { return (int)syscall(SYS_fdatasync, fd); }
int linli_real_rename(const char *from, const char *to) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}
int linli_real_unlink(const char *path) {
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

// What everything else calls. A program's own symbols go before those of its libraries.

static int opened(const char *path, int flags, int mode) {
    if (is_below(path)) return (int)result(disk.open(path, flags, mode));
    return linli_real_open(path, flags, mode);
}

static int mode_of(int flags, va_list rest) {
    return flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, int) : 0;
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = mode_of(flags, rest);
    va_end(rest);
    return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = mode_of(flags, rest);
    va_end(rest);
    return opened(path, flags, mode);
}

int close(int fd) {
    return is_watched(fd) ? (int)result(disk.close(fd)) : linli_real_close(fd);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    if (!is_watched(fd)) return linli_real_write(fd, bytes, count);
    off_t place = lseek(fd, 0, SEEK_CUR);
    ssize_t written = result(disk.write(fd, bytes, count, place));
    if (written > 0) lseek(fd, place + written, SEEK_SET);
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    return is_watched(fd) ? result(disk.write(fd, bytes, count, offset))
                          : linli_real_pwrite(fd, bytes, count, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) {
    return pwrite(fd, bytes, count, offset);
}

ssize_t pread(int fd, void *bytes, size_t count, off_t offset) {
    if (is_watched(fd) && result(disk.read(fd)) < 0) return -1;
    return linli_real_pread(fd, bytes, count, offset);
}

ssize_t pread64(int fd, void *bytes, size_t count, off_t offset) {
    return pread(fd, bytes, count, offset);
}

int fallocate(int fd, int mode, off_t start, off_t length) {
    return is_watched(fd) ? (int)result(disk.allocate(fd, mode, start, length))
                          : linli_real_allocate(fd, mode, start, length);
}

int fallocate64(int fd, int mode, off_t start, off_t length) {
    return fallocate(fd, mode, start, length);
}

// Returns the error number, and leaves `errno` alone.
int posix_fallocate(int fd, off_t start, off_t length) {
    int before = errno, error = fallocate(fd, 0, start, length) == 0 ? 0 : errno;
    errno = before;
    return error;
}

int posix_fallocate64(int fd, off_t start, off_t length) {
    return posix_fallocate(fd, start, length);
}

static void tell_room(struct statvfs *status) {
    status->f_bfree = status->f_bavail = (fsblkcnt_t)disk.room() / status->f_frsize;
}

int statvfs(const char *path, struct statvfs *status) {
    static int (*system)(const char *, struct statvfs *);
    if (system == NULL) system = (int (*)(const char *, struct statvfs *))dlsym(RTLD_NEXT, "statvfs");
    int answer = system(path, status);
    if (answer == 0 && is_below(path)) tell_room(status);
    return answer;
}

int fstatvfs(int fd, struct statvfs *status) {
    static int (*system)(int, struct statvfs *);
    if (system == NULL) system = (int (*)(int, struct statvfs *))dlsym(RTLD_NEXT, "fstatvfs");
    int answer = system(fd, status);
    if (answer == 0 && is_watched(fd)) tell_room(status);
    return answer;
}

int ftruncate(int fd, off_t size) {
    return is_watched(fd) ? (int)result(disk.truncate(fd, size)) : linli_real_truncate(fd, size);
}

int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }

int fsync(int fd) { return is_watched(fd) ? (int)result(disk.sync(fd)) : linli_real_sync(fd); }

int fdatasync(int fd) { return fsync(fd); }

int rename(const char *from, const char *to) {
    return is_below(to) ? (int)result(disk.rename(from, to)) : linli_real_rename(from, to);
}

int unlink(const char *path) {
    return is_below(path) ? (int)result(disk.unlink(path)) : linli_real_unlink(path);
}

void linli_restart_repeatable(char *const arguments[]) {
    if (getenv("SWIFT_DETERMINISTIC_HASHING") != NULL) return;
    setenv("SWIFT_DETERMINISTIC_HASHING", "1", 1);
    personality(ADDR_NO_RANDOMIZE);
    execv("/proc/self/exe", arguments);
}

void linli_stay_on_one_core(unsigned number) {
    cpu_set_t allowed, chosen;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    int count = CPU_COUNT(&allowed), wanted = (int)(number % (unsigned)count);
    CPU_ZERO(&chosen);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && wanted-- == 0) CPU_SET(cpu, &chosen);
    }
    sched_setaffinity(0, sizeof chosen, &chosen);
}
