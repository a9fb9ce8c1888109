/* SPDX-License-Identifier: MIT */
/* The verbs. Each parses its options, calls, prints and returns the exit status. */
#ifndef RCC_CMD_H
#define RCC_CMD_H

int cmd_cat(int argc, char **argv);
int cmd_compile(int argc, char **argv);
int cmd_extract(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_stat(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_verify(int argc, char **argv);

#endif
