/* SPDX-License-Identifier: MIT
 * The on-disk cache: what is stored comes back; what anybody else may have touched, or what is damaged, never does; directories that
 * others own or may write to are refused; eviction takes what was used least recently; many writers of one key. */
#include "base/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64];

static int enter(void **state)
{
    strcpy(root, "/tmp/spml-cache-XXXXXX");
    return !mkdtemp(root) || chdir(root);
}

static int leave(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return chdir("/") || system(command);
}

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static Cache *cache_at(const char *name, uint64_t limit)
{
    Cache *c;
    Error e = {0};
    assert_int_equal(cache_open(path_of(name), limit, &c, &e), SPML_OK);
    return c;
}

static void assert_refused(const char *name, const char *why)
{
    Cache *c;
    Error e = {0};
    assert_int_equal(cache_open(path_of(name), 0, &c, &e), SPML_RESOURCE);
    assert_null(c);
    assert_string_equal(e.key, "cache");
    assert_non_null(strstr(e.text, why));
}

static bool put(Cache *c, const char *key, const char *text) { return cache_put(c, key, strlen(key), text, strlen(text)); }

static void assert_hit(Cache *c, const char *key, const char *text)
{
    size_t n;
    char *p = cache_find(c, key, strlen(key), &n);
    assert_non_null(p);
    assert_int_equal(n, strlen(text));
    assert_memory_equal(p, text, n);
    free(p);
}

static void assert_miss(Cache *c, const char *key)
{
    size_t n = 1;
    assert_null(cache_find(c, key, strlen(key), &n));
    assert_int_equal(n, 0);
}

/* The name of the only entry in dir. */
static const char *entry_of(const char *dir)
{
    static char name[300];
    char command[200];
    snprintf(command, sizeof command, "ls %s/*.spml", dir);
    FILE *f = popen(command, "r");
    assert_non_null(fgets(name, sizeof name, f));
    name[strcspn(name, "\n")] = 0;
    pclose(f);
    return name;
}

static void store_and_find(void **state)
{
    Cache *c = cache_at("a/b/c", 0);
    struct stat st;
    CacheCounts n;
    assert_int_equal(stat("a/b/c", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_miss(c, "key");
    assert_true(put(c, "key", "payload"));
    assert_hit(c, "key", "payload");
    assert_miss(c, "ke");
    assert_miss(c, "key2");
    assert_true(put(c, "key", "another"));
    assert_hit(c, "key", "another");
    assert_true(put(c, "", ""));
    assert_hit(c, "", "");
    cache_counts(c, &n);
    assert_int_equal(n.hits, 3);
    assert_int_equal(n.misses, 3);
    assert_int_equal(n.stored, 3);
    uint64_t entries, sz;
    assert_int_equal(cache_clear(c, &entries, &sz, NULL), SPML_OK);
    assert_int_equal(entries, 2);
    assert_miss(c, "key");
    cache_close(&c);
    cache_close(&c);
    size_t none;
    assert_null(cache_find(NULL, "x", 1, &none));
    assert_false(cache_put(NULL, "x", 1, "y", 1));
}

/* Every byte of an entry, changed in turn, and every length: a miss, and storing mends it. */
static void damaged(void **state)
{
    Cache *c = cache_at("damaged", 0);
    put(c, "key", "payload");
    enum { n = 64 + 3 + 7 };
    char good[256], bad[257];
    int fd = open(entry_of("damaged"), O_RDWR);
    assert_int_equal(read(fd, good, sizeof good), n);
    for (int i = 0; i < n; i++) {
        memcpy(bad, good, sizeof good);
        bad[i] ^= 0x10;
        assert_int_equal(pwrite(fd, bad, n, 0), n);
        assert_miss(c, "key");
    }
    assert_int_equal(pwrite(fd, good, n, 0), n);
    assert_hit(c, "key", "payload");
    for (int i = n - 1; i >= 0; i--) {
        assert_int_equal(ftruncate(fd, i), 0);
        assert_miss(c, "key");
    }
    good[n] = 0;
    assert_int_equal(pwrite(fd, good, n + 1, 0), n + 1);
    assert_miss(c, "key");
    close(fd);
    assert_true(put(c, "key", "payload"));
    assert_hit(c, "key", "payload");
    cache_close(&c);
}

/* A whole entry of another key under this key's name: the key inside decides. */
static void entry_of_another_key(void **state)
{
    Cache *a = cache_at("one", 0), *b = cache_at("two", 0);
    char from[300], command[700];
    put(a, "key a", "poison");
    put(b, "key b", "good");
    strcpy(from, entry_of("one"));
    snprintf(command, sizeof command, "cp %s %s", from, entry_of("two"));
    assert_int_equal(system(command), 0);
    assert_miss(b, "key b");
    cache_close(&a);
    cache_close(&b);
}

static void links_and_others(void **state)
{
    Cache *c = cache_at("links", 0);
    char name[300], command[800];
    put(c, "key", "payload");
    strcpy(name, entry_of("links"));
    snprintf(command, sizeof command, "mv %s aside && ln -s %s/aside %s", name, root, name);
    assert_int_equal(system(command), 0);
    assert_miss(c, "key"); /* a link, even to a good entry */
    assert_true(put(c, "key", "payload")); /* takes the link's place */
    assert_hit(c, "key", "payload");
    assert_int_equal(chmod(name, 0620), 0);
    assert_miss(c, "key");
    assert_int_equal(chmod(name, 0602), 0);
    assert_miss(c, "key");
    assert_int_equal(chmod(name, 0600), 0);
    assert_hit(c, "key", "payload");
    if (geteuid() == 0) {
        assert_int_equal(chown(name, 12345, 0), 0);
        assert_miss(c, "key");
    }
    assert_int_equal(unlink(name) | mkfifo(name, 0600), 0);
    assert_miss(c, "key");
    assert_int_equal(unlink(name) | mkdir(name, 0700), 0);
    assert_miss(c, "key");
    assert_false(put(c, "key", "payload"));
    cache_close(&c);
    struct stat st = {.st_uid = 7, .st_mode = S_IFREG | 0600};
    assert_true(cache_trusts(&st, 7));
    assert_false(cache_trusts(&st, 8));
}

static void directories(void **state)
{
    assert_int_equal(mkdir("real", 0700) | symlink("real", "link") | symlink(root, "up"), 0);
    assert_refused("link", "link");
    assert_refused("link/", "link");
    assert_int_equal(chmod("real", 0770), 0);
    assert_refused("real", "others may write");
    assert_int_equal(chmod("real", 0707), 0);
    assert_refused("real", "others may write");
    assert_int_equal(chmod("real", 0755), 0);
    Cache *c = cache_at("real", 0);
    cache_close(&c);
    c = cache_at("up/real", 0); /* links above it are the user's own affair */
    cache_close(&c);
    close(open("plain", O_CREAT | O_WRONLY, 0600));
    assert_refused("plain", "");
    assert_refused("plain/below", "");
    if (geteuid() == 0) {
        assert_int_equal(chown("real", 12345, 0), 0);
        assert_refused("real", "another user");
    } else {
        Error e = {0};
        assert_int_equal(cache_open("/usr", 0, &c, &e), SPML_RESOURCE);
        assert_non_null(strstr(e.text, "another user"));
    }
}

/* What the default directory is in a process with these variables; "" for none. */
static void assert_default(const char *own, const char *xdg, const char *home, const char *want)
{
    fflush(NULL);
    pid_t pid = fork();
    if (!pid) {
        Text t = {0};
        const char *const rows[][2] = {{"SPML_CACHE_DIR", own}, {"XDG_CACHE_HOME", xdg}, {"HOME", home}};
        for (int i = 0; i < 3; i++)
            rows[i][1] ? setenv(rows[i][0], rows[i][1], 1) : unsetenv(rows[i][0]);
        SpmlCode code = cache_dir(&t, NULL);
        _exit(*want ? code || strcmp(t.p, want) : code != SPML_RESOURCE);
    }
    int status;
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
}

static void default_directory(void **state)
{
    assert_default("/var/c", "/xdg", "/home/u", "/var/c");
    assert_default("", "/xdg", "/home/u", "/xdg/spml");
    assert_default(NULL, "relative", "/home/u", "/home/u/.cache/spml");
    assert_default(NULL, NULL, "/home/u", "/home/u/.cache/spml");
    assert_default(NULL, NULL, NULL, "");
    assert_default(NULL, NULL, "home", "");
    assert_default("relative", "/xdg", "/home/u", "");
    assert_default("/tmp/c", NULL, NULL, "/tmp/c");
    assert_default(NULL, "/tmp/xdg", NULL, "");
    assert_default(NULL, NULL, "/tmp/home", "");
}

static void least_recently_used(void **state)
{
    char big[1000], key[8];
    Cache *c = cache_at("lru", 8 * 1100);
    memset(big, 'x', sizeof big);
    CacheCounts n;
    for (int i = 0; i < 12; i++) {
        snprintf(key, sizeof key, "%d", i);
        assert_true(cache_put(c, key, strlen(key), big, sizeof big));
        size_t sz;
        usleep(2000);
        free(cache_find(c, "0", 1, &sz)); /* in use all the time */
        usleep(2000);
    }
    size_t sz;
    void *p = cache_find(c, "0", 1, &sz);
    assert_non_null(p);
    free(p);
    p = cache_find(c, "11", 2, &sz);
    assert_non_null(p);
    free(p);
    assert_miss(c, "1");
    cache_counts(c, &n);
    assert_true(n.evicted >= 4);
    assert_false(cache_put(c, "big", 3, big, 9000)); /* reads nothing of it: over the limit by itself */
    cache_close(&c);
}

/* Two writers of one key and a reader: each read is one of the two payloads, whole. */
static void writers(void **state)
{
    enum { TURNS = 300, SZ = 5000 };
    char payload[SZ];
    pid_t pid[2];
    for (int w = 0; w < 2; w++)
        if (!(pid[w] = fork())) {
            Cache *c = NULL;
            memset(payload, 'a' + w, SZ);
            bool ok = !cache_open(path_of("shared"), 0, &c, NULL);
            for (int i = 0; i < TURNS && ok; i++)
                ok = cache_put(c, "k", 1, payload, SZ);
            cache_close(&c);
            _exit(!ok);
        }
    Cache *c = cache_at("shared", 0);
    int seen = 0;
    for (int i = 0; i < 20000 && seen < TURNS; i++) {
        size_t n;
        char *p = cache_find(c, "k", 1, &n);
        if (!p) {
            assert_int_equal(seen, 0); /* once there, always there */
            continue;
        }
        assert_int_equal(n, SZ);
        for (size_t k = 1; k < n; k++)
            if (p[k] != p[0])
                fail_msg("a torn entry");
        free(p);
        seen++;
    }
    assert_true(seen > 0);
    for (int w = 0; w < 2; w++) {
        int status;
        waitpid(pid[w], &status, 0);
        assert_int_equal(status, 0);
    }
    cache_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(store_and_find), cmocka_unit_test(damaged), cmocka_unit_test(entry_of_another_key), cmocka_unit_test(links_and_others),
        cmocka_unit_test(directories), cmocka_unit_test(default_directory), cmocka_unit_test(least_recently_used), cmocka_unit_test(writers),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
