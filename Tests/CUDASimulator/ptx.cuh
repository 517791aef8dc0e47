// In the place of the project's ptx.cuh: the same functions without the GPU's assembler.
float half_to_float(unsigned short half) { return (float)cudasim_bits<_Float16>(half); }
unsigned short float_to_half(float x) { return x != x ? 0x7fff : cudasim_bits<unsigned short>((_Float16)x); }
