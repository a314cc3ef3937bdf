/* SPDX-License-Identifier: MIT
 * kir: building blocks of the kernel IR: the opcode table, kernels, registers, blocks, instructions. Used by the front end,
 * by the passes and by tests. Everything lives in the kernel's arena; on out of memory its sticky flag is set and
 * NULL or register 0 comes back, which every builder here accepts as an argument. */
#include "kir/core.h"

#include <string.h>

const KOpInfo kop_info[K_COUNT] = {
#define X(name, args, dst, blocks, cls) [K_##name] = {#name, args, dst, blocks, KCLASS_##cls},
    KIR_OPS(X)
#undef X
};

KirKernel *kir_new(Arena *a, const char *name)
{
    KirKernel *k = arena_new(a, KirKernel);
    if (!k)
        return NULL;
    k->arena = a;
    k->name = arena_strdup(a, name);
    k->body = kir_block(k);
    kir_reg(k, DT_none, false, NULL); /* register 0 is "none" */
    return k->body && k->n_regs == 1 && k->name ? k : NULL;
}

KReg kir_reg(KirKernel *k, DType t, bool var, const char *name)
{
    if (k->n_regs >= UINT32_MAX) {
        k->arena->oom = true;
        return 0;
    }
    KRegInfo *regs = arena_grow(k->arena, k->regs, k->n_regs, &k->cap_regs, KRegInfo);
    if (!regs)
        return 0;
    k->regs = regs;
    regs[k->n_regs] = (KRegInfo){t, var, name};
    return (KReg)k->n_regs++;
}

KBlock *kir_block(KirKernel *k)
{
    return arena_new(k->arena, KBlock);
}

bool kir_append(KirKernel *k, KBlock *b, KInst *i)
{
    if (!b)
        return false;
    KInst **list = arena_grow(k->arena, b->inst, b->n, &b->cap, KInst *);
    if (!list)
        return false;
    b->inst = list;
    list[b->n++] = i;
    return true;
}

KInst *kir_add(KirKernel *k, KBlock *b, KOp op, DType type, KReg dst, int n_args, const KReg *args)
{
    KInst *i = b ? arena_new(k->arena, KInst) : NULL;
    if (!i)
        return NULL;
    i->op = op;
    i->type = type;
    i->line = k->line;
    i->file = k->file;
    i->n_args = (uint16_t)n_args;
    i->args = arena_array(k->arena, KReg, n_args);
    i->n_dst = dst != 0;
    i->dst = arena_array(k->arena, KReg, 1);
    if (!i->args || !i->dst)
        return NULL;
    i->dst[0] = dst;
    if (n_args)
        memcpy(i->args, args, (size_t)n_args * sizeof *args);
    return kir_append(k, b, i) ? i : NULL;
}

KReg kir_emit(KirKernel *k, KBlock *b, KOp op, DType type, int n_args, const KReg *args)
{
    KReg r = kir_reg(k, type, false, NULL);
    return r && kir_add(k, b, op, type, r, n_args, args) ? r : 0;
}

KReg kir_const(KirKernel *k, KBlock *b, DType type, uint64_t bits)
{
    KReg r = kir_reg(k, type, false, NULL);
    KInst *i = r ? kir_add(k, b, K_const, type, r, 0, NULL) : NULL;
    if (i)
        i->bits = bits;
    return i ? r : 0;
}
