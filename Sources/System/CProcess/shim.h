#include <sys/prctl.h>

// Swift cannot call a function with a variable number of arguments.
static inline int process_set_dumpable(int isDumpable) {
    return prctl(PR_SET_DUMPABLE, isDumpable, 0, 0, 0);
}
