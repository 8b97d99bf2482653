/* SPDX-License-Identifier: MIT */
#include "hostlib/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostlib/files.h"

/* What somebody has opened for us: it is written on from where it stands, and never replaced. */
static bool open_again(struct output *o, int number)
{
    int fd = fcntl(number, F_DUPFD_CLOEXEC, 0);

    o->file = fd >= 0 ? fdopen(fd, "wb") : NULL;
    return o->file;
}

/* A pipe or device cannot be replaced by renaming. */
static bool open_in_place(struct output *o, const char *path)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    o->file = fd >= 0 ? fdopen(fd, "wb") : NULL;
    return o->file;
}

/* Beside the target, so that renaming it there is one step; a short name, so that no long one
 * becomes too long. */
static char *temp_name(const char *target)
{
    const char *slash = strrchr(target, '/');
    int folder = slash ? (int)(slash - target) + 1 : 0;
    size_t size = (size_t)folder + sizeof(".duo-XXXXXX");
    char *temp = malloc(size);

    if (temp) {
        snprintf(temp, size, "%.*s.duo-XXXXXX", folder, target);
    }
    return temp;
}

static bool open_beside(struct output *o, int mode)
{
    mode_t mask = umask(0);
    int fd = -1;

    umask(mask);
    o->temp = temp_name(o->target);
    fd = o->temp ? mkstemp(o->temp) : -1;
    if (fd < 0) {
        return false;
    }
    o->file = fchmod(fd, (mode_t)mode & ~mask) == 0 ? fdopen(fd, "wb") : NULL;
    if (!o->file) {
        close(fd);
        unlink(o->temp);
    }
    return o->file;
}

static void forget(struct output *o)
{
    free(o->temp);
    free(o->target);
    *o = (struct output){0};
}

bool output_open(struct output *o, const char *path, int mode)
{
    char target[PATH_MAX];
    struct stat st;
    bool opened;

    *o = (struct output){0};
    if (file_is_standard(path)) {
        return open_again(o, STDOUT_FILENO);
    }
    if (path[0] == '\0' || !file_target(path, target, sizeof(target))) {
        errno = path[0] == '\0' ? ENOENT : errno;
        return false;
    }
    if (file_descriptor(target) >= 0) {
        return open_again(o, file_descriptor(target));
    }
    if (stat(target, &st) == 0 && !S_ISREG(st.st_mode)) {
        return open_in_place(o, target);
    }
    o->target = strdup(target);
    opened = o->target && open_beside(o, mode);
    if (!opened) {
        int error = errno;
        forget(o);
        errno = error;
    }
    return opened;
}

bool output_close(struct output *o, bool keep)
{
    bool good = fflush(o->file) == 0 && !ferror(o->file);
    int error = errno;

    /* A disk that is full may say so only when the data are really written. */
    if (good && keep && o->temp && fsync(fileno(o->file)) != 0) {
        good = false;
        error = errno;
    }
    if (fclose(o->file) != 0 && good) {
        good = false;
        error = errno;
    }
    if (o->temp) {
        if (good && keep && rename(o->temp, o->target) != 0) {
            good = false;
            error = errno;
        }
        if (!good || !keep) {
            unlink(o->temp);
        }
    }
    forget(o);
    errno = error;
    return good;
}

bool output_write(const char *path, const void *data, size_t size, int mode)
{
    struct output o;

    if (!output_open(&o, path, mode)) {
        return false;
    }
    bool written = fwrite(data, 1, size, o.file) == size;
    int error = errno;
    if (!output_close(&o, written)) {
        return false;
    }
    errno = error;
    return written;
}

const char *output_hint(int error)
{
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return "the disk is full: make room, or name a file on another one";
    case ENOENT:
    case ENOTDIR:
        return "check the path: its folder does not exist";
    case EACCES:
    case EPERM:
    case EROFS:
        return "check the permissions of the folder, or name a file elsewhere";
    case EISDIR:
        return "it is a folder: name a file in it";
    default:
        return "name another file";
    }
}
