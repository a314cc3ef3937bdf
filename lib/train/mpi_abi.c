/* SPDX-License-Identifier: MIT
 * train: an MPI library is found, told apart and called (mpi_abi.h). Constants are those of the two interfaces, which have been frozen for years: Open MPI 1.x to 5,
 * and the common one of MPICH 3.1 and later. */
#include "train/mpi_abi.h"

#include <dlfcn.h>
#include <limits.h>
#include <string.h>

enum { THREAD_FUNNELED = 1, MAX_TEXT = 8192 };
enum { MPICH_WORLD = 0x44000000, MPICH_BYTE = 0x4c00010d, MPICH_ERRORS_RETURN = 0x54000001 };
static void *const mpich_status_ignore = (void *)1;

/* ── loading ── */

typedef struct FunctionRow { const char *name; size_t at; } FunctionRow;
static const FunctionRow open_rows[] = {
#define X(name, args) {"MPI_" #name, offsetof(Mpi, f.open.name)},
    MPI_FUNCTIONS(X, void *)
};
static const FunctionRow mpich_rows[] = {
#undef X
#define X(name, args) {"MPI_" #name, offsetof(Mpi, f.mpich.name)},
    MPI_FUNCTIONS(X, int)
#undef X
};
enum { FUNCTIONS = sizeof open_rows / sizeof *open_rows };

static SpmlCode find_functions(Mpi *m, void *lib, Error *err)
{
    const FunctionRow *row = m->mpich ? mpich_rows : open_rows;
    for (int i = 0; i < FUNCTIONS; i++) {
        void *p = dlsym(lib, row[i].name);
        if (!p)
            return error_set(err, SPML_DEVICE, "mpi-missing", "%s has no %s", m->name, row[i].name);
        memcpy((char *)m + row[i].at, &p, sizeof p);
    }
    return SPML_OK;
}

/* MPICH's handles would be read as addresses, and the reverse: what is neither is not called. */
static SpmlCode tell_apart(Mpi *m, void *lib, Error *err)
{
    char text[MAX_TEXT] = "";
    int n = 0;
    m->world = dlsym(lib, "ompi_mpi_comm_world");
    m->byte = dlsym(lib, "ompi_mpi_byte");
    m->errors_return = dlsym(lib, "ompi_mpi_errors_return");
    m->mpich = !m->world;
    SpmlCode code = find_functions(m, lib, err);
    if (code || (!m->mpich && m->byte && m->errors_return))
        return code;
    if (m->mpich && !m->f.mpich.Get_library_version(text, &n) && (strstr(text, "MPICH") || strstr(text, "Intel(R) MPI") || strstr(text, "MVAPICH")))
        return SPML_OK;
    return error_set(err, SPML_DEVICE, "mpi-missing", "%s is neither Open MPI nor of MPICH's kind", m->name);
}

SpmlCode mpi_load(Mpi *m, const char *path, bool mpich_first, Error *err)
{
    static const char *const names[] = {"libmpi.so.40", "libmpi.so.12", "libmpich.so.12"};
    const int order[2][3] = {{0, 1, 2}, {1, 2, 0}};
    void *lib = NULL;
    *m = (Mpi){.name = path};
    if (*path)
        lib = dlopen(path, RTLD_NOW | RTLD_GLOBAL); /* its plug-ins look for its symbols */
    for (int i = 0; !*path && !lib && i < 3; i++)
        lib = dlopen(m->name = names[order[mpich_first][i]], RTLD_NOW | RTLD_GLOBAL);
    if (lib)
        return tell_apart(m, lib, err);
    if (*path)
        error_set(err, SPML_DEVICE, "mpi-missing", "this is one of several ranks, and the MPI library cannot be opened: %s", dlerror());
    else
        error_set(err, SPML_DEVICE, "mpi-missing", "this is one of several ranks, and no MPI library is found: neither %s nor %s", names[0], names[1]);
    error_hint(err, "apt install libopenmpi3, or SPML_MPI=/path/to/libmpi.so");
    return SPML_DEVICE;
}

/* ── calls ── */

static SpmlCode failed(Mpi *m, int e, const char *what, Error *err)
{
    char text[MAX_TEXT] = "";
    int n = 0;
    if (m->mpich)
        m->f.mpich.Error_string(e, text, &n);
    else
        m->f.open.Error_string(e, text, &n);
    return error_set(err, SPML_DEVICE, "mpi", "MPI: %s: %.500s (%d)", what, text, e);
}

SpmlCode mpi_init(Mpi *m, int *rank, int *size, Error *err)
{
    int on = 0, level, e = m->mpich ? m->f.mpich.Initialized(&on) : m->f.open.Initialized(&on);
    if (!e && on)
        return error_set(err, SPML_UNSUPPORTED, "mpi-again", "MPI has been started in this process before: a process takes part in one training");
    if (!e)
        e = m->mpich ? m->f.mpich.Init_thread(NULL, NULL, THREAD_FUNNELED, &level) : m->f.open.Init_thread(NULL, NULL, THREAD_FUNNELED, &level);
    if (!e)
        e = m->mpich ? m->f.mpich.Comm_set_errhandler(MPICH_WORLD, MPICH_ERRORS_RETURN) : m->f.open.Comm_set_errhandler(m->world, m->errors_return);
    if (!e)
        e = m->mpich ? m->f.mpich.Comm_rank(MPICH_WORLD, rank) : m->f.open.Comm_rank(m->world, rank);
    if (!e)
        e = m->mpich ? m->f.mpich.Comm_size(MPICH_WORLD, size) : m->f.open.Comm_size(m->world, size);
    return e ? failed(m, e, "starting", err) : SPML_OK;
}

static SpmlCode too_large(size_t sz, Error *err) { return error_set(err, SPML_UNSUPPORTED, "mpi", "a message of %zu bytes", sz); }

SpmlCode mpi_send(Mpi *m, const void *p, size_t sz, int to, int tag, MpiRequest *out, Error *err)
{
    if (sz > INT_MAX)
        return too_large(sz, err);
    int e = m->mpich ? m->f.mpich.Isend(p, (int)sz, MPICH_BYTE, to, tag, MPICH_WORLD, out) : m->f.open.Isend(p, (int)sz, m->byte, to, tag, m->world, out);
    return e ? failed(m, e, "sending", err) : SPML_OK;
}

SpmlCode mpi_recv(Mpi *m, void *p, size_t sz, int from, int tag, MpiRequest *out, Error *err)
{
    if (sz > INT_MAX)
        return too_large(sz, err);
    int e = m->mpich ? m->f.mpich.Irecv(p, (int)sz, MPICH_BYTE, from, tag, MPICH_WORLD, out) : m->f.open.Irecv(p, (int)sz, m->byte, from, tag, m->world, out);
    return e ? failed(m, e, "receiving", err) : SPML_OK;
}

SpmlCode mpi_test(Mpi *m, MpiRequest *r, bool *done, Error *err)
{
    int flag = 0, e = m->mpich ? m->f.mpich.Test(r, &flag, mpich_status_ignore) : m->f.open.Test(r, &flag, NULL);
    *done = flag;
    return e ? failed(m, e, "waiting", err) : SPML_OK;
}

void mpi_finalize(Mpi *m)
{
    if (m->mpich)
        m->f.mpich.Finalize();
    else
        m->f.open.Finalize();
}

void mpi_abort(Mpi *m, int code)
{
    if (m->mpich)
        m->f.mpich.Abort(MPICH_WORLD, code);
    else
        m->f.open.Abort(m->world, code);
}
