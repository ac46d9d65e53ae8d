/* SPDX-License-Identifier: MIT */
#include "shared/exif.h"
#include "shared/picture.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

/* The grey that libjpeg paints where data are missing, and we before it. */
enum { MISSING = 0x80 };

/* libturbojpeg has no code for this, only libjpeg's words. */
static bool is_out_of_memory(tjhandle tj)
{
    const char *words = "Insufficient memory";

    return strncmp(tjGetErrorStr2(tj), words, strlen(words)) == 0;
}

static int refuse_jpeg(const struct picture_request *request, tjhandle tj)
{
    if (is_out_of_memory(tj))
        return -ENOMEM;
    return picture_remark(request, -EBADMSG, "JPEG: %s", tjGetErrorStr2(tj));
}

static int read_jpeg_header(tjhandle tj, struct picture *p,
                            const struct picture_request *request)
{
    int width = 0, height = 0, subsampling, colours = 0, r;

    r = tjDecompressHeader3(tj, request->bytes, request->size, &width, &height,
                            &subsampling, &colours);
    /* Only the size tells: r is negative for a mere warning too, and 0 for
     * tables without a picture. */
    if (width <= 0 || height <= 0)
        return r < 0 ? refuse_jpeg(request, tj)
                     : picture_remark(request, -EBADMSG,
                                      "JPEG: no picture in it");
    if (colours == TJCS_CMYK || colours == TJCS_YCCK)
        return picture_remark(request, -EBADMSG,
                              "JPEG: in the colours of print (CMYK)");
    p->width = (unsigned)width;
    p->height = (unsigned)height;
    p->orientation = exif_jpeg_orientation(request->bytes, request->size);
    return picture_plan(p, request);
}

/* scale_jpeg picks the smallest size that libjpeg can decode to and that
 * still covers the thumbnail. That is most of the shrinking, for free. */
static void scale_jpeg(struct picture *p)
{
    const int full_width = (int)p->width, full_height = (int)p->height;
    const tjscalingfactor *factors;
    int count;

    factors = tjGetScalingFactors(&count);
    for (int i = 0; i < count; i++) {
        unsigned width = (unsigned)TJSCALED(full_width, factors[i]);
        unsigned height = (unsigned)TJSCALED(full_height, factors[i]);

        if (width >= p->thumb_width && width < p->width &&
            height >= p->thumb_height) {
            p->width = width;
            p->height = height;
        }
    }
}

static bool is_blank(const struct picture *p)
{
    const size_t size = picture_size(p->width, p->height);

    return p->rgb[0] == MISSING && memcmp(p->rgb, p->rgb + 1, size - 1) == 0;
}

static int read_jpeg(tjhandle tj, struct picture *p,
                     const struct picture_request *request)
{
    int r;

    r = read_jpeg_header(tj, p, request);
    if (r < 0)
        return r;
    scale_jpeg(p);
    p->rgb = malloc(picture_size(p->width, p->height));
    if (!p->rgb)
        return -ENOMEM;
    memset(p->rgb, MISSING, picture_size(p->width, p->height));
    r = tjDecompress2(tj, request->bytes, request->size, p->rgb, (int)p->width,
                      0, (int)p->height, TJPF_RGB, TJFLAG_LIMITSCANS);
    /* Warning or error, what counts is whether there is something to see. */
    if (r < 0 && is_blank(p))
        return refuse_jpeg(request, tj);
    if (r < 0)
        return picture_remark(request, 0, "damaged, but shown: %s",
                              tjGetErrorStr2(tj));
    return 0;
}

int jpeg_decode(struct picture *p, const struct picture_request *request)
{
    tjhandle tj;
    int r;

    tj = tjInitDecompress();
    if (!tj)
        return -ENOMEM;
    r = read_jpeg(tj, p, request);
    (void)tjDestroy(tj);
    return r;
}
