/* SPDX-License-Identifier: MIT */
/* Start-up: the program with nothing in it, which all others are measured against. */
int main(int argc, char **argv)
{
	return argc < 2 || !argv[1][0];
}
