#ifndef WEBP_H
#define WEBP_H

#include <stdbool.h>

/// Whether the pixels were kept as they are. libvips does not tell.
bool webp_is_lossless(int file);

/// Removes profile, EXIF and XMP. libvips 8.14 writes them even when told to strip.
bool webp_drop_metadata(int file);

#endif
