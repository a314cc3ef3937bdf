/* SPDX-License-Identifier: MIT
 * train: the few functions of MPI that are used, over two binary interfaces: Open MPI's (handles are addresses of exported objects; libmpi.so.40) and MPICH's
 * (handles are integers; libmpi.so.12, also Intel's and MVAPICH's). The library is opened at run time; no header of it is needed. All calls are made by one thread. */
#ifndef SPML_TRAIN_MPI_ABI_H
#define SPML_TRAIN_MPI_ABI_H

#include "base/error.h"

#include <stddef.h>

typedef union MpiRequest { void *p; int i; } MpiRequest;

/* h: void * or int. A request is given by its address, so its type does not matter; a status is never asked for. */
#define MPI_FUNCTIONS(X, H)                                                                                                                    \
    X(Init_thread, (int *argc, char ***argv, int required, int *provided))                                                                     \
    X(Initialized, (int *flag))                                                                                                                \
    X(Finalize, (void))                                                                                                                        \
    X(Abort, (H comm, int code))                                                                                                               \
    X(Comm_rank, (H comm, int *rank))                                                                                                          \
    X(Comm_size, (H comm, int *size))                                                                                                          \
    X(Comm_set_errhandler, (H comm, H handler))                                                                                                \
    X(Error_string, (int code, char *text, int *n))                                                                                            \
    X(Get_library_version, (char *text, int *n))                                                                                               \
    X(Isend, (const void *buf, int count, H type, int to, int tag, H comm, MpiRequest *request))                                               \
    X(Irecv, (void *buf, int count, H type, int from, int tag, H comm, MpiRequest *request))                                                   \
    X(Test, (MpiRequest * request, int *flag, void *status))

#define X(name, args) int(*name) args;
typedef struct MpiOpen { MPI_FUNCTIONS(X, void *) } MpiOpen;
typedef struct MpiMpich { MPI_FUNCTIONS(X, int) } MpiMpich;
#undef X

typedef struct Mpi Mpi;
struct Mpi {
    const char *name;         /* of the file that was opened */
    bool mpich;
    union { MpiOpen open; MpiMpich mpich; } f;
    void *world, *byte, *errors_return; /* Open MPI's */
};

/* SPML_DEVICE, "mpi-missing": no library is found, or it is of another interface. path: "" for the usual names; mpich_first: which of them. */
SpmlCode mpi_load(Mpi *m, const char *path, bool mpich_first, Error *err);
/* All that follow: SPML_DEVICE, "mpi". */
SpmlCode mpi_init(Mpi *m, int *rank, int *size, Error *err);
SpmlCode mpi_send(Mpi *m, const void *p, size_t sz, int to, int tag, MpiRequest *out, Error *err);
SpmlCode mpi_recv(Mpi *m, void *p, size_t sz, int from, int tag, MpiRequest *out, Error *err);
SpmlCode mpi_test(Mpi *m, MpiRequest *r, bool *done, Error *err);
void mpi_finalize(Mpi *m);
void mpi_abort(Mpi *m, int code); /* ends all processes of the job, this one too */

#endif
