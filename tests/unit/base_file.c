/* SPDX-License-Identifier: MIT
 * Files: names that escape, hub layouts, the walk without openat2, pipes, a map that shrinks, and atomic writing. Every test
 * works in a new directory of its own. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64];

static int enter(void **state)
{
    strcpy(root, "/tmp/spml-file-XXXXXX");
    return !mkdtemp(root) || chdir(root);
}

static int leave(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return chdir("/") || system(command);
}

static void put_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void assert_contents(const char *path, const char *text)
{
    File *f;
    assert_int_equal(file_open(path, 0, &f, NULL), SPML_OK);
    assert_int_equal(file_size(f), strlen(text));
    assert_memory_equal(file_span(f).base, text, strlen(text));
    file_close(&f);
}

static void build_escapes(void)
{
    assert_int_equal(mkdir("m", 0755) | mkdir("m/sub", 0755) | mkdir("m/blobs", 0755) | mkdir("elsewhere", 0755) | mkdir("blobs", 0755), 0);
    put_file("secret", "secret");
    put_file("elsewhere/x", "x");
    put_file("blobs/abc", "abc");
    put_file("m/ok", "fine");
    put_file("m/sub/ok", "deep");
    assert_int_equal(symlink("../secret", "m/up") | symlink("/etc/passwd", "m/abs") | symlink("../elsewhere", "m/dir") | symlink("..", "m/parent"), 0);
    assert_int_equal(symlink("/proc/self", "m/proc") | symlink("/dev/zero", "m/dev") | symlink("loop", "m/loop") | symlink("../../secret", "m/sub/up"), 0);
    assert_int_equal(symlink("../../blobs/abc", "m/sub/blob") | symlink("../blobs/abc", "m/blob1") | symlink("../../blobs/../secret", "m/sub/blob2"), 0);
    assert_int_equal(link("secret", "m/hard") | mkfifo("m/fifo", 0644), 0);
}

static void check_escapes(void)
{
    static const struct { const char *name, *key; } rows[] = {
        {"../secret", "outside-directory"}, {"..", "outside-directory"}, {"sub/../../secret", "outside-directory"}, {"sub/..", "outside-directory"},
        {"/etc/passwd", "outside-directory"}, {"", "outside-directory"}, {"./../secret", "outside-directory"}, {"sub/../ok", "outside-directory"},
        {"//etc/passwd", "outside-directory"}, {"up", "outside-directory"}, {"abs", "outside-directory"}, {"dir/x", "outside-directory"},
        {"parent/secret", "outside-directory"}, {"proc/environ", "outside-directory"}, {"proc/fd/0", "outside-directory"}, {"dev", "outside-directory"},
        {"loop", "outside-directory"}, {"sub/up", "outside-directory"}, {"sub/blob", "outside-directory"}, {"blob1", "outside-directory"},
        {"sub/blob2", "outside-directory"}, {"hard", "outside-directory"}, {"fifo", "not-a-file"}, {"sub", "not-a-file"}, {".", "not-a-file"},
        {"none", "file-missing"}, {"ok/x", "file-missing"}, {"none/ok", "file-missing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Error err = {0};
        File *f = NULL;
        assert_int_equal(file_open_beneath("m", rows[i].name, &f, &err), SPML_DATA);
        assert_null(f);
        assert_string_equal(err.key, rows[i].key);
    }
    static const char *const good[] = {"ok", "./ok", "sub/ok", "sub//ok"};
    for (size_t i = 0; i < 4; i++) {
        File *f = NULL;
        assert_int_equal(file_open_beneath("m", good[i], &f, NULL), SPML_OK);
        assert_int_equal(file_size(f), 4);
        file_close(&f);
    }
}

static void names_that_escape(void **state)
{
    Error err = {0};
    File *f;
    build_escapes();
    check_escapes();
    file_open_beneath("m", "../../secret", &f, &err);
    assert_string_equal(err.text, "'../../secret' is outside the model's directory");
    char name[5000];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = 0;
    assert_int_equal(file_open_beneath("m", name, &f, NULL), SPML_DATA);
    assert_int_equal(file_open_beneath("nowhere", "ok", &f, NULL), SPML_DATA);
}

static void build_hub(void)
{
    assert_int_equal(mkdir("hub", 0755) | mkdir("hub/blobs", 0755) | mkdir("hub/snapshots", 0755) | mkdir("hub/snapshots/rev", 0755) | mkdir("hub/snapshots/rev/onnx", 0755), 0);
    put_file("hub/blobs/0a1b", "weights");
    put_file("hub/secret", "secret");
    assert_int_equal(symlink("../../blobs/0a1b", "hub/snapshots/rev/w.bin") | symlink("../../../blobs/0a1b", "hub/snapshots/rev/onnx/w.bin"), 0);
    assert_int_equal(symlink("../../blobs/../secret", "hub/snapshots/rev/bad1") | symlink("../../secret", "hub/snapshots/rev/bad2"), 0);
    assert_int_equal(symlink("../../../blobs/0a1b", "hub/snapshots/rev/bad3") | symlink("../../blobs/link", "hub/snapshots/rev/bad4") | symlink("../secret", "hub/blobs/link"), 0);
}

static void check_hub(void)
{
    static const struct { const char *dir, *name; bool ok; } rows[] = {
        {"hub/snapshots/rev", "w.bin", true}, {"hub/snapshots/rev", "onnx/w.bin", true}, {"hub/snapshots/rev/onnx", "w.bin", true}, {"hub/snapshots/rev", "./w.bin", true},
        {"hub/snapshots/rev", "bad1", false}, {"hub/snapshots/rev", "bad2", false}, {"hub/snapshots/rev", "bad3", false}, {"hub/snapshots/rev", "bad4", false},
        {"hub/snapshots", "rev/w.bin", true}, {"hub", "snapshots/rev/w.bin", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        File *f = NULL;
        Error err = {0};
        assert_int_equal(file_open_beneath(rows[i].dir, rows[i].name, &f, &err), rows[i].ok ? SPML_OK : SPML_DATA);
        if (rows[i].ok)
            assert_memory_equal(file_span(f).base, "weights", 7);
        else
            assert_string_equal(err.key, "outside-directory");
        file_close(&f);
    }
}

static void hub_links(void **state)
{
    build_hub();
    check_hub();
}

/* Runs fn in a child and gives its wait status; the child's standard error goes to the file "stderr". */
static int in_child(void (*fn)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open("stderr", O_WRONLY | O_CREAT | O_TRUNC, 0644);
        dup2(fd, 2);
        fn();
        _exit(0);
    }
    int status = 0;
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    return status;
}

static void openat2_away(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        _exit(77);
    check_escapes();
    check_hub();
}

static void without_openat2(void **state)
{
    build_escapes();
    build_hub();
    int status = in_child(openat2_away);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

static void opens_by_path(void **state)
{
    static const struct { const char *path, *key; } bad[] = {{"none", "file-missing"}, {".", "not-a-file"}, {"/dev/zero", "not-a-file"}, {"file/x", "file-missing"}};
    File *f;
    put_file("file", "contents");
    put_file("empty", "");
    assert_int_equal(symlink("file", "link"), 0);
    assert_contents("link", "contents");
    assert_contents("empty", "");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Error err = {0};
        assert_int_equal(file_open(bad[i].path, 0, &f, &err), SPML_DATA);
        assert_string_equal(err.key, bad[i].key);
        assert_string_equal(err.file, bad[i].path);
    }
    Error err = {0};
    assert_int_equal(file_open("file", 7, &f, &err), SPML_RESOURCE);
    assert_string_equal(err.text, "is larger than the limit of 7 B");
    assert_int_equal(file_open("/proc/self/status", 0, &f, NULL), SPML_OK); /* says it is empty */
    assert_true(file_size(f) > 0);
    file_close(&f);
    file_close(&f);
}

/* A pipe with n bytes on standard input, opened as "-" with the cap. */
static SpmlCode open_piped(size_t n, uint64_t cap, File **f)
{
    int ends[2], saved = dup(0);
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        signal(SIGPIPE, SIG_DFL);
        for (size_t i = 0; i < n; i++) {
            char buf[1000];
            size_t k = n - i < sizeof buf ? n - i : sizeof buf;
            for (size_t j = 0; j < k; j++)
                buf[j] = (char)((i + j) * 7);
            if (write(ends[1], buf, k) != (ssize_t)k)
                _exit(1);
            i += k - 1;
        }
        _exit(0);
    }
    close(ends[1]);
    dup2(ends[0], 0);
    close(ends[0]);
    SpmlCode code = file_open("-", cap, f, NULL);
    dup2(saved, 0);
    close(saved);
    waitpid(pid, NULL, 0);
    return code;
}

static void pipes_are_read_to_the_end(void **state)
{
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 300000};
    File *f;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(open_piped(sizes[i], sizes[i] ? sizes[i] : 1, &f), SPML_OK);
        assert_int_equal(file_size(f), sizes[i]);
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(file_span(f).base[k], (uint8_t)(k * 7));
        file_drop(f, 0, sizes[i]); /* nothing to drop to: the contents stay */
        if (sizes[i] > 1)
            assert_int_equal(file_span(f).base[1], 7);
        file_close(&f);
        if (sizes[i])
            assert_int_equal(open_piped(sizes[i] + 1, sizes[i], &f), SPML_RESOURCE);
    }
}

static volatile uint8_t sink;

static void read_shrunk(void)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    File *f;
    file_guard_install();
    if (file_open("big\033", 0, &f, NULL) || truncate("big\033", 0))
        _exit(1);
    for (size_t i = 0; i < file_size(f); i += 4096)
        sink = file_span(f).base[i];
}

static void shrunk_map_is_an_error(void **state)
{
    put_file("big\033", "x");
    assert_int_equal(truncate("big\033", 1 << 20), 0);
    int status = in_child(read_shrunk);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), SPML_DATA);
    assert_contents("stderr", "spml: error: big\\x1b: shrank while it was being read\n");
}

static void drop_keeps_contents(void **state)
{
    File *f;
    put_file("f", "x");
    assert_int_equal(truncate("f", 20000), 0);
    assert_int_equal(file_open("f", 0, &f, NULL), SPML_OK);
    file_drop(f, 1, 19999);
    file_drop(f, 5000, UINT64_MAX);
    file_drop(f, UINT64_MAX, 1);
    assert_true(file_span(f).base[0] == 'x' && file_span(f).base[19999] == 0);
    file_close(&f);
}

static int files_here(void)
{
    FILE *p = popen("ls -A | wc -l", "r");
    int n = -1;
    assert_int_equal(fscanf(p, "%d", &n), 1);
    pclose(p);
    return n;
}

static void writes_atomically(void **state)
{
    FileWriter *w;
    struct stat st;
    umask(027);
    assert_int_equal(writer_open("out", &w, NULL), SPML_OK);
    assert_int_equal(writer_printf(w, NULL, "%d,%s", 12, "x"), SPML_OK);
    assert_int_equal(access("out", F_OK), -1);
    assert_int_equal(writer_commit(&w, NULL), SPML_OK);
    assert_null(w);
    assert_contents("out", "12,x");
    assert_true(!stat("out", &st) && (st.st_mode & 0777) == 0640);
    chmod("out", 0600);
    char *big = malloc(200001);
    memset(big, 'b', 200000);
    big[200000] = 0;
    assert_int_equal(writer_open("out", &w, NULL), SPML_OK);
    for (int i = 0; i < 200000; i += 40000)
        assert_int_equal(writer_write(w, big, 40000, NULL), SPML_OK);
    assert_contents("out", "12,x");
    assert_int_equal(writer_commit(&w, NULL), SPML_OK);
    assert_contents("out", big);
    assert_true(!stat("out", &st) && (st.st_mode & 0777) == 0600);
    assert_int_equal(writer_open("out", &w, NULL), SPML_OK);
    assert_int_equal(writer_write(w, big, 200000, NULL), SPML_OK);
    writer_abort(&w);
    writer_abort(&w);
    assert_int_equal(files_here(), 1);
    free(big);
}

static void a_link_is_replaced_not_followed(void **state)
{
    FileWriter *w;
    put_file("target", "old");
    assert_int_equal(symlink("target", "out"), 0);
    assert_int_equal(writer_open("out", &w, NULL), SPML_OK);
    assert_int_equal(writer_write(w, "new", 3, NULL), SPML_OK);
    assert_int_equal(writer_commit(&w, NULL), SPML_OK);
    assert_contents("target", "old");
    assert_contents("out", "new");
}

static void write_failures(void **state)
{
    static const char *const bad[] = {"none/out", ".", "dir/", "", "file/x"};
    FileWriter *w;
    put_file("file", "");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Error err = {0};
        assert_int_equal(writer_open(bad[i], &w, &err), SPML_RESOURCE);
        assert_string_equal(err.key, "output-not-writable");
        assert_null(w);
    }
    Error err = {0}, again = {0};
    assert_int_equal(writer_open("/dev/full", &w, &err), SPML_OK);
    assert_int_equal(writer_write(w, "x", 1, &err), SPML_OK); /* buffered */
    assert_int_equal(writer_commit(&w, &err), SPML_RESOURCE);
    assert_string_equal(err.key, "disk-full");
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit, old;
    getrlimit(RLIMIT_FSIZE, &old);
    limit = (struct rlimit){100000, old.rlim_max};
    char *big = calloc(1, 200000);
    assert_int_equal(writer_open("file", &w, NULL), SPML_OK);
    setrlimit(RLIMIT_FSIZE, &limit);
    error_clear(&err);
    assert_int_equal(writer_write(w, big, 200000, &err), SPML_RESOURCE);
    assert_int_equal(writer_write(w, big, 1, &again), SPML_RESOURCE);
    assert_int_equal(writer_commit(&w, NULL), SPML_RESOURCE);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_contents("file", "");
    assert_int_equal(files_here(), 1);
    free(big);
}

static void closed_pipe(void **state)
{
    int ends[2], saved = dup(1);
    FileWriter *w;
    Error err = {0};
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], 1);
    close(ends[1]);
    close(ends[0]);
    SpmlCode opened = writer_open("-", &w, &err), wrote = writer_write(w, "x", 1, &err), done = writer_commit(&w, &err);
    dup2(saved, 1);
    close(saved);
    assert_int_equal(opened | wrote, SPML_OK);
    assert_int_equal(done, SPML_RESOURCE);
    assert_string_equal(err.text, "the reader closed the pipe");
}

static void dirnames(void **state)
{
    static const char *const rows[][2] = {{"x", "."}, {"a/b", "a"}, {"/x", "/"}, {"a//b", "a"}, {"//x", "/"}, {"./x", "."}, {"a/b/c.onnx", "a/b"}, {"", "."}};
    Arena a = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(file_dirname(&a, rows[i][0]), rows[i][1]);
    arena_free(&a);
}

static void close_and_reserve(void)
{
    close(0);
    close(1);
    file_reserve_std_fds();
    if (fcntl(0, F_GETFD) < 0 || fcntl(1, F_GETFD) < 0)
        _exit(1);
}

static void std_fds(void **state)
{
    assert_int_equal(in_child(close_and_reserve), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, enter, leave)
int main(void)
{
    const struct CMUnitTest tests[] = {T(names_that_escape), T(hub_links), T(without_openat2), T(opens_by_path), T(pipes_are_read_to_the_end), T(shrunk_map_is_an_error),
        T(drop_keeps_contents), T(writes_atomically), T(a_link_is_replaced_not_followed), T(write_failures), T(closed_pipe), T(dirnames), T(std_fds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
