/* SPDX-License-Identifier: MIT */
#include "ipc/claims/claim_json.h"

#include "ipc/claims/evidence.h"

#include <math.h>

static json_t *figure_object(const struct figure *figure)
{
    json_t *values = json_array(), *object;
    char text[FIGURE_TEXT_MAX];

    for (unsigned i = 0; i < figure->count; i++)
        (void)json_array_append_new(values, json_real(figure->values[i]));
    object = json_pack("{s:s, s:s, s:o, s:s}", "name", figure->name, "unit",
                       claim_unit_name(figure->unit), "values", values, "text",
                       figure_spread_text(figure, text));
    if (!isnan(figure->x))
        (void)json_object_set_new(object, "x", json_real(figure->x));
    return object;
}

static json_t *figures_array(const struct claim_run *run)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < run->figure_count; i++)
        (void)json_array_append_new(array, figure_object(&run->figures[i]));
    return array;
}

static json_t *sheet_object(const struct claim *claim)
{
    json_t *object = json_object();

    for (unsigned i = 0; i < CLAIM_HEADINGS; i++)
        (void)json_object_set_new(object, claim_heading_name(i),
                                  json_string(claim->sheet[i]));
    return object;
}

static json_t *plot_object(const struct claim_plot *plot)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "title", plot->title, "x",
                     plot->x, "x_unit", claim_unit_name(plot->x_unit), "y",
                     plot->y, "caption", plot->caption);
}

json_t *claim_json(const struct claim *claim,
                   const struct attempt_result *result)
{
    json_t *object = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:b, s:f, s:o}",
        "type", "claim", "id", claim->ops->id, "name", claim->name, "title",
        claim->title, "part", claim_part(claim), "section",
        claim->sheet[CLAIM_SECTION], "source", claim->source, "sheet",
        sheet_object(claim), "verdict",
        result->failure[0] ? "FAILED" : claim_verdict_name(result->verdict),
        "finding", result->failure[0] ? result->failure : result->run.finding,
        "twin", result->run.twin, "seconds", (double)result->took_ns / 1e9,
        "figures", figures_array(&result->run));

    if (claim->ops->plot)
        (void)json_object_set_new(object, "plot",
                                  plot_object(claim->ops->plot));
    return object;
}
