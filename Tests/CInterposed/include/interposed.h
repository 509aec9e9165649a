#ifndef LINLI_INTERPOSED_H
#define LINLI_INTERPOSED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// The calls to the disk of everything in this program, SQLite's included: what lies below one folder
// is handed to a simulated disk, all else goes to the system.

// Each of these answers for the system: a result, or the negative of an error number.
typedef struct {
    int (*open)(const char *path, int flags, int mode);
    int (*close)(int fd);
    ssize_t (*write)(int fd, const void *bytes, size_t count, off_t offset);
    int (*truncate)(int fd, off_t size);
    int (*sync)(int fd);
    int (*rename)(const char *from, const char *to);
    int (*unlink)(const char *path);
    // Blocks for a part of a file, or, as `mode` says, blocks of it given back.
    int (*allocate)(int fd, int mode, off_t start, off_t length);
    // 0, or the negative of an error number: the bytes themselves are the system's.
    int (*read)(int fd);
    // The bytes that are left.
    long long (*room)(void);
} linli_disk;

// Hands over all that lies below the folder from now on. Files must be below 4096 descriptors.
void linli_interpose(const char *folder, const linli_disk *disk);

// Whether a descriptor is one of the simulated disk's; to be told by it.
void linli_watch(int fd, bool isWatched);

// The system's own calls.
int linli_real_open(const char *path, int flags, int mode);
int linli_real_close(int fd);
ssize_t linli_real_write(int fd, const void *bytes, size_t count);
ssize_t linli_real_pwrite(int fd, const void *bytes, size_t count, off_t offset);
ssize_t linli_real_pread(int fd, void *bytes, size_t count, off_t offset);
int linli_real_allocate(int fd, int mode, off_t start, off_t length);
int linli_real_truncate(int fd, off_t size);
int linli_real_sync(int fd);
int linli_real_rename(const char *from, const char *to);
int linli_real_unlink(const char *path);

// Runs this program again, with addresses that are the same at every start: where they decide
// something, it is decided alike. Returns where the system does not allow it.
void linli_restart_repeatable(char *const arguments[]);

// Keeps this program on one core: threads that take turns change faster there.
void linli_stay_on_one_core(unsigned number);

#endif
