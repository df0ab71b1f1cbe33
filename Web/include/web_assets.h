#pragma once
#include <stddef.h>

/// One file of the page, as it lies in this folder when the binary is built.
typedef struct {
    const char *path;
    const unsigned char *bytes;
    size_t count;
} web_asset;

/// The embedded files; `count` receives how many there are.
const web_asset *web_assets(size_t *count);
