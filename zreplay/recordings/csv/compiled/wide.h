/* Sixty-four characters at once, where the processor can: as chars.h has it, without a loop. */

#ifndef ZREPLAY_WIDE_H
#define ZREPLAY_WIDE_H

#include <stddef.h>
#include <stdint.h>

#include "narrow.h"

#define WIDE_SIZE 64

/* Compilers that do not know these instructions are of 2018 and before. */
#if defined(__x86_64__) && (defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 8))

#include <immintrin.h>

#define HAS_WIDE 1
#define WIDE __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,popcnt,bmi2")))

static inline int
is_wide(void)
{
    /* Whatever has the last of them has the others. */
    return !is_narrow && __builtin_cpu_supports("avx512bw")
           && __builtin_cpu_supports("avx512vbmi2");
}

/* Return the `size` characters at `at`, of which there are WIDE_SIZE or fewer, and zeros. */
WIDE static inline __m512i
wide_at(const char *at, size_t size)
{
    if (size >= WIDE_SIZE) {
        return _mm512_loadu_si512(at);
    }
    return _mm512_maskz_loadu_epi8(_bzhi_u64(~UINT64_C(0), (unsigned)size), at);
}

#else

#define HAS_WIDE 0

static inline int
is_wide(void)
{
    return 0;
}

#endif

#endif
