/* SPDX-License-Identifier: MIT
 * base: CPU and memory limits; see system.h. A group's limit is found by following the process's path in the hierarchy from its
 * leaf to the root; a container that does not see its own path still sees its limit at the root. */
#include "base/system.h"

#include "base/text.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The first bytes of a small file, NUL-terminated; false if it cannot be read. */
static bool small_read(const char *path, char *buf, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t n = 0;
    for (ssize_t got; n < size - 1 && (got = read(fd, buf + n, size - 1 - n)) > 0;)
        n += (size_t)got;
    close(fd);
    buf[n] = 0;
    return n > 0;
}

/* Whether the comma-separated list s[0..n) holds the word. */
static bool list_has(const char *s, size_t n, const char *word)
{
    for (size_t len = strlen(word), i = 0; i + len <= n; i++)
        if (!memcmp(s + i, word, len) && (i == 0 || s[i - 1] == ',') && (i + len == n || s[i + len] == ','))
            return true;
    return false;
}

/* The path of this process in the hierarchy that has the controller ("" for v2), from lines like 4:cpu,cpuacct:/a/b. */
static bool group_path(const char *controller, char *out, size_t size)
{
    char text[4096];
    if (!small_read("/proc/self/cgroup", text, sizeof text))
        return false;
    for (char *line = text, *next; line; line = next) {
        if ((next = strchr(line, '\n')))
            *next++ = 0;
        char *list = strchr(line, ':'), *path = list ? strchr(list + 1, ':') : NULL;
        if (!path)
            continue;
        size_t n = (size_t)(path - list - 1);
        if (*controller ? list_has(list + 1, n, controller) : n == 0)
            return snprintf(out, size, "%s", path + 1) < (int)size;
    }
    return false;
}

/* Calls see() with the text of root/<path>/name for the path of the process and every path above it. */
static void group_walk(const char *root, const char *controller, const char *name, void (*see)(const char *dir, const char *text, void *ctx), void *ctx)
{
    char path[1024], dir[1200], full[1300], text[128];
    if (!group_path(controller, path, sizeof path))
        return;
    for (;;) {
        snprintf(dir, sizeof dir, "%s%s", root, strcmp(path, "/") ? path : "");
        snprintf(full, sizeof full, "%s/%s", dir, name);
        if (small_read(full, text, sizeof text))
            see(dir, text, ctx);
        char *slash = strrchr(path, '/');
        if (!slash || !*path)
            return;
        *slash = 0;
    }
}

static void quota_cut(int64_t quota, int64_t period, int *cpus)
{
    if (quota <= 0 || period <= 0)
        return;
    int64_t n = quota / period + (quota % period != 0);
    if (n < *cpus)
        *cpus = (int)n;
}

static void see_cpu_max(const char *dir, const char *text, void *ctx) /* v2: "150000 100000" or "max 100000" */
{
    int64_t quota, period;
    const char *end;
    if (parse_i64(text, &end, &quota) && *end == ' ' && parse_i64(end + 1, &end, &period))
        quota_cut(quota, period, ctx);
}

static void see_cfs_quota(const char *dir, const char *text, void *ctx) /* v1: -1 is none */
{
    char path[1300], other[128];
    int64_t quota, period;
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", dir);
    if (parse_i64(text, NULL, &quota) && small_read(path, other, sizeof other) && parse_i64(other, NULL, &period))
        quota_cut(quota, period, ctx);
}

static void see_memory(const char *dir, const char *text, void *ctx)
{
    int64_t limit;
    uint64_t *bytes = ctx;
    if (parse_i64(text, NULL, &limit) && limit > 0 && (uint64_t)limit < *bytes)
        *bytes = (uint64_t)limit;
}

static int affinity_count(void)
{
    for (int n = 1024; n <= 1 << 16; n *= 2) { /* the kernel's mask may be wider than cpu_set_t */
        cpu_set_t *set = CPU_ALLOC((size_t)n);
        if (!set)
            break;
        size_t size = CPU_ALLOC_SIZE((size_t)n);
        int count = sched_getaffinity(0, size, set) ? 0 : CPU_COUNT_S(size, set);
        CPU_FREE(set);
        if (count > 0)
            return count;
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

int system_cpus(void)
{
    int cpus = affinity_count();
    group_walk("/sys/fs/cgroup", "", "cpu.max", see_cpu_max, &cpus);
    group_walk("/sys/fs/cgroup/cpu", "cpu", "cpu.cfs_quota_us", see_cfs_quota, &cpus);
    return cpus;
}

uint64_t system_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    uint64_t bytes = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : UINT64_C(1) << 32;
    group_walk("/sys/fs/cgroup", "", "memory.max", see_memory, &bytes);
    group_walk("/sys/fs/cgroup/memory", "memory", "memory.limit_in_bytes", see_memory, &bytes);
    return bytes;
}

/* Read once: every picture that is decoded asks for it. */
uint64_t system_memory_cap(void)
{
    static _Atomic uint64_t known;
    uint64_t cap = known;
    if (!cap)
        known = cap = system_memory() / 5 * 4;
    return cap;
}

void system_forget(void *p, size_t sz)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), first = ((uintptr_t)p + page - 1) & ~(page - 1), end = ((uintptr_t)p + sz) & ~(page - 1);
    if (first < end)
        madvise((void *)first, end - first, MADV_DONTNEED);
}
