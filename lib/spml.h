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

/* ── stages ── a watch sees the graph after each step of the way from a file to a session, in the call that takes it there */
typedef struct SpmlStage {
    const char *name;   /* "read", "infer", the name of a pass, "optimised" */
    int changes;        /* that a pass made; a pass may come more than once */
    size_t nodes;       /* of the graph, without those of subgraphs */
    const void *graph;  /* for spml_stage_text, during the call */
} SpmlStage;
typedef struct SpmlWatch { void (*fn)(void *ctx, const SpmlStage *s); void *ctx; } SpmlWatch;
SPML_API char *spml_stage_text(const SpmlStage *s); /* malloc'ed; NULL when memory is out */
SPML_API const char *spml_pass(size_t i, const char **about); /* passes in the order in which they run; NULL past the end */

/* ── models ── */
typedef struct SpmlLoadOptions {
    const char *format;   /* NULL: by content */
    const char *data_dir; /* where external weights may lie besides the model's directory, or NULL */
    bool keep_unknown;    /* operators that are not known become nodes that cannot run, instead of an error: to look at a model */
    const SpmlWatch *watch; /* or NULL */
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
SPML_API SpmlStatus spml_tensor_for(const SpmlModel *m, size_t i, SpmlTensor **out, SpmlError *err); /* for input i, zeroed; extents that are not fixed are 1 */
SPML_API void spml_tensor_free(SpmlTensor *t);
SPML_API const char *spml_tensor_dtype(const SpmlTensor *t);
SPML_API int spml_tensor_rank(const SpmlTensor *t);
SPML_API int64_t spml_tensor_dim(const SpmlTensor *t, int i);
SPML_API void *spml_tensor_data(SpmlTensor *t);    /* row-major, packed for sub-byte types */
SPML_API size_t spml_tensor_bytes(const SpmlTensor *t);

/* ── running ── */
typedef struct SpmlSessionOptions {
    const char *backend;  /* NULL or "auto"; NAME or NAME:N of what spml_devices lists */
    int threads;          /* 0: the CPUs this process may use */
    bool no_fallback;
    bool strict_math;     /* the bits of every node on its own: f16 and bf16 are rounded after each, nothing is folded that changes rounding */
    const char *require;  /* what the device must be able to do, "f16,int64" (spml_capability), or NULL */
    const SpmlWatch *watch; /* or NULL; lives as long as the session */
    const char *const *disabled_passes; /* NULL-terminated names, or NULL */
    bool profile;
    const char *const *outputs; /* NULL, or names, NULL-terminated, of values to give besides the model's outputs, after them; "*": every named value */
    bool no_cache;        /* compiled kernels are neither taken from disk nor kept there */
    const char *force_emulation; /* NULL, or capabilities ("f16,subgroups") that the device is to do without */
    const char *math;            /* NULL: products of f16 and bf16 on matrix units, where there are such, in any order; "strict": chains as on the CPU; "tf32": f32 there too, in 10 bits */
    bool cache_weights;          /* packed weights are kept in the cache directory and mapped from there, found by the identity of the model's file and samples of its contents */
    const char *memory;          /* NULL; "low": on the CPU no algorithm and no pack that needs more memory than the weights have in their file */
} SpmlSessionOptions;
SPML_API SpmlStatus spml_session_open(const SpmlModel *m, const SpmlSessionOptions *o, SpmlSession **out, SpmlError *err);
SPML_API void spml_session_free(SpmlSession *s);
/* What a run gives: the model's outputs, then the values of SpmlSessionOptions.outputs. */
SPML_API size_t spml_session_outputs(const SpmlSession *s);
SPML_API const char *spml_session_output_name(const SpmlSession *s, size_t i);
SPML_API const char *spml_session_output_origin(const SpmlSession *s, size_t i); /* "node (Conv)" that makes it; "" for inputs and constants */
/* in[i] belongs to input i (NULL: the model's default); out[i], owned by the caller afterwards, to output i. */
SPML_API SpmlStatus spml_session_run(SpmlSession *s, SpmlTensor *const *in, size_t n_in, SpmlTensor **out, size_t n_out, SpmlError *err);
/* What the last run did: launches and copies given to the device, calls that ran on the CPU instead, steps that only a host can do (control flow, strings,
 * sequences), transfers. compiled, cache_hits, compile_ms: since the device was opened. device_ms, plan_ms, kernels_ms: opening the device; optimising and planning; finding kernels,
 * compiled or from the cache. packed_bytes: packed weights, of these cached_bytes from disk; arena_bytes: memory of the values. */
typedef struct SpmlCounts { uint64_t packed_bytes, cached_bytes, arena_bytes, arena_least /* no plan needs less */; uint64_t launches, fallback, host_steps, uploads, downloads, upload_bytes, download_bytes, replays, compiled, cache_hits; double compile_ms, device_ms, plan_ms, kernels_ms; } SpmlCounts;
SPML_API void spml_session_counts(const SpmlSession *s, SpmlCounts *out);
/* Why this device: "named", or what is wrong with the better ones; "" when there is none. */
SPML_API const char *spml_session_why(const SpmlSession *s);
/* From any thread, or a signal handler: the run in progress, or else the next one, ends soon with status 130. */
SPML_API void spml_session_cancel(SpmlSession *s);

/* ── tensors made and looked at ── */
/* text: JSON of numbers, booleans and strings, nested as the shape is. port (may be NULL) says the type. */
SPML_API SpmlStatus spml_tensor_parse(const char *text, const SpmlPort *port, SpmlTensor **out, SpmlError *err);
/* gen: "zeros", "ones", "const:V", "uniform:LO,HI", "normal:MEAN,SD", "arange". Element i depends on seed, stream and i alone, on every machine. */
SPML_API SpmlStatus spml_tensor_fill(const char *dtype, int rank, const int64_t *dim, const char *gen, uint64_t seed, uint64_t stream, SpmlTensor **out, SpmlError *err);
SPML_API SpmlStatus spml_tensor_cast(const SpmlTensor *t, const char *dtype, SpmlTensor **out, SpmlError *err); /* rounds; integers saturate */
SPML_API SpmlStatus spml_tensor_copy(const SpmlTensor *t, SpmlTensor **out, SpmlError *err);
/* A malloc'ed text, NULL when memory is out: "f32[1,3]", "seq(2)"; element i, shortest form that reads back; the whole as one JSON object. */
SPML_API char *spml_tensor_type_text(const SpmlTensor *t);
SPML_API char *spml_tensor_element_text(const SpmlTensor *t, int64_t i);
SPML_API char *spml_tensor_json(const SpmlTensor *t);
SPML_API bool spml_tensor_is_tensor(const SpmlTensor *t); /* false: a sequence, optional or map */
SPML_API int64_t spml_tensor_count(const SpmlTensor *t);
SPML_API double spml_tensor_get(const SpmlTensor *t, int64_t i); /* numbers only; NaN for strings and complex */

typedef struct SpmlStats { double min, max, mean; int64_t n, nan, inf; } SpmlStats; /* min, max, mean over what is neither NaN nor infinite */
SPML_API bool spml_tensor_stats(const SpmlTensor *t, SpmlStats *out); /* false: not a tensor of numbers */

/* Passes only where |got - want| <= atol + rtol * |want| for every element; NaN equals NaN only, infinities exactly. */
typedef struct SpmlDifference {
    bool equal;
    const char *reason;                /* when types, shapes or lengths differ, or it is no tensor: why; else "" */
    int64_t n, n_differ, n_item;       /* elements; those beyond the limit; item of a sequence, -1 */
    double max_abs, got, want, limit;  /* largest distance; of the element that is furthest beyond its limit */
    int rank;
    int64_t at[SPML_MAX_RANK], at_max[SPML_MAX_RANK];
    char text[256];                    /* the storage of reason */
} SpmlDifference;
SPML_API void spml_tensor_compare(const SpmlTensor *got, const SpmlTensor *want, double rtol, double atol, SpmlDifference *out);

/* ── files of tensors: lists of named tensors ── */
typedef struct SpmlBundle SpmlBundle;
typedef struct SpmlFileOptions {
    const char *kind;        /* NULL: reading by content and extension, writing by extension. npy npz safetensors pb raw csv json txt */
    const SpmlPort *ports;   /* what the tensors are for: types and shapes of files that do not say them; matched by position */
    size_t n_ports;
    const char *stem;        /* a folder of ONNX test data: "input" (NULL) or "output" */
    const char *recipe;      /* pictures: a preset (spml_media_presets) or the text of a recipe; NULL: reading a picture fails, writing guesses the range */
    bool orient;             /* pictures: apply the EXIF orientation */
    bool fit;                /* sound: cut or padded with silence to a fixed length */
    int rate;                /* writing wav: samples a second; 0: 16000 */
    char **note;             /* gets, malloc'ed, what was done to a picture or sound (NULL when it was neither); may be NULL */
} SpmlFileOptions;
SPML_API SpmlBundle *spml_bundle_new(void);
SPML_API void spml_bundle_free(SpmlBundle *b);
SPML_API size_t spml_bundle_count(const SpmlBundle *b);
SPML_API const char *spml_bundle_name(const SpmlBundle *b, size_t i);      /* "" when the file gives none */
SPML_API SpmlTensor *spml_bundle_tensor(const SpmlBundle *b, size_t i);    /* stays the bundle's */
SPML_API SpmlTensor *spml_bundle_take(SpmlBundle *b, size_t i);            /* the caller's from now on; NULL the second time */
SPML_API SpmlStatus spml_bundle_add(SpmlBundle *b, const char *name, SpmlTensor *t, SpmlError *err); /* t is taken over */
SPML_API SpmlStatus spml_bundle_read(const char *path, const SpmlFileOptions *o, SpmlBundle **out, SpmlError *err);
SPML_API SpmlStatus spml_bundle_write(const SpmlBundle *b, const char *path, const SpmlFileOptions *o, SpmlError *err); /* o: kind, recipe, rate, note */
/* Pictures of a PPM stream, one after the other; *out is NULL at its end. */
typedef struct SpmlFrames SpmlFrames;
SPML_API SpmlStatus spml_frames_open(int fd, SpmlFrames **out, SpmlError *err);
SPML_API SpmlStatus spml_frames_next(SpmlFrames *f, const SpmlPort *port, const char *recipe, SpmlTensor **out, char **note, SpmlError *err);
SPML_API void spml_frames_close(SpmlFrames *f);
SPML_API const char *spml_media_presets(void);        /* "imagenet, unit, signed, pixels" */
SPML_API bool spml_media_kind(const char *name);      /* a kind or a path's extension that means a picture or sound */
/* Rows of the table of kinds; NULL past the end. *many: holds any number of tensors. */
SPML_API const char *spml_file_kind(size_t i, const char **extensions, const char **about, bool *many);
SPML_API const char *spml_file_kind_of(const char *path); /* by extension, or NULL */

/* ── tasks ── */
typedef struct SpmlClass { int64_t index; double score; } SpmlClass;
/* The k best of a tensor of scores, best first; equal ones by index. how: "softmax", "sigmoid", "none"; NULL: softmax unless the scores are 0..1 and sum to 1. *used: which. */
SPML_API SpmlStatus spml_classify(const SpmlTensor *scores, const char *how, size_t k, SpmlClass *out, size_t *n, const char **used, SpmlError *err);

typedef struct SpmlBench {
    double first_ms, min_ms, median_ms, p90_ms, p99_ms, spread; /* spread: (3rd - 1st quartile) / median */
    double wall_ms;                /* from the begin of the first counted run to the end of the last */
    double accounted;              /* the times of the runs together, in parts of wall_ms: 0..1 */
    int64_t runs, warmup;
} SpmlBench;
/* Runs s over the sets of inputs in turn, each run taking its inputs from and giving its outputs to host memory: once for first_ms, `warmup` times uncounted, then for
 * about `seconds`. last[n_out] (may be NULL) gets the outputs of the last run, which had set *last_set. */
SPML_API SpmlStatus spml_bench(SpmlSession *s, SpmlTensor *const *const *sets, size_t n_sets, size_t n_in, double seconds, int64_t warmup, SpmlBench *out, SpmlTensor **last, size_t n_out, size_t *last_set, SpmlError *err);
SPML_API SpmlStatus spml_bench_baseline(const char *path, double *median_ms, SpmlError *err); /* of an spml.bench/1 object */
SPML_API uint64_t spml_peak_memory(void);   /* bytes this process has had resident at most */

/* Time by step of the last runs of a session opened with profile, longest first. */
typedef struct SpmlProfileRow { const char *kernel, *node, *shape; double ms; uint64_t runs; int64_t flop, bytes; bool of_bytes; } SpmlProfileRow; /* ms: of one run; bytes: read and written, each operand once; of_bytes: flop are operations on 8-bit integers */
SPML_API size_t spml_session_profile(SpmlSession *s, SpmlProfileRow *out, size_t max); /* how many there are */
SPML_API size_t spml_session_timeline(SpmlSession *s, SpmlProfileRow *out, size_t max); /* the same in the order of running */

/* What the CPU can do at most, in a second: floating-point operations, operations on 8-bit integers (0: it has no instruction for them), bytes read from memory. */
typedef struct SpmlRoof { int threads; double flops, byte_ops, read_bytes; } SpmlRoof;
/* threads 0: the CPUs this process may use. seconds: about how long to measure, and the result is remembered in the cache directory; 0: what was remembered, else a short look. */
SPML_API SpmlStatus spml_roof(int threads, double seconds, SpmlRoof *out, SpmlError *err);
/* The part of the roof that a row reaches: 1 where it computes or reads as fast as the machine can. */
SPML_API double spml_roof_share(const SpmlRoof *r, const SpmlProfileRow *row);
/* A prediction, not a measurement: ms of a run with the shapes of the last spml_session_plan, every step at the roof. < 0: nothing was planned. */
SPML_API double spml_session_predict(SpmlSession *s, const SpmlRoof *r);

/* ── looking at models ── */
typedef struct SpmlCount { const char *name; size_t n; uint64_t bytes; } SpmlCount;
typedef struct SpmlModelInfo {      /* everything lives as long as the model */
    const char *path, *format, *version; /* "ONNX", "opset 7" */
    uint64_t file_bytes;
    bool runs;                      /* a graph; false: weights only */
    size_t n_nodes, n_weights;
    uint64_t n_parameters, weight_bytes;
    const SpmlCount *ops;    size_t n_ops;     /* foreign operators, most frequent first */
    const SpmlCount *dtypes; size_t n_dtypes;  /* of weights, largest first */
    const char *const *problems; size_t n_problems; /* nodes that cannot run, and why */
    const char *arch, *arch_line, *vocab_line, *task_line; /* containers; NULL when not there */
} SpmlModelInfo;
SPML_API SpmlStatus spml_model_info(SpmlModel *m, SpmlModelInfo *out, SpmlError *err);
typedef struct SpmlTensorInfo { const char *name, *dtype; size_t name_bytes; int rank; int64_t dim[SPML_MAX_RANK]; uint64_t bytes; int64_t offset; /* -1: not in a file */ const char *file; SpmlTensor *data; } SpmlTensorInfo;
SPML_API size_t spml_model_tensors(const SpmlModel *m);
SPML_API SpmlStatus spml_model_tensor(const SpmlModel *m, size_t i, SpmlTensorInfo *out);
SPML_API SpmlStatus spml_model_tensor_stats(const SpmlModel *m, size_t i, SpmlStats *out, SpmlError *err); /* reads the weight */
SPML_API size_t spml_model_metas(const SpmlModel *m);
SPML_API void spml_model_meta_at(const SpmlModel *m, size_t i, const char **key, const char **value);
/* form: "ir", "dot", "svg". A malloc'ed text. */
SPML_API SpmlStatus spml_model_print(const SpmlModel *m, const char *form, char **out, size_t *n, SpmlError *err);
/* Bytes of the arena and of the least that any arena needs, of what the session ran last. */
SPML_API void spml_session_memory(const SpmlSession *s, uint64_t *arena, uint64_t *lower_bound);

/* What a session would do for inputs of these shapes (shapes[i].rank, .dim of input i), without running. Data-dependent extents are on the heap and not counted. */
typedef struct SpmlPlan {
    double flop;                    /* 2 per multiply-add of products and convolutions of the optimised graph */
    bool flop_exact;                /* false: some extents or numbers of turns are known only when it runs */
    bool fits;                      /* false: some extent is negative for these shapes; the figures mean nothing */
    size_t nodes, regions, steps;   /* of the optimised graph; of what it is lowered to */
    uint64_t arena_bytes, least_bytes; /* of temporaries; the least that any arena needs */
} SpmlPlan;
SPML_API SpmlStatus spml_session_plan(SpmlSession *s, const SpmlPort *shapes, size_t n, SpmlPlan *out, SpmlError *err);
/* form: "optimised" (the graph), "calls" (the steps it is lowered to), "plan" (where each value lies; after a run or spml_session_plan). A malloc'ed text. */
SPML_API SpmlStatus spml_session_print(SpmlSession *s, const char *form, char **out, size_t *n, SpmlError *err);
/* Kernels compiled so far, in that order. Texts live as long as the session. */
typedef struct SpmlKernelInfo {
    const char *name, *instance, *engine; /* template ("map": made for a region); with its types and constants; the variant that was chosen */
    const char *text, *extension;         /* what runs, readable; "tile", "kir", "c", "cl", "comp", "ptx" … */
    const char *details;                  /* members of a JSON object, or "": how it is launched, its operands, compile time */
    const void *binary; size_t n_binary;  /* what the text became, where people read that (SPIR-V), or NULL */
    const char *binary_extension;
    const char *const *nodes; size_t n_nodes; /* names of the nodes that call it */
} SpmlKernelInfo;
SPML_API SpmlStatus spml_session_kernel(SpmlSession *s, size_t i, SpmlKernelInfo *out, SpmlError *err);
SPML_API size_t spml_session_kernels(const SpmlSession *s);

/* ── writing models ── */
typedef struct SpmlMetaEntry { const char *key, *value; } SpmlMetaEntry;
typedef struct SpmlExportOptions {
    const char *format;      /* NULL: by the path's extension; spml_export_format lists them */
    int opset;               /* ONNX: the operator set; 0: the model's own, at least 17, or what its operators need */
    bool simplify;           /* passes that keep what is computed: folded constants, no identities, batch normalisation in convolutions */
    bool external_data;      /* ONNX: weights in PATH.data; always so from 2 GiB on */
    bool fp16, fp16_io;      /* f32 becomes f16, but where numbers grow too large; fp16_io: inputs and outputs too */
    SpmlTensor *const *const *samples; /* fp16: sets of inputs, n_in each, that show how large numbers grow; NULL: nothing is run */
    size_t n_samples;
    const SpmlMetaEntry *meta; /* metadata that is added, or instead of what has its key; ended by key NULL; or NULL */
} SpmlExportOptions;
typedef struct SpmlExportReport {
    const char *format;
    int opset;               /* 0: not ONNX */
    uint64_t bytes;          /* of the file at path */
    bool external;           /* there is PATH.data too */
    size_t nodes_before, nodes; /* our own operators */
    size_t weights;          /* safetensors, npz: how many were written, read again and found equal */
    size_t n_kept;           /* fp16: nodes kept in f32 */
    char kept[1024];         /* fp16: the first of them and why, separated by newlines */
} SpmlExportReport;
/* Files appear whole or not at all. path "-" is stdout. Nodes that the format cannot say are all named in one error, status 4. report may be NULL. */
SPML_API SpmlStatus spml_model_export(const SpmlModel *m, const char *path, const SpmlExportOptions *o, SpmlExportReport *report, SpmlError *err);
SPML_API const char *spml_export_format(size_t i, const char **extensions, const char **about); /* NULL past the end */
SPML_API const char *spml_export_format_of(const char *path);                                  /* by extension, or NULL */
SPML_API bool spml_export_runs(const char *format);                                            /* what is written can be run */
/* How far got is from want, in parts of what two right implementations may differ by: |got - want| <= max(1e-6 + 1e-3 |want|, 1e-4 range), the range of the
 * elements with the same last index where there are 16 of them or more, else of the tensor. NaN equals NaN only. worst <= 1: they agree. */
typedef struct SpmlAgreement { double worst, max_abs, range; const char *reason; /* "" or why they cannot be compared */ } SpmlAgreement;
SPML_API void spml_tensor_agree(const SpmlTensor *got, const SpmlTensor *want, SpmlAgreement *out);

/* ── training ── a run is told what to do by named texts, the same as the options of spml train: spml_train_option lists them */
typedef struct SpmlTrain SpmlTrain;
typedef struct SpmlTrainEvent {
    const char *moment;             /* "begin", "step", "epoch" (done and validated), "text" (a model of text wrote it), "note" */
    int64_t step, steps, epoch, epochs; /* done, and to do altogether */
    double loss, accuracy;          /* of the step, or means over the epoch; NaN here and below: there is none */
    double val_loss, val_accuracy, rate;
    double samples_per_s, seconds, left_s; /* left_s: expected still */
    bool best;                      /* an epoch as good as none before */
    const char *text;               /* begin, text, note; else NULL */
} SpmlTrainEvent;
typedef struct SpmlTrainWatch { void (*fn)(void *ctx, const SpmlTrainEvent *e); void *ctx; } SpmlTrainWatch;
typedef struct SpmlTrainReport {
    int64_t step, epoch, best_epoch, n_parameters, n_samples, n_val; /* best_epoch 0: none was validated */
    double loss, val_loss, val_accuracy; /* of the result; NaN: none */
    bool stopped_early, interrupted;
    double seconds, samples_per_s;
    const char *out;                /* the model that was written, or NULL */
    uint64_t out_bytes;
    const char *checkpoint;         /* folder of the last checkpoint, or NULL */
    const char *confusion;          /* a classifier's, as text, or NULL */
    bool told_elsewhere;            /* this is one of several ranks (mpirun), and another tells how it ended */
} SpmlTrainReport;
SPML_API const char *spml_train_option(size_t i, const char **about); /* NULL past the end */
SPML_API const char *spml_train_arch(size_t i, const char **about);   /* nets by name; NULL past the end */
SPML_API SpmlStatus spml_train_new(SpmlTrain **out, SpmlError *err);
SPML_API void spml_train_free(SpmlTrain *t); /* a rank (mpirun) that has failed alone ends the job here, with this process */
SPML_API SpmlStatus spml_train_set(SpmlTrain *t, const char *option, const char *value, SpmlError *err); /* lists grow */
/* The options of a run.json; the data must be what it was. What is set afterwards counts instead. */
SPML_API SpmlStatus spml_train_replay(SpmlTrain *t, const char *path, SpmlError *err);
/* Once. Status 1, "not-finite": step and tensor are named; 130: it was cancelled, and has saved. watch may be NULL. */
SPML_API SpmlStatus spml_train_run(SpmlTrain *t, const SpmlTrainWatch *watch, SpmlError *err);
/* Instead: reads every sample of the data. *out, malloc'ed: what there is and what is wrong with it, as text or as JSON (spml.data/1). */
SPML_API SpmlStatus spml_train_check(SpmlTrain *t, bool json, char **out, SpmlError *err);
SPML_API void spml_train_cancel(SpmlTrain *t); /* from any thread or a signal handler: it ends after the step in progress */
SPML_API void spml_train_report(const SpmlTrain *t, SpmlTrainReport *out); /* lives as long as t */

/* n values as a line of `columns` characters of 2 × 4 dots each (UTF-8), the range being theirs. A malloc'ed text. */
SPML_API char *spml_curve(const double *v, size_t n, int columns);

/* ── tables ── */
SPML_API const char *spml_model_format(size_t i, const char **extensions, const char **about); /* NULL past the end */
SPML_API const char *spml_op(size_t i, const char **about);

/* ── devices ── */
SPML_API const char *spml_capability(size_t i, const char **about); /* what a device may be able to do; NULL past the end */
typedef struct SpmlDevice {
    char id[24];                    /* as --backend takes it: "cpu", "opencl:0" */
    const char *type;               /* "cpu", "gpu", "other"; "" when it is not here */
    char name[160], detail[160];    /* as the driver says them: escape before printing. detail: driver, or instruction set of the CPU */
    uint64_t memory_bytes;
    int threads;                    /* cores or compute units; 0: not known */
    bool here, software, simulated, chosen; /* chosen: what auto takes */
    char why[160];                  /* why it is not here, or not chosen */
    char capabilities[160];         /* "f16,int64" */
} SpmlDevice;
SPML_API const char *spml_backend(size_t i); /* names of what is built in, the CPU first; NULL past the end */
/* How many there are; out[0] is the CPU. Each driver is tried in a child process for at most 10 s; one that crashes or hangs is remembered and left alone by auto. */
SPML_API size_t spml_devices(SpmlDevice *out, size_t max);
/* Removes what is kept on disk: compiled kernels, remembered drivers. Status 5, key "cache": there is no cache directory that can be used. */
SPML_API SpmlStatus spml_cache_clear(uint64_t *n_entries, uint64_t *bytes, SpmlError *err);
SPML_API void spml_session_device(const SpmlSession *s, SpmlDevice *out);
/* After a run with the option profile: time by part of its steps, longest first, and on what they ran; how many there are. */
SPML_API size_t spml_train_profile(SpmlTrain *t, SpmlDevice *device, SpmlProfileRow *out, size_t max);

#ifdef __cplusplus
}
#endif
#endif
