/* SPDX-License-Identifier: MIT
 * cli: the entry point. */
#include <stdio.h>

int main(void)
{
    puts("spml " SPML_VERSION);
    return 0;
}
