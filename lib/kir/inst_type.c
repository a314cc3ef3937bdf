/* SPDX-License-Identifier: MIT
 * kir front end: types of an instance: type parameters bound, acc and bits applied, structs laid out in registers. */
#include "kir/inst.h"

#include <string.h>

Type type_scalar(DType t) { return (Type){.dt = t}; }
bool type_same(Type a, Type b) { return a.dt == b.dt && a.st == b.st && a.block == b.block; }
bool types_same(const Type *a, const Type *b, unsigned n)
{
    unsigned i = 0;
    while (i < n && type_same(a[i], b[i]))
        i++;
    return i == n;
}
const char *type_name(Type t) { return t.st ? t.st->decl->name : t.block ? t.block->name : dtype_name(t.dt); }
unsigned type_regs(Type t) { return t.st ? t.st->n_regs : 1; }
bool is_compute(DType t) { return dtype_info[t].compute == t && t != DT_none; }

DType type_bits(DType t)
{
    static const DType of[] = {[1] = DT_u8, [2] = DT_u16, [4] = DT_u32, [8] = DT_u64};
    if (dtype_bits(t) == 4)
        return DT_u4;
    return dtype_bits(t) == 2 ? DT_u2 : of[dtype_info[t].bytes];
}

Type type_of(Inst *c, const Frame *f, const TypeRef *t)
{
    switch (t->kind) {
    case TREF_PARAM:
        return f->types[t->param];
    case TREF_DECL:
        return t->decl->kind == D_BLOCK ? (Type){.block = t->decl} : (Type){.st = struct_info(c, t->decl)};
    case TREF_ACC: case TREF_BITS: {
        Type a = type_of(c, f, t->arg);
        if (a.block)
            diag_fail(c->d, t->pos, "%s(%s): a block is no number", t->name, a.block->name);
        return type_scalar(t->kind == TREF_ACC ? dtype_info[a.dt].compute : type_bits(a.dt));
    }
    default:
        return type_scalar(t->dt);
    }
}

const StructInfo *struct_make(Inst *c, const Decl *d, Type *types, unsigned n)
{
    StructInfo *s = inst_alloc(c, sizeof *s);
    *s = (StructInfo){.decl = d, .n = n, .types = types, .first = inst_alloc(c, n * sizeof *s->first)};
    for (unsigned i = 0; i < n; i++) {
        s->first[i] = s->n_regs;
        s->n_regs += type_regs(types[i]);
    }
    if (s->n_regs > 64)
        diag_fail(c->d, d->pos, "'%s' has more than 64 values", d->name);
    s->flat = inst_alloc(c, s->n_regs * sizeof *s->flat);
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < type_regs(types[i]); j++)
            s->flat[s->first[i] + j] = types[i].st ? types[i].st->flat[j] : types[i].dt;
    return s;
}

const StructInfo *struct_info(Inst *c, const Decl *d)
{
    for (size_t i = 0; i < c->n_structs; i++)
        if (c->structs[i]->decl == d)
            return c->structs[i];
    Type *types = inst_alloc(c, d->n_fields * sizeof *types);
    for (unsigned i = 0; i < d->n_fields; i++) /* fields' structs are declared earlier: this ends */
        types[i] = type_of(c, NULL, d->fields[i].type);
    const StructInfo *s = struct_make(c, d, types, d->n_fields);
    inst_grow(c, c->structs, c->n_structs, c->cap_structs, const StructInfo *);
    return c->structs[c->n_structs++] = s;
}

static const char *const class_names[] = {"any", "float", "int", "uint", "num"};
const char *class_name(TClass k) { return class_names[k]; }

bool class_holds(TClass k, DType t)
{
    DTypeClass x = dtype_info[t].cls;
    bool integer = x == DCLASS_INT || x == DCLASS_UINT; /* int takes both signednesses, uint unsigned only */
    return k == TC_ANY || (k == TC_FLOAT && x == DCLASS_FLOAT) || (k == TC_INT && integer) || (k == TC_UINT && x == DCLASS_UINT)
        || (k == TC_NUM && (integer || x == DCLASS_FLOAT));
}
