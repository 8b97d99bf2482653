/* SPDX-License-Identifier: MIT */
/* What C99, C11 and C++ write differently, so that every header here compiles as any of them. */
#ifndef DUO_LANGUAGE_H
#define DUO_LANGUAGE_H

#ifdef __cplusplus
#define DUO_BEGIN_C  extern "C" {
#define DUO_END_C    }
#define DUO_NORETURN [[noreturn]]
#else
#define DUO_BEGIN_C
#define DUO_END_C
#define DUO_NORETURN __attribute__((noreturn))
#endif

#if defined(__cplusplus)
#define DUO_STATIC_ASSERT(condition, text) static_assert(condition, text)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define DUO_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#else
#define DUO_ASSERT_NAME2(line) duo_assert_in_line_##line
#define DUO_ASSERT_NAME(line)  DUO_ASSERT_NAME2(line)
#define DUO_STATIC_ASSERT(condition, text)                                                         \
    extern char DUO_ASSERT_NAME(__LINE__)[(condition) ? 1 : -1]
#endif

#endif
