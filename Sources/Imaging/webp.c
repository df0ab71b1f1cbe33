#define _GNU_SOURCE
#include "webp.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// A WebP is a row of parts: four letters, a length, so many bytes, and one more where the length is odd (RFC 9649, 2.3).

enum { HEADER = 12, PART = 8, FRAME = 16 };
enum { HAS_PROFILE = 0x20, HAS_EXIF = 0x08, HAS_XMP = 0x04 };

static uint32_t number(const unsigned char *bytes) {
    return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static size_t length_of(const unsigned char *part) {
    size_t length = number(part + 4);
    return PART + length + (length & 1);
}

static bool is(const unsigned char *part, const char *name) {
    return memcmp(part, name, 4) == 0;
}

bool webp_is_lossless(int file) {
    unsigned char part[PART];
    off_t at = HEADER;
    for (int parts = 0; parts < 64 && pread(file, part, sizeof part, at) == sizeof part; parts++) {
        if (is(part, "VP8L")) return true;
        if (is(part, "VP8 ")) return false;
        at += is(part, "ANMF") ? PART + FRAME : (off_t)length_of(part); // into a frame, over anything else
    }
    return false;
}

// Returns the new length, 0 where these are no parts.
static size_t close_up(unsigned char *bytes, size_t length) {
    size_t kept = HEADER;
    for (size_t at = HEADER; at < length;) {
        unsigned char *part = bytes + at;
        if (length - at < PART || length - at < length_of(part)) return 0;
        size_t step = length_of(part);
        if (is(part, "VP8X") && step > PART) part[PART] &= (unsigned char)~(HAS_PROFILE | HAS_EXIF | HAS_XMP);
        if (!is(part, "ICCP") && !is(part, "EXIF") && !is(part, "XMP ")) {
            memmove(bytes + kept, part, step);
            kept += step;
        }
        at += step;
    }
    uint32_t rest = (uint32_t)(kept - 8);
    for (int i = 0; i < 4; i++) bytes[4 + i] = (unsigned char)(rest >> 8 * i);
    return kept;
}

bool webp_drop_metadata(int file) {
    off_t length = lseek(file, 0, SEEK_END);
    if (length < HEADER) return false;
    unsigned char *bytes = mmap(NULL, (size_t)length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (bytes == MAP_FAILED) return false;
    size_t kept = close_up(bytes, (size_t)length);
    munmap(bytes, (size_t)length);
    return kept > 0 && ftruncate(file, (off_t)kept) == 0;
}
