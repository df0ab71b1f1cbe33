#include "imaging.h"

#include <dlfcn.h>

// What we use of libmagic (libmagic(3)).
enum {
    MAGIC_MIME_TYPE = 0x10,
    MAGIC_NO_CHECK_COMPRESS = 0x1000, // it would unpack, and start programs for that
};

typedef struct magic_set *magic_t;

static magic_t (*magic_open)(int);
static int (*magic_load)(magic_t, const char *);
static int (*magic_version)(void);
static const char *(*magic_descriptor)(magic_t, int);

static magic_t cookie;

const char *imaging_load_magic(void) {
    void *library = dlopen("libmagic.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) return "libmagic.so.1";
    magic_open = (typeof(magic_open))dlsym(library, "magic_open");
    magic_load = (typeof(magic_load))dlsym(library, "magic_load");
    magic_version = (typeof(magic_version))dlsym(library, "magic_version");
    magic_descriptor = (typeof(magic_descriptor))dlsym(library, "magic_descriptor");
    if (!magic_open || !magic_load || !magic_version || !magic_descriptor) return "a usable libmagic.so.1";
    cookie = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS);
    if (!cookie || magic_load(cookie, NULL) != 0) return "the database of libmagic";
    return NULL;
}

int imaging_magic_version(void) {
    return magic_version();
}

const char *imaging_type(int descriptor) {
    return magic_descriptor(cookie, descriptor);
}
