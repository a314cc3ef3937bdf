/* SPDX-License-Identifier: MIT
 * spml: open any model file, run it on any hardware, explain it. The only public header.
 *
 * Handles are opaque. Every function that can fail returns an SpmlStatus and fills the SpmlError given (which may be NULL); nothing aborts,
 * prints or touches global state. Ownership: what a *_new, *_open, *_load or run gives is freed by the matching *_free; pointers got from a
 * handle live as long as the handle. A model is immutable and may be shared by threads; a session is used by one thread at a time (open one
 * per thread on the same model); a tensor must not be written while another thread reads it. Shapes are row-major, outermost first. */
#ifndef SPML_H
#define SPML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SPML_API __attribute__((visibility("default")))
#else
#define SPML_API
#endif

enum { SPML_MAX_RANK = 16 };

typedef int SpmlStatus; /* the exit codes of the command line: 0 done, 1 no, 2 usage, 3 bad data, 4 unsupported, 5 resources, 6 device, 7 network, 130 cancelled */
typedef struct SpmlError SpmlError;
typedef struct SpmlModel SpmlModel;
typedef struct SpmlSession SpmlSession;
typedef struct SpmlTensor SpmlTensor; /* also sequences, optionals and maps of tensors */

SPML_API const char *spml_version(void);

/* ── errors ── */
SPML_API SpmlError *spml_error_new(void); /* NULL when memory is out */
SPML_API void spml_error_free(SpmlError *e);
SPML_API void spml_error_clear(SpmlError *e);
SPML_API SpmlStatus spml_error_status(const SpmlError *e);
SPML_API const char *spml_error_key(const SpmlError *e);  /* "file-missing": stable, for programs */
SPML_API const char *spml_error_text(const SpmlError *e); /* one or more lines; bytes from files are not escaped */
SPML_API const char *spml_error_hint(const SpmlError *e); /* "" when there is none */
SPML_API const char *spml_error_file(const SpmlError *e); /* "" when there is none */
SPML_API int64_t spml_error_offset(const SpmlError *e);   /* byte in that file, or −1 */

/* ── models ── */
typedef struct SpmlLoadOptions {
    const char *format;   /* NULL: by content */
    const char *data_dir; /* where external weights may lie besides the model's directory, or NULL */
} SpmlLoadOptions;
/* path "-" reads stdin. o may be NULL. */
SPML_API SpmlStatus spml_model_load(const char *path, const SpmlLoadOptions *o, SpmlModel **out, SpmlError *err);
SPML_API void spml_model_free(SpmlModel *m); /* sessions on it must be closed first */

typedef struct SpmlPort {          /* an input or output of a model */
    const char *name;
    const char *type;              /* "f32[batch,3,224,224]", "seq(f32[?])" */
    const char *dtype;             /* "f32"; NULL for sequences, optionals, maps */
    int rank;                      /* −1: unknown */
    int64_t dim[SPML_MAX_RANK];    /* −1: not fixed */
    const char *symbol[SPML_MAX_RANK]; /* its name, or NULL */
    bool has_default;              /* the model holds a value: the input may be left out */
} SpmlPort;
SPML_API size_t spml_model_inputs(const SpmlModel *m);
SPML_API size_t spml_model_outputs(const SpmlModel *m);
SPML_API SpmlStatus spml_model_input(const SpmlModel *m, size_t i, SpmlPort *out);
SPML_API SpmlStatus spml_model_output(const SpmlModel *m, size_t i, SpmlPort *out);
SPML_API const char *spml_model_meta(const SpmlModel *m, const char *key); /* metadata value, or NULL */

/* ── tensors ── */
SPML_API SpmlStatus spml_tensor_new(const char *dtype, int rank, const int64_t *dim, SpmlTensor **out, SpmlError *err); /* zeroed */
SPML_API void spml_tensor_free(SpmlTensor *t);
SPML_API const char *spml_tensor_dtype(const SpmlTensor *t);
SPML_API int spml_tensor_rank(const SpmlTensor *t);
SPML_API int64_t spml_tensor_dim(const SpmlTensor *t, int i);
SPML_API void *spml_tensor_data(SpmlTensor *t);    /* row-major, packed for sub-byte types */
SPML_API size_t spml_tensor_bytes(const SpmlTensor *t);

/* ── running ── */
typedef struct SpmlSessionOptions {
    const char *backend;  /* NULL or "auto", "cpu" */
    int threads;          /* 0: the CPUs this process may use */
    bool no_fallback, strict_math;
    const char *const *disabled_passes; /* NULL-terminated names, or NULL */
    bool profile;
} SpmlSessionOptions;
SPML_API SpmlStatus spml_session_open(const SpmlModel *m, const SpmlSessionOptions *o, SpmlSession **out, SpmlError *err);
SPML_API void spml_session_free(SpmlSession *s);
/* in[i] belongs to input i (NULL: the model's default); out[i], owned by the caller afterwards, to output i. */
SPML_API SpmlStatus spml_session_run(SpmlSession *s, SpmlTensor *const *in, size_t n_in, SpmlTensor **out, size_t n_out, SpmlError *err);
/* From any thread: a run in progress ends soon with status 130. */
SPML_API void spml_session_cancel(SpmlSession *s);

#ifdef __cplusplus
}
#endif
#endif
