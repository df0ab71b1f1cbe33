#define _GNU_SOURCE
#include "imaging.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// What a hijacked parser would try first. Each is really done, so that the answer is about this kernel and not about a plan.

static bool closes(int file) {
    return file >= 0 && close(file) == 0;
}

static bool read_another_file(void) {
    return closes(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static bool list_its_folder(void) {
    return closes(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static bool make_a_file(void) {
    if (!closes(open("attempt", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600))) return false;
    (void)unlink("attempt"); // forbidden by seccomp alone; then it goes with its folder
    return true;
}

static bool change_rights(void) {
    struct stat folder;
    return stat(".", &folder) == 0 && chmod(".", folder.st_mode & 07777) == 0;
}

static bool open_a_socket(void) {
    return closes(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static bool ends_well(pid_t child) {
    int status = 1;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool start_a_process(void) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    return child > 0 && ends_well(child);
}

static bool run_a_program(void) {
    char *nothing[] = {NULL}, *arguments[] = {"true", NULL};
    pid_t child = fork();
    if (child > 0) return ends_well(child);
    // Without a child to lose, something that cannot run: what matters is who says so.
    execve(child == 0 ? "/usr/bin/true" : "/", arguments, nothing);
    if (child == 0) _exit(1);
    return errno == EACCES;
}

static bool signal_its_parent(void) {
    return kill(getppid(), 0) == 0;
}

static const struct {
    const char *what;
    bool (*try)(void);
} attempts[] = {
    {"read another file", read_another_file}, {"list its folder", list_its_folder}, {"make a file", make_a_file},
    {"change rights", change_rights},         {"open a socket", open_a_socket},     {"start a process", start_a_process},
    {"run a program", run_a_program},         {"signal its parent", signal_its_parent},
};

bool imaging_try(size_t number, struct imaging_attempt *attempt) {
    if (number >= sizeof attempts / sizeof *attempts) return false;
    *attempt = (struct imaging_attempt){attempts[number].what, attempts[number].try()};
    return true;
}
