#include <errno.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// prctl takes any number of arguments, which Swift cannot call.
static inline int process_forbid_dumps(void) {
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// The first version of what Linux calls sched_attr; older C libraries have neither it nor its calls (sched_setattr(2)).
struct process_turns {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime;
    uint64_t deadline;
    uint64_t period;
};

// How long this thread, and each that it begins, may go on before the kernel looks whether somebody else is waiting.
static inline int process_take_turns_of(uint64_t nanoseconds) {
    struct process_turns turns = {.size = sizeof turns};
    if (syscall(SYS_sched_getattr, 0, &turns, sizeof turns, 0) != 0) return errno;
    turns.runtime = nanoseconds;
    return syscall(SYS_sched_setattr, 0, &turns, 0) == 0 ? 0 : errno;
}
