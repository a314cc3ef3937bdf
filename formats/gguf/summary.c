/* SPDX-License-Identifier: MIT
 * formats/gguf: what `inspect` shows of a GGUF file: rendered metadata, and the lines for architecture, vocabulary and task. Only keys that
 * are there appear; nothing is guessed. */
#include "formats/gguf/gguf.h"

#include "base/text.h"

#include <stdio.h>

enum { SHOW_ELEMENTS = 3 };

/* ── metadata as text ── */

static void put_number(Text *t, GgufType type, const uint8_t *p, uint64_t i)
{
    char buf[32];
    DType dt = gguf_types[type].dtype;
    if (type == GGUF_BOOL)
        text_puts(t, p[i] ? "true" : "false");
    else if (type == GGUF_U64)
        text_printf(t, "%llu", (unsigned long long)dtype_get_i64(dt, p, i));
    else if (dtype_is_int(dt))
        text_printf(t, "%lld", (long long)dtype_get_i64(dt, p, i));
    else
        text_puts(t, type == GGUF_F32 ? format_f32(buf, (float)dtype_get_f64(dt, p, i)) : format_f64(buf, dtype_get_f64(dt, p, i)));
}

static void put_array(Text *t, const GgufKv *kv)
{
    Span s = kv->value;
    uint64_t n = kv->count < SHOW_ELEMENTS ? kv->count : SHOW_ELEMENTS;
    text_puts(t, "[");
    for (uint64_t i = 0; i < n; i++) {
        text_puts(t, i ? ", " : "");
        if (kv->elem == GGUF_STRING) {
            uint64_t len = span_u64(&s);
            const uint8_t *p = span_take(&s, (size_t)len);
            text_add(t, p ? (const char *)p : "", p ? (size_t)(len > 64 ? 64 : len) : 0);
        } else if (kv->elem == GGUF_ARRAY) {
            text_puts(t, "[...]");
            break; /* elements of elements are not shown */
        } else {
            put_number(t, kv->elem, kv->value.base, i);
        }
    }
    if (kv->count > n)
        text_printf(t, ", ... %llu in all", (unsigned long long)kv->count);
    text_puts(t, "]");
}

static const char *kv_type(const Gguf *g, const GgufKv *kv)
{
    return kv->type == GGUF_ARRAY ? arena_printf(g->arena, "%s[%llu]", gguf_types[kv->elem].name, (unsigned long long)kv->count) : gguf_types[kv->type].name;
}

static bool render(const Gguf *g, const GgufKv *kv, KeyValue *out)
{
    Text t = {0};
    *out = (KeyValue){.key = kv->key, .n_key = kv->n_key, .type = kv_type(g, kv)};
    if (kv->type == GGUF_STRING) {
        out->text = (const char *)kv->value.base + 8;
        out->n_text = kv->value.size - 8;
        return true;
    }
    if (kv->type == GGUF_ARRAY)
        put_array(&t, kv);
    else
        put_number(&t, kv->type, kv->value.base, 0);
    out->n_text = t.n;
    out->text = t.oom ? NULL : arena_strndup(g->arena, t.p ? t.p : "", t.n);
    text_free(&t);
    return out->text && out->type;
}

/* ── summary lines ── */

/* Value of <arch>.<name>; of an array (one per layer) its range. false: not there. */
static bool arch_number(const Gguf *g, const char *arch, size_t n_arch, const char *name, char *out, size_t sz)
{
    char lo_text[32], hi_text[32];
    const char *key = arena_printf(g->arena, "%.*s.%s", (int)n_arch, arch, name);
    const GgufKv *kv = key ? gguf_find(g, key) : NULL;
    double lo, hi, v;
    if (!kv || !gguf_element(kv, 0, &lo))
        return false;
    hi = lo;
    for (uint64_t i = 1; i < kv->count && gguf_element(kv, i, &v); i++) {
        lo = v < lo ? v : lo;
        hi = v > hi ? v : hi;
    }
    format_f64(lo_text, lo);
    format_f64(hi_text, hi);
    snprintf(out, sz, lo == hi ? "%s" : "%s..%s", lo_text, hi_text);
    return true;
}

static bool arch_line(const Gguf *g, const char *arch, size_t n, Container *c)
{
    static const struct { const char *key, *fmt; } parts[] = {
        {"block_count", "%s layers"}, {"embedding_length", "width %s"}, {"attention.head_count", "%s heads"}, {"attention.head_count_kv", "(%s kv)"},
        {"feed_forward_length", "ff %s"}, {"expert_count", "%s experts"}, {"context_length", "context %s"}, {"rope.freq_base", "rope %s"},
    };
    Text t = {0};
    char v[80], part[100];
    bool any = false;
    text_add(&t, arch, n > 64 ? 64 : n);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!arch_number(g, arch, n > 64 ? 64 : n, parts[i].key, v, sizeof v))
            continue;
        snprintf(part, sizeof part, parts[i].fmt, v);
        text_printf(&t, "%s%s", !any ? ": " : *part == '(' ? " " : ", ", part);
        any = true;
    }
    c->arch_line = t.oom ? NULL : arena_strndup(g->arena, t.p, t.n);
    text_free(&t);
    return c->arch_line != NULL;
}

static const char *tokenizer_title(const char *s, size_t n)
{
    static const struct { const char *model, *title; } rows[] = {
        {"llama", "sentencepiece"}, {"gpt2", "byte-pair"}, {"bert", "wordpiece"}, {"t5", "unigram"}, {"rwkv", "rwkv"}, {"replit", "sentencepiece"}, {"gemma4", "byte-pair"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strlen(rows[i].model) == n && !memcmp(rows[i].model, s, n))
            return rows[i].title;
    return NULL;
}

static bool vocab_line(const Gguf *g, const GgufKv *tokens, Container *c)
{
    Text t = {0};
    const char *model;
    size_t n;
    uint64_t id;
    text_printf(&t, "%llu tokens", (unsigned long long)tokens->count);
    if (gguf_string(g, "tokenizer.ggml.model", &model, &n)) {
        const char *title = tokenizer_title(model, n);
        text_puts(&t, ", ");
        text_add(&t, title ? title : model, title ? strlen(title) : n > 64 ? 64 : n);
    }
    if (gguf_u64(g, "tokenizer.ggml.bos_token_id", &id))
        text_printf(&t, ", bos %llu", (unsigned long long)id);
    if (gguf_u64(g, "tokenizer.ggml.eos_token_id", &id))
        text_printf(&t, ", eos %llu", (unsigned long long)id);
    c->vocab_line = t.oom ? NULL : arena_strndup(g->arena, t.p, t.n);
    text_free(&t);
    return c->vocab_line != NULL;
}

/* A decoder with a vocabulary and an output over it generates text. */
static bool generates(const Gguf *g, const char *arch, size_t n)
{
    static const char *const others[] = {"bert", "nomic-bert", "nomic-bert-moe", "jina-bert-v2", "neo-bert", "t5encoder", "clip", "whisper", "wavtokenizer-dec"};
    const char *key = arena_printf(g->arena, "%.*s.block_count", (int)(n > 64 ? 64 : n), arch);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strlen(others[i]) == n && !memcmp(others[i], arch, n))
            return false;
    return key && gguf_find(g, key);
}

SpmlCode gguf_summary(const Gguf *g, Container *c, Error *err)
{
    const char *arch;
    size_t n;
    const GgufKv *tokens = gguf_find(g, "tokenizer.ggml.tokens");
    bool ok = (c->meta = arena_array(g->arena, KeyValue, g->n_kv)) != NULL;
    c->format = "GGUF";
    c->version = g->version == 2 ? "2" : "3";
    c->n_meta = g->n_kv;
    for (uint64_t i = 0; ok && i < g->n_kv; i++)
        ok = render(g, &g->kv[i], &c->meta[i]);
    if (ok && gguf_string(g, "general.architecture", &arch, &n)) {
        ok = (c->arch = arena_strndup(g->arena, arch, n)) && arch_line(g, arch, n, c);
        if (ok && tokens && c->n_tensors && generates(g, arch, n))
            ok = (c->task_line = arena_printf(g->arena, "generate: spml run %s -p TEXT", file_path(g->file))) != NULL;
    }
    if (ok && tokens)
        ok = vocab_line(g, tokens, c);
    return ok ? SPML_OK : error_oom(err);
}
