/* SPDX-License-Identifier: MIT
 * train: the recipe of a run; see run_recipe.h. */
#include "train/run_recipe.h"

#include "media/media.h"

static SpmlCode find(const RecipeWish *w, Recipe *out, Error *err)
{
    if (w->text)
        return recipe_parse(w->text, out, err);
    if (w->preset)
        return recipe_preset(w->preset, out) ? SPML_OK : error_set(err, SPML_USAGE, "recipe", "preset: '%.80s' is not %s", w->preset, recipe_presets);
    if (w->model)
        return recipe_parse(w->model, out, err);
    if (w->train)
        return data_recipe(w->train, w->w, w->h, w->channels, out, err);
    error_set(err, SPML_USAGE, "recipe-missing", "the model does not say how a picture becomes numbers");
    error_hint(err, "--preset %s", recipe_presets);
    return SPML_USAGE;
}

SpmlCode run_recipe(const RecipeWish *w, Arena *a, Recipe **out, const char **text, Error *err)
{
    Text t = {0};
    *out = arena_new(a, Recipe);
    if (!*out)
        return error_oom(err);
    SpmlCode code = find(w, *out, err);
    if (code)
        return code;
    recipe_print(*out, "; ", &t);
    *text = t.p ? arena_strdup(a, t.p) : NULL;
    text_free(&t);
    return *text ? SPML_OK : error_oom(err);
}
