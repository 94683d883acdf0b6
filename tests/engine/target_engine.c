// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs that libFuzzer grows; see grammar.h for how, and trial.c for the judge. */
#include "../fuzz/target.h"
#include "trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	trial(data, size);
	return 0;
}
