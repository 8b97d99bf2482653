/* SPDX-License-Identifier: MIT */
/* What the other side was told, in short words in their order, for tests of protocols. */
#ifndef TESTS_PROTO_STORY_H
#define TESTS_PROTO_STORY_H

void story_begin(void);
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* That, and nothing else, has been told since the last time. */
void expect(const char *text);

#endif
