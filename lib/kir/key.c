/* SPDX-License-Identifier: MIT
 * kir: reads the text of an instance (the form that kir_binding_key writes, in any order) back into a binding: for kernels/aot.def, for the
 * command line of kirc and for tests. Names are not looked up here. */
#include "kir/kirc.h"

#include <string.h>

static SpmlCode bad_key(Error *err, const char *what, const char *text)
{
    return error_set(err, SPML_DATA, "kernel-key", "%s near '%s'", what, text);
}

static SpmlCode add_binding(KircKey *k, char *name, char *value, Error *err)
{
    const char *end;
    int64_t v;
    const DType t = dtype_find(value, strlen(value));
    const bool live = !strcmp(value, "live"), number = parse_i64(value, &end, &v) && !*end;
    KirBinding *b = &k->binding;
    if (b->n_types >= KIRC_MAX_BIND || b->n_fns >= KIRC_MAX_BIND || b->n_consts >= KIRC_MAX_BIND)
        return bad_key(err, "too many bindings", name);
    if (live || number)
        k->consts[b->n_consts++] = (KBindConst){ name, number ? v : 0, live };
    else if (t != DT_none)
        k->types[b->n_types++] = (KBindType){ name, dtype_info[t].cls == DCLASS_BLOCK ? DT_none : t, dtype_info[t].cls == DCLASS_BLOCK ? value : NULL };
    else
        k->fns[b->n_fns++] = (KBindFn){ name, value };
    return SPML_OK;
}

static SpmlCode add_ranks(KircKey *k, char *part, Error *err)
{
    const char *end;
    int64_t v;
    KirBinding *b = &k->binding;
    char *eq = strchr(part, '=');
    if (eq) {
        *eq = 0;
        if (!parse_i64(eq + 1, &end, &v) || b->n_ranks >= KIRC_MAX_BIND)
            return bad_key(err, "bad rank", part);
        k->ranks[b->n_ranks++] = (KBindRank){ part, (int)v };
        return SPML_OK;
    }
    for (const char *p = part; *p; p = *end ? end + 1 : end) {
        if (!parse_i64(p, &end, &v) || b->n_operands >= KIR_MAX_OPERANDS)
            return bad_key(err, "bad rank", part);
        k->operand_ranks[b->n_operands++] = (int)v;
    }
    b->operand_ranks = k->operand_ranks;
    return SPML_OK;
}

SpmlCode kirc_parse_key(char *key, KircKey *k, Error *err)
{
    *k = (KircKey){ .kernel = key };
    k->binding.types = k->types;
    k->binding.fns = k->fns;
    k->binding.consts = k->consts;
    k->binding.ranks = k->ranks;
    char *open = strchr(key, '<'), *close = strchr(key, '>'), *save = NULL;
    char *tail = strchr(close ? close : key, '/');
    if (tail)
        *tail++ = 0;
    if (open && !close)
        return bad_key(err, "no '>'", key);
    if (open)
        *open++ = *close = 0;
    for (char *p = open ? strtok_r(open, ",", &save) : NULL; p; p = strtok_r(NULL, ",", &save)) {
        char *eq = strchr(p, '=');
        if (!eq)
            return bad_key(err, "no '='", p);
        *eq = 0;
        if (add_binding(k, p, eq + 1, err))
            return err->code;
    }
    for (char *p = tail ? strtok_r(tail, "/", &save) : NULL; p; p = strtok_r(NULL, "/", &save))
        if (add_ranks(k, p, err))
            return err->code;
    return SPML_OK;
}
