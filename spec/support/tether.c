/* SPDX-License-Identifier: MIT */
/* tether DIRECTORY COMMAND [ARGUMENT...]: run a command for as long as standard input is open.
 *
 * The command's output goes to DIRECTORY/out and DIRECTORY/err, its process id to DIRECTORY/pid
 * (the tether's own to DIRECTORY/tether) and, once it is over, its exit status (128 + signal when
 * killed) to DIRECTORY/ended. When standard input closes, which it also does when whoever held it
 * dies, the command is asked to end, then made to, and then everything it left behind, daemons
 * included: the tether is their subreaper (prctl(2)), so none can leave its tree. DIRECTORY goes
 * last. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GRACE_MS = 10000, CANNOT_RUN = 127 };

static void die(const char *what) {
  fprintf(stderr, "tether: %s: %s\n", what, strerror(errno));
  exit(CANNOT_RUN);
}

/* A reader sees the whole number or no file. */
static void write_number(const char *name, long number) {
  char part[32];
  snprintf(part, sizeof part, "%s.part", name);
  FILE *file = fopen(part, "w");
  if (!file || fprintf(file, "%ld\n", number) < 0 || fclose(file) != 0) die(part);
  if (rename(part, name) != 0) die(name);
}

static void redirect(int fd, const char *path, int flags) {
  int opened = open(path, flags, 0600);
  if (opened < 0 || dup2(opened, fd) < 0) die(path);
  close(opened);
}

static pid_t start(char **command, const char *directory) {
  char here[4096];
  if (!getcwd(here, sizeof here)) die("getcwd");
  if (chdir(directory) != 0) die(directory);
  pid_t pid = fork();
  if (pid < 0) die("fork");
  if (pid > 0) return pid;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  setsid();
  redirect(STDIN_FILENO, "/dev/null", O_RDONLY);
  redirect(STDOUT_FILENO, "out", O_WRONLY | O_CREAT | O_APPEND);
  redirect(STDERR_FILENO, "err", O_WRONLY | O_CREAT | O_APPEND);
  if (chdir(here) != 0) die(here);
  execvp(command[0], command);
  die(command[0]);
  return -1;
}

/* Take in what has ended; true once that is the command itself. */
static int reap(pid_t command) {
  int status, ours = 0;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid != command) continue;
    write_number("ended", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    ours = 1;
  }
  return ours;
}

/* Wait for standard input to close or the command to end: true when the input closed. */
static int watch(int signals, pid_t command, int *running, int timeout) {
  struct pollfd polled[2] = {{.fd = signals, .events = POLLIN},
                             {.fd = STDIN_FILENO, .events = POLLIN}};
  nfds_t count = timeout < 0 ? 2 : 1;
  if (poll(polled, count, timeout) <= 0) return 1;
  struct signalfd_siginfo info;
  if (polled[0].revents && read(signals, &info, sizeof info) > 0 && reap(command)) *running = 0;
  char byte;
  return count == 2 && polled[1].revents && read(STDIN_FILENO, &byte, 1) <= 0;
}

/* Killing a child hands us its own children: go on until there are none. */
static void end_the_rest(void) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
  for (;;) {
    FILE *children = fopen(path, "r");
    if (!children) die(path);
    long pid;
    while (fscanf(children, "%ld", &pid) == 1) kill((pid_t)pid, SIGKILL);
    fclose(children);
    if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD) return;
  }
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: tether DIRECTORY COMMAND [ARGUMENT...]\n");
    return CANNOT_RUN;
  }
  sigset_t handled;
  sigemptyset(&handled);
  sigaddset(&handled, SIGCHLD);
  sigprocmask(SIG_BLOCK, &handled, NULL);
  int signals = signalfd(-1, &handled, SFD_CLOEXEC);
  if (signals < 0) die("signalfd");
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) die("prctl");
  pid_t command = start(argv + 2, argv[1]);
  /* Ctrl-C and the like reach the one who holds our input, too; its end is what ends us. */
  for (const int *ignored = (const int[]){SIGINT, SIGTERM, SIGHUP, 0}; *ignored; ignored++)
    signal(*ignored, SIG_IGN);
  write_number("tether", (long)getpid());
  write_number("pid", (long)command);
  int running = 1;
  while (!watch(signals, command, &running, -1)) continue;
  if (running) kill(command, SIGTERM);
  while (running && !watch(signals, command, &running, GRACE_MS)) continue;
  if (running) fprintf(stderr, "tether: %s had to be killed\n", argv[2]);
  end_the_rest();
  execlp("rm", "rm", "-rf", "--", argv[1], (char *)NULL);
  die("rm");
}
