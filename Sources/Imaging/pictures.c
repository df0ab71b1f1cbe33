#define _GNU_SOURCE
#include "imaging.h"

#include "webp.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What we use of libvips 8.13 and newer. Its functions take their options as name and value, up to a NULL.

typedef struct image Image;
typedef struct source Source;
typedef struct target Target;

enum { ACCESS_SEQUENTIAL = 1 };
enum { FAIL_ON_NONE, FAIL_ON_TRUNCATED };
enum { ONLY_SHRINK = 2 };
enum { FORMAT_USHORT = 2 };
enum { INTERPRETATION_CMYK = 15 };
enum { PNG_FILTER_NONE = 0x08, PNG_FILTER_ALL = 0xF8 };
enum { SUBSAMPLE_ON = 1, SUBSAMPLE_OFF = 2 };

#define FUNCTIONS(X)                                                                                                             \
    X(int, vips_init, (const char *))                                                                                            \
    X(const char *, vips_version_string, (void))                                                                                 \
    X(void, vips_concurrency_set, (int))                                                                                         \
    X(void, vips_cache_set_max, (int))                                                                                           \
    X(void, vips_vector_set_enabled, (int))                                                                                      \
    X(void, vips_operation_block_set, (const char *, int))                                                                       \
    X(const char *, vips_error_buffer, (void))                                                                                   \
    X(void, vips_error_clear, (void))                                                                                            \
    X(Source *, vips_source_new_from_descriptor, (int))                                                                          \
    X(Target *, vips_target_new_to_descriptor, (int))                                                                            \
    X(int, vips_image_get_width, (const Image *))                                                                                \
    X(int, vips_image_get_page_height, (Image *))                                                                                \
    X(int, vips_image_get_n_pages, (Image *))                                                                                    \
    X(int, vips_image_get_format, (const Image *))                                                                               \
    X(int, vips_image_get_interpretation, (const Image *))                                                                       \
    X(int, vips_image_get_orientation, (Image *))                                                                                \
    X(int, vips_image_get_string, (const Image *, const char *, const char **))                                                  \
    X(unsigned long, vips_type_find, (const char *, const char *))                                                               \
    X(unsigned long, vips_image_get_typeof, (const Image *, const char *))                                                       \
    X(Image *, vips_image_copy_memory, (Image *))                                                                                \
    X(int, vips_autorot, (Image *, Image **, ...))                                                                               \
    X(int, vips_icc_transform, (Image *, Image **, const char *, ...))                                                           \
    X(int, vips_crop, (Image *, Image **, int, int, int, int, ...))                                                              \
    X(int, vips_avg, (Image *, double *, ...))                                                                                   \
    X(int, vips_thumbnail_source, (Source *, Image **, int, ...))                                                                \
    X(int, vips_jpegload_source, (Source *, Image **, ...))                                                                      \
    X(int, vips_pngload_source, (Source *, Image **, ...))                                                                       \
    X(int, vips_gifload_source, (Source *, Image **, ...))                                                                       \
    X(int, vips_webpload_source, (Source *, Image **, ...))                                                                      \
    X(int, vips_jpegsave_target, (Image *, Target *, ...))                                                                       \
    X(int, vips_pngsave_target, (Image *, Target *, ...))                                                                        \
    X(int, vips_gifsave_target, (Image *, Target *, ...))                                                                        \
    X(int, vips_webpsave_target, (Image *, Target *, ...))

#define DECLARE(result, name, arguments) static result(*name) arguments;
FUNCTIONS(DECLARE)

static const char *find_functions(void *library) {
#define FIND(result, name, arguments) \
    if (!(name = (typeof(name))dlsym(library, #name))) return "a newer libvips.so.42";
    FUNCTIONS(FIND)
    return NULL;
}

static const char *const loaders[] = {
    [IMAGING_JPEG] = "VipsForeignLoadJpeg", [IMAGING_PNG] = "VipsForeignLoadPng",   [IMAGING_GIF] = "VipsForeignLoadNsgif",
    [IMAGING_WEBP] = "VipsForeignLoadWebp", [IMAGING_PDF] = "VipsForeignLoadPdf",
};

const char *imaging_load_vips(enum imaging_kind kind) {
    // Pages come from a plug-in; for pictures none is loaded, ImageMagick among them.
    if (kind != IMAGING_PDF) setenv("VIPSHOME", "/dev/null", 1);
    setenv("VIPS_DISC_THRESHOLD", "16g", 1); // it would put large pictures into a file
    void *library = dlopen("libvips.so.42", RTLD_NOW | RTLD_LOCAL);
    if (!library) return "libvips.so.42";
    const char *missing = find_functions(library);
    if (missing) return missing;
    if (vips_init("homechat") != 0) return "a usable libvips.so.42";
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_vector_set_enabled(0); // it would write programs and run them
    vips_operation_block_set("VipsForeignLoad", 1);
    vips_operation_block_set(loaders[kind], 0);
    return NULL;
}

const char *imaging_vips_version(void) {
    return vips_version_string();
}

bool imaging_reads_pages(void) {
    return vips_type_find("VipsOperation", "pdfload_source") != 0;
}

static bool load(enum imaging_kind kind, int from, int frames, int fail_on, Image **image) {
    if (lseek(from, 0, SEEK_SET) != 0) return false;
    Source *source = vips_source_new_from_descriptor(from);
    if (!source) return false;
#define OPTIONS "access", ACCESS_SEQUENTIAL, "fail_on", fail_on
    switch (kind) {
    case IMAGING_JPEG: return vips_jpegload_source(source, image, OPTIONS, NULL) == 0;
    case IMAGING_PNG: return vips_pngload_source(source, image, OPTIONS, NULL) == 0;
    case IMAGING_GIF: return vips_gifload_source(source, image, OPTIONS, "n", frames, NULL) == 0;
    case IMAGING_WEBP: return vips_webpload_source(source, image, OPTIONS, "n", frames, NULL) == 0;
    case IMAGING_PDF: break;
    }
    return false;
}

static struct imaging_size size_of(Image *image) {
    return (struct imaging_size){
        vips_image_get_width(image), vips_image_get_page_height(image), vips_image_get_n_pages(image)};
}

static bool exceeds(struct imaging_size size, struct imaging_bounds bounds) {
    int64_t pixels = (int64_t)size.width * size.height;
    // Lines of one pixel are worked on one by one: five million of them took 18 s, and are nobody's picture.
    if (size.width > IMAGING_MAXIMUM_EDGE || size.height > IMAGING_MAXIMUM_EDGE) return true;
    return pixels > bounds.pixels || size.frames > bounds.frames || pixels * size.frames > bounds.all_pixels;
}

static bool make_upright(Image **image) {
    if (vips_image_get_orientation(*image) == 1 || vips_image_get_n_pages(*image) > 1) return true;
    Image *whole = vips_image_copy_memory(*image); // lines come from the file in one order only
    return whole && vips_autorot(whole, image, NULL) == 0;
}

static bool make_srgb(Image **image) {
    bool has_inks = vips_image_get_interpretation(*image) == INTERPRETATION_CMYK;
    if (!has_inks && vips_image_get_typeof(*image, "icc-profile-data") == 0) return true;
    int depth = vips_image_get_format(*image) == FORMAT_USHORT ? 16 : 8;
    Image *converted;
    if (vips_icc_transform(
            *image, &converted, "srgb", "embedded", 1, "input_profile", has_inks ? "cmyk" : "srgb", "depth", depth, NULL) == 0)
        *image = converted;
    else if (has_inks)
        return false;
    return true; // a profile that is none is ignored, as browsers do
}

static int subsampling(Image *image) {
    const char *given;
    if (vips_image_get_string(image, "jpeg-chroma-subsample", &given) != 0) return SUBSAMPLE_ON;
    return strncmp(given, "4:4:4", 5) == 0 ? SUBSAMPLE_OFF : SUBSAMPLE_ON;
}

// Both measured: a photograph is 60% larger without filters, what had a palette a third larger with them.
static int png_filter(Image *image) {
    bool had_palette = vips_image_get_typeof(image, "palette-bit-depth") != 0 || vips_image_get_typeof(image, "palette") != 0;
    return had_palette ? PNG_FILTER_NONE : PNG_FILTER_ALL;
}

static bool save(enum imaging_kind kind, Image *image, int from, int to) {
    Target *target = vips_target_new_to_descriptor(to);
    if (!target) return false;
    switch (kind) {
    case IMAGING_JPEG:
        return vips_jpegsave_target(
                   image, target, "strip", 1, "Q", 90, "optimize_coding", 1, "subsample_mode", subsampling(image), NULL) == 0;
    case IMAGING_PNG:
        return vips_pngsave_target(image, target, "strip", 1, "compression", 4, "filter", png_filter(image), NULL) == 0;
    case IMAGING_GIF: return vips_gifsave_target(image, target, "strip", 1, "dither", 0.0, "interpalette_maxerror", 0.0, NULL) == 0;
    case IMAGING_WEBP:
        return vips_webpsave_target(image, target, "Q", 90, "lossless", webp_is_lossless(from), NULL) == 0
            && webp_drop_metadata(to);
    case IMAGING_PDF: break;
    }
    return false;
}

static enum imaging_outcome why_it_failed(void) {
    const char *said = vips_error_buffer();
    if (strstr(said, strerror(EFBIG))) return IMAGING_TOO_LARGE;
    if (strstr(said, strerror(ENOSPC)) || strstr(said, strerror(EDQUOT))) return IMAGING_DISK_FULL;
    // The second is libwebp's, which has no other reason.
    if (strstr(said, "out of memory") || strstr(said, "unable to encode")) return IMAGING_TOO_MANY_PIXELS;
    return IMAGING_UNREADABLE;
}

static bool rewrite(enum imaging_kind kind, int from, int to, int fail_on, struct imaging_size *size) {
    Image *image;
    if (lseek(to, 0, SEEK_SET) != 0 || ftruncate(to, 0) != 0) return false;
    if (!load(kind, from, -1, fail_on, &image) || !make_upright(&image) || !make_srgb(&image)) return false;
    *size = size_of(image);
    return save(kind, image, from, to);
}

static bool upper_half_is_there(enum imaging_kind kind, int from) {
    Image *image, *half;
    double brightness;
    return load(kind, from, 1, FAIL_ON_TRUNCATED, &image)
        && vips_crop(image, &half, 0, 0, vips_image_get_width(image), (vips_image_get_page_height(image) + 1) / 2, NULL) == 0
        && vips_avg(half, &brightness, NULL) == 0;
}

enum imaging_outcome imaging_clean(
    enum imaging_kind kind, int from, int to, struct imaging_bounds bounds, struct imaging_size *size) {
    Image *image;
    if (!load(kind, from, 1, FAIL_ON_NONE, &image)) return why_it_failed();
    if (exceeds(size_of(image), bounds)) return IMAGING_TOO_MANY_PIXELS;
    if (rewrite(kind, from, to, FAIL_ON_TRUNCATED, size)) return IMAGING_DONE;
    enum imaging_outcome outcome = why_it_failed();
    // Cameras that lose their network send pictures that break off. Browsers show what there is; so do we, from half on.
    if (outcome != IMAGING_UNREADABLE || kind != IMAGING_JPEG || !upper_half_is_there(kind, from)) return outcome;
    vips_error_clear();
    return rewrite(kind, from, to, FAIL_ON_NONE, size) ? IMAGING_DONE : why_it_failed();
}

enum imaging_outcome imaging_preview(int from, int to, int edge, struct imaging_size *size) {
    Image *image;
    if (lseek(from, 0, SEEK_SET) != 0) return IMAGING_UNREADABLE;
    Source *source = vips_source_new_from_descriptor(from);
    Target *target = vips_target_new_to_descriptor(to);
    vips_error_clear();
    if (!source || !target
        || vips_thumbnail_source(source, &image, edge, "height", edge, "size", ONLY_SHRINK, NULL) != 0)
        return why_it_failed();
    *size = size_of(image);
    bool is_written = vips_webpsave_target(image, target, "Q", 80, NULL) == 0 && webp_drop_metadata(to);
    return is_written ? IMAGING_DONE : why_it_failed();
}
