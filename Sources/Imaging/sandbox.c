#define _GNU_SOURCE
#include "imaging.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

// Limits

static int limit(int resource, rlim_t most, rlim_t grace) {
    struct rlimit now;
    if (getrlimit(resource, &now) != 0) return errno;
    rlim_t hard = now.rlim_max < most + grace ? now.rlim_max : most + grace;
    struct rlimit less = {hard < most ? hard : most, hard};
    return setrlimit(resource, &less) == 0 ? 0 : errno;
}

// When memory runs out, the kernel is to take the worker and not the server.
static void offer_to_the_oom_killer(void) {
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return; // no /proc: the kernel chooses for itself
    (void)!write(file, "1000", 4);
    close(file);
}

// Also when the server is gone that would have ended it.
static int set_alarm(unsigned milliseconds) {
    struct itimerval alarm = {.it_value = {milliseconds / 1000, milliseconds % 1000 * 1000}};
    return setitimer(ITIMER_REAL, &alarm, NULL) == 0 ? 0 : errno;
}

int imaging_limit(unsigned milliseconds) {
    if (close_range(STDERR_FILENO + 1, ~0U, 0) != 0) return errno;
    // A pool of memory for each thread would count 64 MB against the address space.
    mallopt(M_ARENA_MAX, 1);
    offer_to_the_oom_killer();
    (void)setpriority(PRIO_PROCESS, 0, IMAGING_NICENESS); // refused by some sandboxes, and worth less than an answer
    signal(SIGXFSZ, SIG_IGN);                             // a write that is too long fails instead
    int error = set_alarm(milliseconds);
    if (error == 0) error = limit(RLIMIT_CORE, 0, 0);
    if (error == 0) error = limit(RLIMIT_CPU, milliseconds / 1000 + 1, 1); // ends by SIGXCPU, a second before SIGKILL
    if (error == 0) error = limit(RLIMIT_AS, IMAGING_MAXIMUM_MEMORY, 0);
    if (error == 0) error = limit(RLIMIT_FSIZE, IMAGING_MAXIMUM_FILE, 0);
    if (error == 0) error = limit(RLIMIT_NOFILE, IMAGING_MAXIMUM_OPEN, 0);
    return error;
}

// Landlock: which files. Written out here, since the headers of older systems lack the later parts (landlock(7)).

enum {
    FILES_FIRST = (1 << 13) - 1, // all rights of version 1
    FILES_READ_FILE = 1 << 2,
    FILES_READ_FOLDER = 1 << 3,
    FILES_REFER = 1 << 13,
    FILES_TRUNCATE = 1 << 14,
    FILES_DEVICES = 1 << 15,
    NETWORK_ALL = 3,
    SCOPES_ALL = 3, // abstract sockets, signals
};

struct handled {
    uint64_t files, network, scopes;
};

struct __attribute__((packed)) path_rule {
    uint64_t allowed;
    int32_t parent;
};

// Where libraries, their tables and fonts are. Nothing here belongs to anybody.
static const char *const readable[] = {
    "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/magic", "/etc/fonts", "/var/cache/fontconfig",
};

static int allow_reading(int ruleset, const char *path) {
    int place = open(path, O_PATH | O_CLOEXEC);
    if (place < 0) return 0; // not on this system
    struct stat about;
    int error = fstat(place, &about) == 0 ? 0 : errno;
    struct path_rule rule = {FILES_READ_FILE, place};
    if (error == 0 && S_ISDIR(about.st_mode)) rule.allowed |= FILES_READ_FOLDER;
    if (error == 0 && syscall(SYS_landlock_add_rule, ruleset, 1, &rule, 0) != 0) error = errno;
    close(place);
    return error;
}

static int landlock(int *version) {
    long found = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
    *version = found > 0 ? (int)found : 0;
    if (*version == 0) return 0;
    struct handled handled = {FILES_FIRST, 0, 0};
    if (*version >= 2) handled.files |= FILES_REFER;
    if (*version >= 3) handled.files |= FILES_TRUNCATE;
    if (*version >= 4) handled.network = NETWORK_ALL;
    if (*version >= 5) handled.files |= FILES_DEVICES;
    if (*version >= 6) handled.scopes = SCOPES_ALL;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (ruleset < 0) return errno;
    int error = 0;
    for (size_t i = 0; error == 0 && i < sizeof readable / sizeof *readable; i++) error = allow_reading(ruleset, readable[i]);
    if (error == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) error = errno;
    close(ruleset);
    return error;
}

// Seccomp: which calls. What is not listed answers "no such call", for which libraries have a way around.

static const int allowed[] = {
    // memory
    SYS_brk, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise,
    // files, as far as Landlock lets them be opened
    SYS_openat, SYS_close, SYS_read, SYS_write, SYS_pread64, SYS_pwrite64, SYS_readv, SYS_writev, SYS_lseek, SYS_ftruncate,
    SYS_fstat, SYS_newfstatat, SYS_statx, SYS_fstatfs, SYS_statfs, SYS_faccessat, SYS_readlinkat, SYS_getdents64, SYS_getcwd,
    SYS_dup, SYS_fcntl, SYS_fadvise64, SYS_pipe2, SYS_eventfd2, SYS_ppoll,
    // threads
    SYS_futex, SYS_set_robust_list, SYS_rseq, SYS_sched_yield, SYS_sched_getaffinity, SYS_sched_getscheduler,
    SYS_sched_getparam, SYS_gettid, SYS_getpid, SYS_membarrier, SYS_exit, SYS_exit_group,
    // signals within
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_restart_syscall,
    // time and chance
    SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_getrusage, SYS_getrandom,
    // who and where am I
    SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getppid, SYS_uname, SYS_sysinfo,
#ifdef __x86_64__
    SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_poll, SYS_arch_prctl, SYS_time, SYS_getrlimit,
#endif
};

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#define CALLS_END 0x40000000 // from here on x32's, which are others
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#define CALLS_END 0xffffffff
#endif

#define FIELD(name) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, name))
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define SKIP_UNLESS(kind, value, count) BPF_JUMP(BPF_JMP | BPF_K | kind, value, 0, count)
// The call is allowed when its first argument passes the test.
#define ALLOW_WHERE(call, kind, value) \
    SKIP_UNLESS(BPF_JEQ, call, 4), FIELD(args[0]), SKIP_UNLESS(kind, value, 1), RETURN(SECCOMP_RET_ALLOW), \
        RETURN(SECCOMP_RET_ERRNO | EPERM)

static bool filter_calls(void) {
#ifdef ARCHITECTURE
    enum { COUNT = sizeof allowed / sizeof *allowed };
    const struct sock_filter head[] = {
        FIELD(arch),
        BPF_JUMP(BPF_JMP | BPF_K | BPF_JEQ, ARCHITECTURE, 1, 0),
        RETURN(SECCOMP_RET_KILL_PROCESS),
        FIELD(nr),
        SKIP_UNLESS(BPF_JGE, CALLS_END, 1),
        RETURN(SECCOMP_RET_KILL_PROCESS),
    };
    const struct sock_filter tail[] = {
        ALLOW_WHERE(SYS_clone, BPF_JSET, CLONE_THREAD),       // threads, no processes
        ALLOW_WHERE(SYS_tgkill, BPF_JEQ, (uint32_t)getpid()), // abort()
        ALLOW_WHERE(SYS_prlimit64, BPF_JEQ, 0),               // its own limits
        RETURN(SECCOMP_RET_ERRNO | ENOSYS),
    };
    struct sock_filter filter[sizeof head / sizeof *head + 2 * COUNT + sizeof tail / sizeof *tail];
    struct sock_filter *end = filter;
    memcpy(end, head, sizeof head);
    end += sizeof head / sizeof *head;
    for (size_t i = 0; i < COUNT; i++) {
        *end++ = (struct sock_filter)SKIP_UNLESS(BPF_JEQ, (uint32_t)allowed[i], 1);
        *end++ = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
    }
    memcpy(end, tail, sizeof tail);
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
#else
    return false;
#endif
}

enum { REFUSE_WRITTEN_CODE = 65 }; // PR_SET_MDWE, from Linux 6.3 on: what was written cannot be run

static bool has_threads(void) {
    struct stat threads; // a folder for each, and `.` and `..`
    return stat("/proc/self/task", &threads) == 0 && threads.st_nlink > 3;
}

int imaging_seal(struct imaging_sandbox *sandbox) {
    if (has_threads()) return EBUSY; // they would stay outside
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    (void)prctl(REFUSE_WRITTEN_CODE, 1, 0, 0, 0);
    int error = landlock(&sandbox->landlock);
    if (error == 0) sandbox->filters_calls = filter_calls();
    return error;
}
