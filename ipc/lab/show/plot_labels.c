/* SPDX-License-Identifier: MIT */
#include "ipc/lab/show/plot_labels.h"

#include <math.h>
#include <stdlib.h>

enum { ANGLES = 20, POINTS = 8, LABELS_MAX = 64, ORDERS = 8 };

static const double dot = 7;  /* half its side */
static const double core = 4; /* of what no line may hide */
static const double gap = 11; /* from a dot to its name */
static const double far = 15; /* from here on a line leads there */

static bool overlap(const struct plot_box *a, const struct plot_box *b)
{
    return a->left < b->right && b->left < a->right && a->top < b->bottom &&
           b->top < a->bottom;
}

static bool is_within(const struct plot_box *a, const struct plot_box *area)
{
    return a->left >= area->left && a->right <= area->right &&
           a->top >= area->top && a->bottom <= area->bottom;
}

/* Whether the line from a dot to its name goes through a box. */
static bool line_meets(const struct plot_label *label,
                       const struct plot_box *box)
{
    for (int i = 1; label->away && i < POINTS; i++) {
        const double part = (double)i / POINTS;
        const double x = label->x + part * (label->from_x - label->x);
        const double y = label->y + part * (label->from_y - label->y);

        if (x > box->left && x < box->right && y > box->top && y < box->bottom)
            return true;
    }
    return false;
}

/* Beside the dot, above or below it, as the angle says. A line ends a little
 * before the name. */
static void try_place(struct plot_label *label, double angle, double distance,
                      double height)
{
    const double x = label->x + distance * cos(angle);
    const double y = label->y + distance * sin(angle);
    const double side = fabs(cos(angle)) < 0.3 ? 0.5 : cos(angle) < 0 ? 1 : 0;

    label->box = (struct plot_box){
        x - side * label->width,
        y - height / 2,
        x + (1 - side) * label->width,
        y + height / 2,
    };
    label->side = side < 0.5 ? -1 : side > 0.5;
    label->from_x = x + 3 * label->side;
    label->from_y = label->side      ? y
                    : sin(angle) < 0 ? y + height / 2
                                     : y - height / 2;
    label->away = distance > far;
}

static struct plot_box square(const struct plot_label *label, double half)
{
    return (struct plot_box){ label->x - half, label->y - half, label->x + half,
                              label->y + half };
}

/* Whether a name covers nothing; `lines` count where there is room enough. */
static bool has_room(const struct plot_label *labels, size_t count,
                     const struct plot_label *label,
                     const struct plot_box *area, bool lines)
{
    if (!is_within(&label->box, area))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct plot_label *other = &labels[i];
        const struct plot_box mark = square(other, dot);
        const struct plot_box middle = square(other, core);

        if (overlap(&label->box, &mark) ||
            (lines && other != label && line_meets(label, &middle)))
            return false;
        if (other->placed && (overlap(&label->box, &other->box) ||
                              (lines && (line_meets(label, &other->box) ||
                                         line_meets(other, &label->box)))))
            return false;
    }
    return true;
}

static bool place_at(struct plot_label *labels, size_t count,
                     struct plot_label *label, const struct plot_box *area,
                     double distance, double height, bool lines)
{
    for (int i = 0; i < ANGLES; i++) {
        /* First right and left, then what is steeper. */
        const int turn = i / 4;
        const double angle =
            (i % 2 ? M_PI : 0) + (i % 4 < 2 ? 1 : -1) * turn * M_PI / 8;

        try_place(label, angle, distance, height);
        if (has_room(labels, count, label, area, lines))
            return true;
    }
    return false;
}

/* All that have room close by come first, the others in turn from `start`; and
 * last what finds none unless lines cross names. Returns how bad that is: how
 * far away names are, and more where lines cross. */
static double place_all(struct plot_label *labels, size_t count, size_t start,
                        const struct plot_box *area, double height)
{
    double cost = 0;

    for (size_t i = 0; i < count; i++)
        labels[i].placed = false;
    for (int lines = 1; lines >= 0; lines--)
        for (double distance = gap; distance < (lines ? 8 : 20) * height;
             distance *= 1.15)
            for (size_t i = 0; i < count; i++) {
                struct plot_label *label = &labels[(start + i) % count];

                if (label->placed)
                    continue;
                label->placed = place_at(labels, count, label, area, distance,
                                         height, lines);
                cost += label->placed ? distance + (lines ? 0 : 300) : 0;
            }
    for (size_t i = 0; i < count; i++)
        if (!labels[i].placed) {
            try_place(&labels[i], 0, gap, height);
            cost += 10000;
        }
    return cost;
}

/* Who comes first takes room from others: the best of some orders is taken. */
void plot_labels_place(struct plot_label *labels, size_t count,
                       const struct plot_box *area, double height)
{
    double least = INFINITY;
    size_t best = 0;

    for (size_t i = 0; i < ORDERS; i++) {
        const size_t start = i * count / ORDERS;
        const double cost = place_all(labels, count, start, area, height);

        if (cost < least) {
            least = cost;
            best = start;
        }
    }
    (void)place_all(labels, count, best, area, height);
}

static int by_height(const void *a, const void *b)
{
    const struct plot_label *x = *(struct plot_label *const *)a;
    const struct plot_label *y = *(struct plot_label *const *)b;

    return (x->y > y->y) - (x->y < y->y);
}

/* Names that lie one below the other without a gap. */
struct stack {
    double sum; /* of where their first one would be, by each of their dots */
    size_t count;
};

static double top_of(const struct stack *stack, const struct plot_box *area,
                     double height)
{
    const double most = area->bottom - (double)stack->count * height;
    const double top = stack->sum / (double)stack->count;

    return top > most ? most : top < area->top ? area->top : top;
}

/* Puts each name at its dot, as a stack of its own, and joins it to the one
 * above as long as it would cover that. Returns how many stacks there are. */
static size_t make_stacks(struct plot_label *const *order, size_t count,
                          const struct plot_box *area, double height,
                          struct stack *stacks)
{
    size_t made = 0;

    for (size_t i = 0; i < count; i++) {
        stacks[made++] = (struct stack){ order[i]->y - height / 2, 1 };
        while (made > 1) {
            struct stack *above = &stacks[made - 2], *last = &stacks[made - 1];
            const double end =
                top_of(above, area, height) + (double)above->count * height;

            if (end <= top_of(last, area, height))
                break;
            above->sum +=
                last->sum - (double)last->count * (double)above->count * height;
            above->count += last->count;
            made--;
        }
    }
    return made;
}

void plot_labels_stack(struct plot_label *labels, size_t count,
                       const struct plot_box *area, double height, double x)
{
    struct plot_label *order[LABELS_MAX] = { NULL };
    struct stack stacks[LABELS_MAX];
    size_t made, at = 0;

    if (count > LABELS_MAX)
        count = LABELS_MAX;
    for (size_t i = 0; i < count; i++)
        order[i] = &labels[i];
    qsort(order, count, sizeof(order[0]), by_height);
    made = make_stacks(order, count, area, height, stacks);
    for (size_t i = 0; i < made; i++)
        for (size_t k = 0; k < stacks[i].count; k++) {
            struct plot_label *label = order[at++];
            const double top =
                top_of(&stacks[i], area, height) + (double)k * height;

            label->box =
                (struct plot_box){ x, top, x + label->width, top + height };
            label->from_x = x - 4;
            label->from_y = top + height / 2;
            label->away = label->placed = true;
        }
}
