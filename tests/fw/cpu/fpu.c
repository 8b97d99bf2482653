#include "test.h"
void test_fpu(void)
{
}
