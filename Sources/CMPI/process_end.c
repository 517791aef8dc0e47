// What happens when a process of a job ends.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmpi.h"

static void (*exit_body)(int status);

#if defined(__GLIBC__)
static void run_exit_body(int status, void *unused) {
  (void)unused;
  exit_body(status);
}
#else
// Without glibc a function at exit does not learn the status.
static void run_exit_body(void) { exit_body(0); }
#endif

void cmpi_at_exit(void (*body)(int status)) {
  if (exit_body) return;
  exit_body = body;
#if defined(__GLIBC__)
  on_exit(run_exit_body, NULL);
#else
  atexit(run_exit_body);
#endif
}

static int named_rank;
static struct sigaction earlier[NSIG];

static void write_rank(int number) {
  // Only functions that a signal handler may call.
  char line[96];
  const char *name = number == SIGSEGV  ? "segmentation fault"
                     : number == SIGILL ? "illegal instruction"
                     : number == SIGBUS ? "bus error"
                     : number == SIGFPE ? "arithmetic error"
                     : number == SIGTRAP ? "trap"
                                         : "abort";
  size_t length = 0;
  const char *parts[] = {"[rank", NULL, "]: the process was ended by a signal: ", name, "\n"};
  char digits[12];
  int at = 11, rank = named_rank;
  digits[at] = 0;
  do digits[--at] = (char)('0' + rank % 10);
  while (rank /= 10);
  parts[1] = digits + at;
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
    for (const char *c = parts[i]; *c && length < sizeof line; c++) line[length++] = *c;
  ssize_t ignored = write(STDERR_FILENO, line, length);
  (void)ignored;
  // What handled the signal before handles it now: a fault happens again when this function returns.
  sigaction(number, &earlier[number], NULL);
  if (number == SIGTRAP || number == SIGABRT) raise(number);
}

void cmpi_name_rank_in_signals(int rank) {
  static const int signals[] = {SIGSEGV, SIGILL, SIGBUS, SIGFPE, SIGTRAP, SIGABRT};
  named_rank = rank;
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    struct sigaction new;
    memset(&new, 0, sizeof new);
    new.sa_handler = write_rank;
    new.sa_flags = SA_NODEFER | SA_ONSTACK;
    sigaction(signals[i], &new, &earlier[signals[i]]);
  }
}
