#ifndef IMAGING_H
#define IMAGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What the worker does with strangers' bytes. All of it is for a process that ends after one file: limits and sandbox stay
// on it, the libraries stay loaded, and nothing is given back.

// sandbox.c

/// What a worker may use.
enum {
    IMAGING_MAXIMUM_MEMORY = 1536 << 20, // address space, bytes: 50 million pixels of WebP need 1,100 MB with all libraries
    IMAGING_MAXIMUM_FILE = 64 << 20,     // each file that it writes, bytes
    IMAGING_MAXIMUM_OPEN = 64,
    IMAGING_MAXIMUM_EDGE = 65535, // pixels: what JPEG can say
    IMAGING_NICENESS = 10,
};

struct imaging_sandbox {
    int landlock;       // its version; 0: this kernel has none
    bool filters_calls; // whether seccomp holds
};

/// Closes what was inherited and limits what the process may use, time by the clock and of the processor among it: then it
/// ends by SIGALRM or SIGXCPU. Returns 0 or an errno.
int imaging_limit(unsigned milliseconds);

/// From here on it reads what it has open and the system's libraries, writes what it has open, and does nothing else.
/// Returns 0 or an errno, EBUSY where there is a second thread.
int imaging_seal(struct imaging_sandbox *sandbox);

// attempts.c

struct imaging_attempt {
    const char *what;
    bool succeeded;
};

/// Tries to do what the sandbox forbids. Returns false after the last.
bool imaging_try(size_t number, struct imaging_attempt *attempt);

// magic.c

/// Loads libmagic with its database. Returns NULL or what is missing.
const char *imaging_load_magic(void);
/// As 544 for 5.44.
int imaging_magic_version(void);
/// The media type of what the descriptor is open on, or NULL. Stays valid until the next call.
const char *imaging_type(int descriptor);

// pictures.c

enum imaging_kind { IMAGING_JPEG, IMAGING_PNG, IMAGING_GIF, IMAGING_WEBP, IMAGING_PDF };

enum imaging_outcome {
    IMAGING_DONE,
    IMAGING_UNREADABLE,
    IMAGING_TOO_MANY_PIXELS,
    IMAGING_TOO_LARGE, // what would be written
    IMAGING_DISK_FULL,
};

struct imaging_size {
    int width, height, frames;
};

struct imaging_bounds {
    int64_t pixels;     // width x height
    int64_t all_pixels; // width x height x frames
    int frames;
};

/// Loads libvips, with the loader of this kind and no other. Returns NULL or what is missing.
const char *imaging_load_vips(enum imaging_kind kind);
/// As "8.14.1".
const char *imaging_vips_version(void);
/// Whether this libvips, loaded for PDF, draws pages.
bool imaging_reads_pages(void);

/// Writes the image again, upright, in sRGB and without metadata, all frames of it.
enum imaging_outcome imaging_clean(
    enum imaging_kind kind, int from, int to, struct imaging_bounds bounds, struct imaging_size *size);

/// Writes the first frame or page as WebP, at most `edge` wide and high.
enum imaging_outcome imaging_preview(int from, int to, int edge, struct imaging_size *size);

#endif
