// A target of C needs a source. This one is compiled again if a header changes, and then so is what imports the module.
#include "CTorchKernels.h"
