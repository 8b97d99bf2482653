#include "test.h"
void test_sleep(void)
{
}
