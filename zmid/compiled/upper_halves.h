/* What a wide vector instruction leaves behind, cleared before many narrow ones.

   ISA-L's crc32, which each frame passes on its way here, leaves the upper halves of the vector
   registers in use. On x86 every SSE instruction then waits for what stood in its register
   before: the lines of a batch take 2.4 times as long, until somebody clears them. */

#ifndef ZMID_UPPER_HALVES_H
#define ZMID_UPPER_HALVES_H

#if defined(__x86_64__) && defined(__GNUC__)

__attribute__((target("avx"))) static void
clear_with_avx(void)
{
    __builtin_ia32_vzeroupper();
}

static inline void
clear_upper_halves(void)
{
    if (__builtin_cpu_supports("avx")) {
        clear_with_avx();
    }
}

#else

static inline void
clear_upper_halves(void)
{
}

#endif

#endif
