/* SPDX-License-Identifier: MIT */
#include "tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_SIZE = 300 };

ssize_t proc_read(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t length = read(fd, text, size - 1);
  close(fd);
  text[length > 0 ? length : 0] = '\0';
  return length;
}

static pid_t parent_of(pid_t pid) {
  char path[64], text[512];
  int parent = -1;
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  if (proc_read(path, text, sizeof text) < 0) return -1;
  char *name_end = strrchr(text, ')');
  return name_end && sscanf(name_end, ") %*c %d", &parent) == 1 ? parent : -1;
}

static void add(struct tree *tree, pid_t pid, pid_t parent) {
  if (tree->count == tree->size) {
    size_t size = tree->size ? 2 * tree->size : 64;
    struct tree_member *members = realloc(tree->members, size * sizeof *members);
    if (!members) return; /* the next round has fewer to find */
    tree->members = members;
    tree->size = size;
  }
  tree->members[tree->count++] = (struct tree_member){pid, parent};
}

/* The kernel lists children under the thread that made them: proc(5),
   /proc/[pid]/task/[tid]/children. */
static void add_children(struct tree *tree, pid_t parent) {
  char path[PATH_SIZE];
  int child;
  snprintf(path, sizeof path, "/proc/%d/task", (int)parent);
  DIR *threads = opendir(path);
  if (!threads) return;
  for (struct dirent *thread; (thread = readdir(threads));) {
    if (thread->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%s/children", (int)parent, thread->d_name);
    FILE *children = fopen(path, "re");
    if (!children) continue;
    while (fscanf(children, "%d", &child) == 1) add(tree, child, parent);
    fclose(children);
  }
  closedir(threads);
}

struct tree tree_below(pid_t pid) {
  struct tree tree = {NULL, 0, 0};
  add_children(&tree, pid);
  for (size_t i = 0; i < tree.count; i++) add_children(&tree, tree.members[i].pid);
  return tree;
}

/* A number is only trusted once a pidfd holds the process and its parent is still the one it was
   found under, or the caller, which orphans come to. musl has no functions of pidfds. */
void tree_signal(int number) {
  struct tree tree = tree_below(getpid());
  for (size_t i = 0; i < tree.count; i++) {
    int fd = (int)syscall(SYS_pidfd_open, tree.members[i].pid, 0);
    pid_t parent = parent_of(tree.members[i].pid);
    if (fd >= 0 && (parent == tree.members[i].parent || parent == getpid()))
      syscall(SYS_pidfd_send_signal, fd, number, NULL, 0);
    if (fd >= 0) close(fd);
  }
  free(tree.members);
}
