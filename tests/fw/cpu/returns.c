#include "test.h"
void test_returns(void)
{
}
