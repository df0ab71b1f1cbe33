#pragma once
#include <zlib.h>

// Macros with arguments are out of Swift's sight.
static inline int homechat_deflate_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
}
