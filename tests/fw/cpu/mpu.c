#include "test.h"
void test_mpu(void)
{
}
