/*
 * A test file enrols itself: tests as static functions, at the end
 *
 *	SUITE(map,
 *		TEST(test_keeps_order),
 *		TEST(test_forgets));
 *
 * Suites go into a linker set; there is no list to keep.  cmocka underneath:
 * its assert_ macros work as usual.
 */
#ifndef UNIT_SUITE_H
#define UNIT_SUITE_H

/* cmocka.h needs these before itself, in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

struct suite {
	const char *name;
	const struct CMUnitTest *tests;
	size_t count;
};

#define TEST(function) cmocka_unit_test(function)

#define SUITE(id, ...)                                                      \
	static const struct CMUnitTest suite_tests_##id[] = { __VA_ARGS__ }; \
	static const struct suite suite_##id = {                            \
		#id,                                                        \
		suite_tests_##id,                                           \
		sizeof(suite_tests_##id) / sizeof(suite_tests_##id[0]),     \
	};                                                                  \
	static const struct suite *const suite_enrol_##id                   \
		__attribute__((used, section("unit_suites"))) = &suite_##id

#endif
