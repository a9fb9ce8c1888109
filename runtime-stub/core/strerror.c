/* SPDX-License-Identifier: MIT */
/* Error codes to words. */
#include "core.h"

const char *rcc_strerror(int error)
{
	switch (error) {
	case RCC_OK: return "success";
	case RCC_ENOENT: return "no such name in the bundle";
	case RCC_ENOBUNDLE: return "no such bundle in the program";
	case RCC_EINVAL: return "invalid argument";
	case RCC_ECORRUPT: return "the bundle is damaged or cut short";
	case RCC_EVERSION: return "the bundle needs a newer reader";
	case RCC_ENOTSUP: return "not supported by this build or this system";
	case RCC_EENCODED: return "the file is stored compressed and cannot be viewed in place";
	case RCC_EBUFFER: return "the buffer is too small";
	case RCC_ENOMEM: return "out of memory";
	case RCC_EIO: return "the file could not be read";
	case RCC_EBUSY: return "still in use";
	case RCC_EPERM: return "the operating system does not allow it";
	default: return "unknown error";
	}
}
