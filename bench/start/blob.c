/* SPDX-License-Identifier: MIT */
/* Start-up: all bytes in one piece, with no index; the middle one is touched. The floor of what embeds at all. */
extern const unsigned char blob[], blob_end[];

int main(void)
{
	const volatile unsigned char *p = blob + (blob_end - blob) / 2;

	(void)*p;
	return 0;
}
