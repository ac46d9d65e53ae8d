/* SPDX-License-Identifier: MIT */
/*
 * plot_svg.h -- a picture that gnuplot drew, made fit to stand in a page
 */
#ifndef IPC_LAB_SHOW_PLOT_SVG_H
#define IPC_LAB_SHOW_PLOT_SVG_H

/*
 * plot_svg_clean returns the element `svg` alone, without the titles that a
 * browser would show under the pointer, and with `prefix` before each name (id)
 * in it, so that no two pictures of a page have the same. The caller frees it;
 * NULL: no memory, or it is no such picture.
 */
char *plot_svg_clean(const char *svg, const char *prefix);

#endif
